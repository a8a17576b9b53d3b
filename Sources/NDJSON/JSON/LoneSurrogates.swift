/// Halves of surrogate pairs in JSON (`"\ud83d"` alone), which stand for no character. Small models emit them, and
/// servers pass them on; strict readers behind this program would refuse the whole record.
public enum LoneSurrogates {
  /// Replaces each half by U+FFFD, as decoders do with bytes that stand for nothing.
  ///
  /// - Parameter json: A text that is JSON but for such halves.
  /// - Returns: A text of the same length, with `\ufffd` in their place.
  public static func replaced(_ json: UnsafeRawBufferPointer) -> [UInt8] {
    var text = Array(json)
    var position = 0
    while position + 1 < text.count {
      guard text[position] == UInt8(ascii: "\\") else {
        position += 1
        continue
      }
      guard let unit = codeUnit(text, at: position) else {
        position += 2
        continue
      }
      let isPair = isHigh(unit) && codeUnit(text, at: position + 6).map(isLow) ?? false
      if !isPair && (isHigh(unit) || isLow(unit)) {
        text.replaceSubrange(position..<position + 6, with: "\\ufffd".utf8)
      }
      position += isPair ? 12 : 6
    }
    return text
  }

  /// Whether JSON string content ends in the escape of a first half, which a later piece may complete.
  ///
  /// - Parameter content: JSON string content, still escaped.
  /// - Returns: Whether it does.
  public static func endsInHigh(_ content: [UInt8]) -> Bool {
    let start = content.count - 6
    guard start >= 0, let unit = codeUnit(content, at: start), isHigh(unit) else { return false }
    // A backslash that is itself escaped begins no escape.
    return content[..<start].reversed().prefix { $0 == UInt8(ascii: "\\") }.count % 2 == 0
  }

  /// The code unit that the escape at an offset names; nil when there is no `\u` escape.
  private static func codeUnit(_ text: [UInt8], at position: Int) -> UInt16? {
    guard position + 6 <= text.count, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u")
    else { return nil }
    return UInt16(String(decoding: text[position + 2..<position + 6], as: UTF8.self), radix: 16)
  }

  private static func isHigh(_ unit: UInt16) -> Bool { unit & 0xFC00 == 0xD800 }

  private static func isLow(_ unit: UInt16) -> Bool { unit & 0xFC00 == 0xDC00 }
}
