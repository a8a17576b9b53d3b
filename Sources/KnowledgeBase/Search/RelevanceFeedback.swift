import CKnowledgeBase
import SQLite

/// Pseudo-relevance feedback: what the best notes say about the matter is asked as well.
///
/// The relevance model RM3 (Abdul-Jaleel and others, "UMass at TREC 2004"): the words of the best notes, each note counting as
/// much as it scored, mixed into the query with a share of `share`.
struct RelevanceFeedback {
  static let notes = 3
  static let terms = 20
  static let share: Float = 0.2
  /// Words looked at before the frequent and the unique ones are left out.
  private static let candidates = 64

  /// A note that was found: its words, and how well it matched.
  struct Source {
    let words: [TokenizedText.Word]
    let text: [UInt8]
    let score: Float
  }

  /// Whether a query is asked with feedback: one of three words looks something up, and a large index has no time for it.
  static func helps(_ query: SearchQuery, rows: Int64) -> Bool { query.terms.count > 3 && rows <= Ranking.manyRows }

  /// The query with the words of the sources added.
  static func expand(_ query: SearchQuery, with sources: [Source], _ ranking: Ranking) throws(DatabaseError)
    -> SearchQuery
  {
    let total = sources.reduce(0) { $0 + $1.score }
    guard total > 0 else { return query }
    var model: [String: Float] = [:]
    for source in sources where !source.words.isEmpty {
      let each = source.score / total / Float(source.words.count)
      for word in source.words where isTelling(source.text[word.range]) { model[word.stem, default: 0] += each }
    }
    let likely = model.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(candidates)
    let terms = likely.map { SearchQuery.Term(stem: $0.key, weight: $0.value, isPrefix: false) }
    let counts = try ranking.frequencies(terms)
    let kept = zip(terms, counts).filter { $1 > 1 && $1 <= ranking.rowCount / 10 }.prefix(Self.terms).map(\.0)
    let sum = kept.reduce(0) { $0 + $1.weight }
    guard sum > 0 else { return query }
    let length = query.length
    var expanded = query
    expanded.scale = 1 - share
    for position in expanded.terms.indices { expanded.terms[position].weight *= 1 - share }
    let positions = Dictionary(uniqueKeysWithValues: query.terms.enumerated().map { ($1.stem, $0) })
    for var term in kept {
      term.weight = share * length * term.weight / sum
      if let position = positions[term.stem] {
        expanded.terms[position].weight += term.weight
      } else {
        expanded.terms.append(term)
      }
    }
    return expanded
  }

  private static func isTelling(_ word: ArraySlice<UInt8>) -> Bool {
    word.count > 1 && !StopWords.contains(word)
  }
}
