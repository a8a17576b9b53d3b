import CKnowledgeBase

/// What is looked for: the words of any text, how often each is said, and which stand side by side.
struct SearchQuery {
  /// A word of the query.
  struct Term: Equatable {
    let stem: String
    /// How much it counts: how often the query says it, or less when feedback added it.
    var weight: Float
    /// Whether words that begin with it count: one character of a script without spaces.
    let isPrefix: Bool

    /// The word as FTS5 takes it: quoted, and marked as stemmed already.
    var phrase: String { "\"\u{1}\(stem)\"" + (isPrefix ? "*" : "") }
  }

  var terms: [Term] = []
  /// How much of the bonus for pairs counts: less when feedback took a share of the weight.
  var scale: Float = 1
  /// Indices of terms that follow each other.
  private(set) var pairs: [(first: Int, second: Int)] = []

  /// More words than this are not searched for; those that are said most often are kept.
  static let mostTerms = 192

  /// Makes a query of any text.
  init(_ text: String, _ tokenizer: OpaquePointer) {
    let bytes = Array(text.utf8)
    var words = TokenizedText(bytes.prefix(256 << 10), tokenizer, isQuery: true).words
    let telling = words.filter { !StopWords.contains(bytes[$0.range]) }
    if !telling.isEmpty { words = telling }
    // Among a few words, looking through them costs less than the first dictionary of a kind does in a process.
    let isLong = words.count > 64
    var indices: [String: Int] = [:]
    var previous: Int?
    var neighbours: [Int] = []
    for word in words {
      let known = isLong ? indices[word.stem] : terms.firstIndex { $0.stem == word.stem }
      let index = known ?? terms.count
      if known == nil {
        if isLong { indices[word.stem] = index }
        terms.append(Term(stem: word.stem, weight: 1, isPrefix: Self.isOneWideCharacter(word.stem)))
      } else {
        terms[index].weight += 1
      }
      if let previous, previous != index { neighbours.append(previous << 32 | index) }
      previous = index
    }
    // Sorting them costs less than the first set of integers does in a process.
    neighbours.sort()
    for (position, pair) in neighbours.enumerated() where position == 0 || neighbours[position - 1] != pair {
      pairs.append((pair >> 32, pair & 0xFFFF_FFFF))
    }
    keep(
      Array(terms.indices.sorted { (terms[$0].weight, $1) > (terms[$1].weight, $0) }.prefix(Self.mostTerms)).sorted())
  }

  /// Leaves out all terms but these.
  mutating func keep(_ kept: [Int]) {
    guard kept.count < terms.count else { return }
    let position = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    terms = kept.map { terms[$0] }
    pairs = pairs.compactMap { pair in
      guard let first = position[pair.first], let second = position[pair.second] else { return nil }
      return (first, second)
    }
  }

  /// How many words the query has, repeats counted.
  var length: Float { terms.reduce(0) { $0 + $1.weight } }

  private static func isOneWideCharacter(_ stem: String) -> Bool {
    guard let lead = stem.utf8.first, lead >= 0xE0 else { return false }
    return stem.utf8.dropFirst().allSatisfy { $0 & 0xC0 == 0x80 }
  }
}
