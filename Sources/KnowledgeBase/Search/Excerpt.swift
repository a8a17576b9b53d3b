/// Chooses the part of a note that answers a query: whole sentences, as many as fit.
struct Excerpt {
  /// A sentence, a heading, a line of a list or of code: what is not cut.
  private struct Sentence {
    let range: Range<Int>
    /// The query's terms that are in it.
    let terms: [Int]
  }

  private let text: [UInt8]
  private let sentences: [Sentence]
  private let weights: [Float]

  /// Prepares a text.
  ///
  /// - Parameters:
  ///   - text: The note's.
  ///   - range: The part to choose from.
  ///   - places: Where the query's terms stand in that part, in its order.
  ///   - weights: What each term of the query counts for.
  init(_ text: [UInt8], _ range: Range<Int>, places: [TokenizedText.Occurrence], weights: [Float]) {
    self.text = text
    self.weights = weights
    var sentences: [Sentence] = []
    var next = 0
    for sentence in Sentences(text, range) {
      var found: [Int] = []
      while next < places.count && places[next].range.lowerBound < sentence.upperBound {
        if !found.contains(places[next].term) { found.append(places[next].term) }
        next += 1
      }
      sentences.append(Sentence(range: sentence, terms: found))
    }
    self.sentences = sentences
  }

  /// The sentences that hold most of the query, in the order of the text.
  ///
  /// - Parameter maximum: In bytes; what is cut off is marked by `…`.
  /// - Returns: Empty when nothing fits.
  func best(maximum: Int) -> String {
    guard maximum > 0, let choice = window(maximum) else { return "" }
    let range = sentences[choice.lowerBound].range.lowerBound..<sentences[choice.upperBound - 1].range.upperBound
    if range.count <= maximum { return String(decoding: text[range], as: UTF8.self) }
    return shortened(range, maximum)
  }

  /// The consecutive sentences with the greatest sum: each word of the query once, and a little for each that repeats it.
  private func window(_ maximum: Int) -> Range<Int>? {
    guard !sentences.isEmpty else { return nil }
    var best: Range<Int>?
    var bestScore: Float = -1
    var counts = [Int](repeating: 0, count: weights.count)
    var score: Float = 0
    var end = 0
    for start in sentences.indices {
      while end < sentences.count {
        let length = sentences[end].range.upperBound - sentences[start].range.lowerBound
        guard length <= maximum || end == start else { break }
        for term in sentences[end].terms {
          score += counts[term] == 0 ? weights[term] : 0.1 * weights[term]
          counts[term] += 1
        }
        end += 1
      }
      if score > bestScore + 0.0001 && (best == nil || !sentences[start].terms.isEmpty) {
        bestScore = score
        best = start..<end
      }
      for term in sentences[start].terms {
        counts[term] -= 1
        score -= counts[term] == 0 ? weights[term] : 0.1 * weights[term]
      }
    }
    return best
  }

  /// One sentence that is too long, cut at a word.
  private func shortened(_ range: Range<Int>, _ maximum: Int) -> String {
    let mark = "…"
    var end = min(range.lowerBound + maximum - mark.utf8.count, range.upperBound)
    guard end > range.lowerBound else { return "" }
    while end > range.lowerBound && text[end] & 0xC0 == 0x80 { end -= 1 }
    if let space = text[range.lowerBound..<end].lastIndex(where: { $0 == 0x20 || $0 == 0x0A }),
      space > range.lowerBound + maximum / 2
    {
      end = space
    }
    return String(decoding: text[range.lowerBound..<end], as: UTF8.self) + mark
  }
}
