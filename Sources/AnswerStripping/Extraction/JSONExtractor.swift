package import NDJSON

/// Finds the JSON value that an answer is about.
///
/// In this order: the whole text, any value; the last fenced block that holds one value (a number, string or word only
/// where the fence says JSON, or nothing); the last object anywhere; the last array anywhere that is not a citation
/// (`[1]`) and no check box (`[ ]`). Behind one that holds something an empty one (`{}`, `[]`) does not count. What lies inside a value that is broken or cut off is a fragment, and no answer.
package struct JSONExtractor {
  private let parser = JSONParser()

  /// Makes an extractor.
  package init() {}

  /// The value, as a slice of `text`; valid until the next call. Linear in the length of the text.
  package func lastValue(in text: UnsafeRawBufferPointer) -> JSONValue? {
    let start = invisibleStart(text, 0..<text.count)
    if let value = parse(text, trimmed(text, start..<text.count)) { return value }
    for fence in FencedBlock.all(in: text).reversed() {
      guard let value = parse(text, trimmed(text, fence.content)) else { continue }
      if value.kind == .object || value.kind == .array || fence.mayHoldJSON(text) { return value }
    }
    return lastContainer(in: text)
  }

  /// The last object, else the last array, as large as can be.
  private func lastContainer(in text: UnsafeRawBufferPointer) -> JSONValue? {
    var object: Range<Int>?
    var array: Range<Int>?
    var pairs: BracketPairs?
    var position = 0
    scan: while let open = startOfContainer(in: text, from: position) {
      let prefix = JSONPrefix(text, from: open)
      switch prefix.extent {
      case .complete(let end):
        let isHollow = isHollow(text, open..<end)
        if text[open] == UInt8(ascii: "{") {
          if object == nil || !isHollow { object = open..<end }
        } else if !isCitation(text, open..<end), array == nil || !isHollow {
          array = open..<end
        }
        position = end
      case .cutOff where prefix.isShown: break scan
      // What was taken for a string may hold some, which can happen once only: in the rest of a string each quote has a
      // backslash before it, and JSON none outside strings.
      case .cutOff: position = prefix.partialString ?? text.count
      case .invalid(let offset) where !prefix.isShown: position = max(offset, open + 1)
      case .invalid(let offset):
        let known = pairs ?? BracketPairs(text)
        pairs = known
        // A broken value ends with its bracket; one that has none ends with its paragraph.
        guard let end = known.end(from: open) ?? startOfParagraph(in: text, from: max(offset, open + 1)) else {
          break scan
        }
        position = max(end, offset)
      }
    }
    return (object ?? array).flatMap { parse(text, $0) }
  }

  private func startOfContainer(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    text[start...].firstIndex { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }
  }

  /// Whether nothing is in a container: behind one that holds something, `{}` in prose is not the answer.
  private func isHollow(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    text[(range.lowerBound + 1)..<(range.upperBound - 1)].allSatisfy { isJSONSpace($0) }
  }

  /// Whether an array in prose is the number of a source, or a box to tick.
  private func isCitation(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    let inside = text[(range.lowerBound + 1)..<(range.upperBound - 1)]
    if inside.isEmpty { return false }
    return inside.allSatisfy { isJSONSpace($0) }
      || inside.count <= 4 && inside.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// Behind the next blank line; the rest of the line at `start` is not blank, whatever is in it.
  private func startOfParagraph(in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var isBlank = false
    for position in start..<text.count {
      switch text[position] {
      case 0x0A:
        if isBlank { return position + 1 }
        isBlank = true
      case 0x20, 0x09, 0x0D: continue
      default: isBlank = false
      }
    }
    return nil
  }

  private func parse(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> JSONValue? {
    try? parser.parse(UnsafeRawBufferPointer(rebasing: text[range])).value
  }
}
