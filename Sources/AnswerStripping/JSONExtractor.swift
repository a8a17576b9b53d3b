import NDJSON

/// Finds the last JSON value in an answer.
///
/// In this order: the whole text, any value; the last fenced block that holds one value; the last object or array
/// anywhere.
struct JSONExtractor {
  /// How much of a text is looked at, in multiples of its length, before the search gives up: it stays linear.
  private static let budgetFactor = 8

  private let parser = JSONParser()

  /// The value, as a slice of `text`; valid until the next call.
  func lastValue(in text: UnsafeRawBufferPointer) -> JSONValue? {
    if let value = parse(text, trimmed(text, 0..<text.count)) { return value }
    let fences = FencedBlock.all(in: text)
    for fence in fences.reversed() {
      let content = trimmed(text, fence.content)
      // A value behind the last fence comes later in the text.
      if fence == fences.last, let value = lastContainer(in: text, after: fence.range.upperBound) { return value }
      if let value = parse(text, content) { return value }
    }
    return lastContainer(in: text, after: 0)
  }

  private func lastContainer(in text: UnsafeRawBufferPointer, after limit: Int) -> JSONValue? {
    var budget = (text.count - limit) * Self.budgetFactor
    var end = text.count
    while end > limit, budget > 0 {
      if text[end - 1] == UInt8(ascii: "}") || text[end - 1] == UInt8(ascii: "]") {
        let start = startOfContainer(endingAt: end, in: text)
        budget -= end - (start ?? 0)
        if let start, start >= limit, let value = parse(text, start..<end) { return value }
      }
      end -= 1
    }
    return nil
  }

  private func parse(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> JSONValue? {
    try? parser.parse(UnsafeRawBufferPointer(rebasing: text[range])).value
  }
}
