import CKnowledgeBase
import SQLite

#if canImport(Glibc)
  import Glibc
#endif

/// A row of the index that matches.
struct RankedRow {
  let row: Int64
  let score: Float

  /// Hits, best first; of equal ones the first row first.
  static func sorted(_ hits: some Sequence<hg_hit>) -> [RankedRow] {
    hits.map { RankedRow(row: $0.row, score: $0.score) }
      .sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }
  }
}

/// Ranks the rows of an index for a query, inside a transaction.
///
/// The formula, its constants and their source are in `ranking.c`. Here is what it needs: document frequencies, the bonus for
/// neighbouring words (Σ .4·min(idf) of the two), and above `manyRows` a condition that spares looking at rows that hold only
/// common words.
struct Ranking {
  private let index: NoteIndex
  private let lengths: RowLengths
  /// Counts that were looked up already: one search asks for the same words several times.
  private let counted = Counted()

  /// A class because a ranking is a value and still remembers.
  private final class Counted {
    var byPhrase: [String: Int] = [:]
  }

  /// From this many rows on a row must hold one of the query's rarer words. Below, that would cost results and save nothing.
  static let manyRows: Int64 = 20_000
  /// More words than this are not ranked by; those that tell most are kept.
  static let mostTerms = 48

  init(_ index: NoteIndex) throws(DatabaseError) {
    self.index = index
    lengths = try index.lengths()
  }

  var rowCount: Int64 { index.state.nextRow - 1 }

  /// The rows that match best, best first.
  func rank(_ query: SearchQuery, limit: Int) throws(DatabaseError) -> [RankedRow] {
    var query = query
    var counts = try frequencies(query.terms)
    let found = counts.indices.filter { counts[$0] > 0 }
    let telling = found.sorted { value(query.terms[$0], counts[$0]) > value(query.terms[$1], counts[$1]) }
    let kept = telling.prefix(Self.mostTerms).sorted()
    counts = kept.map { counts[$0] }
    query.keep(kept)
    guard !query.terms.isEmpty, limit > 0 else { return [] }
    return try rank(query, counts, limit: limit)
  }

  /// How many rows hold each term.
  func frequencies(_ terms: [SearchQuery.Term]) throws(DatabaseError) -> [Int64] {
    var counts = [Int64](repeating: 0, count: terms.count)
    var open: [Int] = []
    let known = try index.database.statement("SELECT rows FROM vocabulary WHERE stem = ?1")
    for (position, term) in terms.enumerated() {
      if let count = counted.byPhrase[term.phrase] {
        counts[position] = Int64(count)
        continue
      }
      if index.state.countedRows > 0 && !term.isPrefix {
        known.reset()
        known.bind(1, term.stem)
        if try known.step() {
          counts[position] = known.int(0)
          continue
        }
      }
      open.append(position)
    }
    known.reset()
    guard !open.isEmpty else { return counts }
    let match = Self.anyOf(open.map { terms[$0].phrase })
    var found = [Int64](repeating: 0, count: open.count)
    let statement = try index.database.statement(
      "SELECT hyperguild_frequencies(words, ?2) FROM words WHERE words MATCH ?1 LIMIT 1")
    defer { statement.reset() }
    var failure: DatabaseError?
    found.withUnsafeMutableBufferPointer { buffer in
      var request = hg_frequencies(counts: buffer.baseAddress, count: Int32(buffer.count))
      withUnsafeMutablePointer(to: &request) { request in
        statement.bind(1, match)
        hg_bind_frequencies(statement.pointer, 2, request)
        do throws(DatabaseError) { _ = try statement.step() } catch { failure = error }
        statement.reset()
      }
    }
    if let failure { throw failure }
    for (position, count) in zip(open, found) {
      counts[position] = count
      counted.byPhrase[terms[position].phrase] = Int(count)
    }
    return counts
  }

  /// Inverse document frequency, never negative.
  private func inverseDocumentFrequency(_ count: Int64) -> Float {
    let rows = Float(rowCount)
    return logf(1 + (rows - Float(count) + 0.5) / (Float(count) + 0.5))
  }

  /// The inverse document frequency of each term.
  func rarities(_ terms: [SearchQuery.Term]) throws(DatabaseError) -> [Float] {
    try frequencies(terms).map { inverseDocumentFrequency($0) }
  }

  private func value(_ term: SearchQuery.Term, _ count: Int64) -> Float {
    term.weight * inverseDocumentFrequency(count)
  }

  private func rank(_ query: SearchQuery, _ counts: [Int64], limit: Int) throws(DatabaseError) -> [RankedRow] {
    let weights = zip(query.terms, counts).map { value($0, $1) }
    let scale = query.scale
    let pairs = query.pairs.map { pair in
      let weight =
        0.4 * scale * min(inverseDocumentFrequency(counts[pair.first]), inverseDocumentFrequency(counts[pair.second]))
      return hg_pair(first: Int32(pair.first), second: Int32(pair.second), weight: weight)
    }
    var hits = [hg_hit](repeating: hg_hit(), count: limit)
    let condition = match(query.terms, counts)
    // Among many rows only those that hold a rare word are looked at; else each word's rows are walked on their own.
    let statement = try index.database.statement(
      condition.isPartial
        ? "SELECT hyperguild_rank(words, ?2) FROM words WHERE words MATCH ?1"
        : "SELECT hyperguild_rank_phrases(words, ?2) FROM words WHERE words MATCH ?1 LIMIT 1")
    defer { statement.reset() }
    statement.bind(1, condition.match)
    var failure: DatabaseError?
    var hitCount = 0
    weights.withUnsafeBufferPointer { weights in
      pairs.withUnsafeBufferPointer { pairs in
        lengths.packed.withUnsafeBufferPointer { lengths in
          hits.withUnsafeMutableBufferPointer { hits in
            var ranking = hg_ranking()
            ranking.weights = weights.baseAddress
            ranking.phrase_count = Int32(weights.count)
            ranking.pairs = pairs.baseAddress
            ranking.pair_count = Int32(pairs.count)
            ranking.lengths = lengths.baseAddress
            ranking.row_count = Int64(lengths.count)
            ranking.average = (index.state.average(0), index.state.average(1), index.state.average(2))
            ranking.hits = hits.baseAddress
            ranking.hit_capacity = Int32(hits.count)
            withUnsafeMutablePointer(to: &ranking) { ranking in
              hg_bind_ranking(statement.pointer, 2, ranking)
              do throws(DatabaseError) { try statement.run() } catch { failure = error }
              statement.reset()
              hg_ranking_free(ranking)
              hitCount = Int(ranking.pointee.hit_count)
            }
          }
        }
      }
    }
    if let failure { throw failure }
    return RankedRow.sorted(hits.prefix(hitCount))
  }

  /// All rows that hold any of the words; among many rows, only those that hold one of the rarer ones.
  private func match(_ terms: [SearchQuery.Term], _ counts: [Int64]) -> (match: String, isPartial: Bool) {
    let all = Self.anyOf(terms.map(\.phrase))
    guard rowCount > Self.manyRows else { return (all, false) }
    let rows = rowCount
    var total: Int64 = 0
    var rare: [String] = []
    for position in counts.indices.sorted(by: { counts[$0] < counts[$1] }) {
      let count = counts[position]
      guard rare.isEmpty || count <= rows / 50 || total + count <= rows / 12 else { break }
      total += count
      rare.append(terms[position].phrase)
    }
    // The phrases of the first part are the ones that are ranked: they keep their numbers.
    if rare.count == terms.count { return (all, false) }
    return ("(\(all)) AND (\(Self.anyOf(rare)))", true)
  }

  /// The first `joined` of a process costs as much as three of these searches' words.
  private static func anyOf(_ phrases: [String]) -> String {
    phrases.dropFirst().reduce(into: phrases.first ?? "") { all, phrase in
      all += " OR "
      all += phrase
    }
  }
}
