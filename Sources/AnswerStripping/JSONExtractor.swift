import NDJSON

/// Finds the last JSON value in an answer.
///
/// In this order: the whole text, any value; behind the last fenced block, an object or array; the last fenced block
/// that holds one value (a number, string or word only where the fence says JSON, or nothing); the last object or
/// array anywhere.
struct JSONExtractor {
  private let parser = JSONParser()

  /// The value, as a slice of `text`; valid until the next call. Linear in the length of the text.
  func lastValue(in text: UnsafeRawBufferPointer) -> JSONValue? {
    if let value = parse(text, trimmed(text, 0..<text.count)) { return value }
    let fences = FencedBlock.all(in: text)
    if let last = fences.last, let value = lastContainer(in: text, from: last.range.upperBound) { return value }
    for fence in fences.reversed() {
      guard let value = parse(text, trimmed(text, fence.content)) else { continue }
      if value.kind == .object || value.kind == .array || fence.mayHoldJSON(text) { return value }
    }
    return lastContainer(in: text, from: 0)
  }

  /// The object or array that ends last, as large as can be.
  private func lastContainer(in text: UnsafeRawBufferPointer, from start: Int) -> JSONValue? {
    var found: Range<Int>?
    var position = start
    while let open = startOfContainer(in: text, from: position) {
      let prefix = JSONPrefix(text, from: open)
      switch prefix.outcome {
      case .complete(let end):
        found = open..<end
        position = end
      // All containers that are still open fail here as well. What was taken for a string may hold some, which can
      // happen once only: in the rest of a string each quote has a backslash before it, and JSON none outside strings.
      case .invalid(let offset):
        found = prefix.lastInner ?? found
        position = max(offset, open + 1)
      case .cutOff:
        found = prefix.lastInner ?? found
        position = prefix.partialString ?? text.count
      }
    }
    return found.flatMap { parse(text, $0) }
  }

  private func startOfContainer(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    text[start...].firstIndex { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }
  }

  private func parse(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> JSONValue? {
    try? parser.parse(UnsafeRawBufferPointer(rebasing: text[range])).value
  }
}
