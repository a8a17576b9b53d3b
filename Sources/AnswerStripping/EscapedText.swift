import NDJSON

/// The content of a JSON string as it stands in the record, still escaped: what the fast path looks at.
struct EscapedText {
  let bytes: UnsafeRawBufferPointer

  /// Whether an ASCII character may stand there as a `\u` escape: then escaped bytes say little about the text.
  let hidesASCII: Bool

  /// The content without the white space at its end, escaped or not.
  var trimmedEnd: Int {
    var end = bytes.count
    while end > 0 {
      if bytes[end - 1] == 0x20 {
        end -= 1
      } else if end >= 2, isEscapedSpace(bytes[end - 1]), isEscape(at: end - 2) {
        end -= 2
      } else {
        break
      }
    }
    return end
  }

  /// Whether the backslash at `index` starts an escape: it is not itself escaped.
  private func isEscape(at index: Int) -> Bool {
    var start = index + 1
    while start > 0, bytes[start - 1] == UInt8(ascii: "\\") { start -= 1 }
    return (index + 1 - start) % 2 == 1
  }

  /// Whether the text can end in a schema block. False for nearly all texts that do not, without decoding anything.
  ///
  /// - Parameter keys: The names a schema block has.
  /// - Returns: True also for some that do not; false never for one that does.
  func mayEndInBlock(_ keys: SchemaKeys) -> Bool {
    let end = trimmedEnd
    guard end > 0 else { return false }
    switch bytes[end - 1] {
    case UInt8(ascii: "}"), UInt8(ascii: "`"), UInt8(ascii: "~"): return true
    default: break
    }
    if hidesASCII { return true }
    // What is left is a block that was cut off. It starts with a brace.
    guard let brace = bytes.lastOffset(of: UInt8(ascii: "{"), in: 0..<end) else { return false }
    return !keys.arePlain || isStartOfObject(brace + 1..<end) || endsInName(end, keys)
      || keys.needles.contains { bytes.firstOffset(of: $0, in: 0..<end) != nil }
      || (hasFence(before: brace) && mayBeLoose(brace, end, keys))
      // A name of the object may be escaped once more.
      || bytes.firstOffset(of: Array(#"\\u"#.utf8), in: 0..<end) != nil
  }

  /// Where the line starts that has the first brace or fence: what lies before it neither holds a block nor is part of
  /// one. The length when there is neither; 0 when escapes may hide them.
  var startOfBlocks: Int {
    if hidesASCII { return 0 }
    var first = bytes.firstOffset(of: UInt8(ascii: "{"), in: 0..<bytes.count) ?? bytes.count
    first = firstFence(of: UInt8(ascii: "`"), before: first) ?? first
    first = firstFence(of: UInt8(ascii: "~"), before: first) ?? first
    return first < bytes.count ? startOfLine(at: first) : first
  }

  /// The first three of a byte in a row, wherever on its line.
  private func firstFence(of byte: UInt8, before end: Int) -> Int? {
    var position = 0
    while let found = bytes.firstOffset(of: byte, in: position..<end) {
      if found + 2 < bytes.count, bytes[found + 1] == byte, bytes[found + 2] == byte { return found }
      position = found + 1
    }
    return nil
  }

  /// Where the line starts that `position` is on. Linear in the length of the line.
  private func startOfLine(at position: Int) -> Int {
    var end = position
    while let backslash = bytes.lastOffset(of: UInt8(ascii: "\\"), in: 0..<end) {
      let letter = bytes[backslash + 1]
      if letter == UInt8(ascii: "n") || letter == UInt8(ascii: "r"), isEscape(at: backslash) { return backslash + 2 }
      end = backslash
      while end > 0, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
    }
    return 0
  }

  /// Whether there is only white space between a brace and the end.
  private func isStartOfObject(_ range: Range<Int>) -> Bool { startOfContent(range) == range.upperBound }

  /// Where the range goes on behind its white space, escaped or not.
  private func startOfContent(_ range: Range<Int>) -> Int {
    var position = range.lowerBound
    while position < range.upperBound {
      if bytes[position] == 0x20 {
        position += 1
      } else if bytes[position] == UInt8(ascii: "\\"), isEscapedSpace(bytes[position + 1]) {
        position += 2
      } else {
        break
      }
    }
    return position
  }

  /// Whether three backticks or tildes stand before `end`: names without double quotes count in a fence only.
  private func hasFence(before end: Int) -> Bool {
    firstFence(of: UInt8(ascii: "`"), before: end) != nil || firstFence(of: UInt8(ascii: "~"), before: end) != nil
  }

  /// Whether there is a name without double quotes, or the start of one, or of a comment.
  private func mayBeLoose(_ brace: Int, _ end: Int, _ keys: SchemaKeys) -> Bool {
    let first = startOfContent(brace + 1..<end)
    if first < end, "'/#".utf8.contains(bytes[first]) { return true }
    if keys.bareNeedles.contains(where: { bytes.firstOffset(of: $0, in: 0..<end) != nil }) { return true }
    return (1...max(keys.longest, 1)).contains { length in
      length < end - brace && keys.canGrow(from: bytes[(end - length)..<end])
    }
  }

  /// Whether the last escape is a quote, and what follows it can become one of the names.
  private func endsInName(_ end: Int, _ keys: SchemaKeys) -> Bool {
    guard let escape = bytes.lastOffset(of: UInt8(ascii: "\\"), in: 0..<end), escape + 1 < end else { return false }
    return bytes[escape + 1] == UInt8(ascii: "\"") && keys.canGrow(from: bytes[(escape + 2)..<end])
  }
}

/// Whether the letter makes an escape that stands for white space.
private func isEscapedSpace(_ letter: UInt8) -> Bool {
  switch letter {
  case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "f"): true
  default: false
  }
}
