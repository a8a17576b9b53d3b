import NDJSON

#if canImport(Glibc)
  import Glibc
#endif

/// The content of a JSON string as it stands in the record, still escaped: what the fast path looks at.
struct EscapedText {
  let bytes: UnsafeRawBufferPointer

  /// The content without the white space at its end, escaped or not.
  private var trimmedEnd: Int {
    var end = bytes.count
    while end > 0 {
      if bytes[end - 1] == 0x20 {
        end -= 1
      } else if end >= 2, "nrt".utf8.contains(bytes[end - 1]), isEscape(at: end - 2) {
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
  /// - Parameter needles: Each key as it starts in an escaped object: `\"status`.
  /// - Returns: True also for some that do not.
  func mayEndInBlock(needles: [[UInt8]]) -> Bool {
    let end = trimmedEnd
    guard end > 0 else { return false }
    switch bytes[end - 1] {
    case UInt8(ascii: "}"), UInt8(ascii: "`"), UInt8(ascii: "~"): return true
    default: break
    }
    // Cut off: one of the keys stands somewhere, or the text ends within the first name behind a brace.
    for needle in needles where bytes.firstOffset(of: needle, in: 0..<end) != nil { return true }
    if mayHideEscapes(before: end) { return true }
    guard let brace = bytes.lastOffset(of: UInt8(ascii: "{"), in: 0..<end) else { return false }
    return isStartOfObject(after: brace + 1, end)
  }

  /// Whether white space and at most one unfinished name lie between `start` and `end`.
  private func isStartOfObject(after start: Int, _ end: Int) -> Bool {
    var position = start
    while position < end {
      if bytes[position] == 0x20 {
        position += 1
      } else if position + 1 < end, bytes[position] == UInt8(ascii: "\\"), "nrt".utf8.contains(bytes[position + 1]) {
        position += 2
      } else {
        break
      }
    }
    guard position < end else { return true }
    guard position + 1 < end, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "\"") else {
      return false
    }
    return !bytes[(position + 2)..<end].contains(UInt8(ascii: "\\"))
  }

  /// Whether the last bytes hold a `\u` escape, behind which white space, a brace or a fence may hide.
  private func mayHideEscapes(before end: Int) -> Bool {
    bytes.firstOffset(of: Array("\\u".utf8), in: max(0, end - 6)..<end) != nil
  }

  /// The offset in the escaped content of an offset in the unescaped text.
  ///
  /// - Parameter offset: In bytes of the unescaped text, at the boundary of a character.
  /// - Returns: In bytes of the escaped content.
  func escapedOffset(of offset: Int) -> Int {
    var left = offset
    var position = 0
    while left > 0, let base = bytes.baseAddress {
      let found = memchr(base + position, 0x5C, bytes.count - position)
      let plain = found.map { UnsafeRawPointer($0) - (base + position) } ?? bytes.count - position
      guard plain < left else { return position + left }
      left -= plain
      position += plain
      guard position + 1 < bytes.count else { return position }
      let width = escapeWidth(at: position)
      position += width.escaped
      left -= width.plain
    }
    return position
  }

  /// The length of the escape at `index`, and of what it stands for in UTF-8.
  private func escapeWidth(at index: Int) -> (escaped: Int, plain: Int) {
    guard bytes[index + 1] == UInt8(ascii: "u") else { return (2, 1) }
    let digits = String(decoding: bytes[(index + 2)..<(index + 6)], as: UTF8.self)
    let unit = UInt16(digits, radix: 16) ?? 0
    switch unit {
    case 0..<0x80: return (6, 1)
    case 0x80..<0x800: return (6, 2)
    case 0xD800..<0xDC00: return (12, 4)
    default: return (6, 3)
    }
  }
}
