import NDJSON

/// An answer in the format that gpt-oss writes and a server did not take apart:
/// `<|channel|>analysis<|message|>...<|end|><|start|>assistant<|channel|>final<|message|>...<|return|>`.
///
/// Source: the OpenAI Harmony response format.
enum HarmonyMessage {
  private static let start = Array("<|start|>".utf8)
  private static let channel = Array("<|channel|>".utf8)
  private static let message = Array("<|message|>".utf8)
  private static let end = Array("<|end|>".utf8)
  private static let final = Array("<|channel|>final".utf8)

  /// Where the answer begins.
  ///
  /// - Returns: The offset behind the header of the channel `final`, else behind the last message of another channel;
  ///   the length of the text when it is nothing but reasoning; nil when the text at `offset` is not of this format.
  static func endOfReasoning(in text: UnsafeRawBufferPointer, from offset: Int) -> Int? {
    guard isHeader(text, at: offset) else { return nil }
    if let header = text.firstOffset(of: final, in: offset..<text.count) {
      let body = text.firstOffset(of: message, in: header + final.count..<text.count)
      return body.map { $0 + message.count } ?? text.count
    }
    // Without a header the rest is the answer, if there is a rest.
    var last: Int?
    var position = offset
    while let found = text.firstOffset(of: end, in: position..<text.count) {
      position = found + end.count
      last = position
    }
    return last ?? text.count
  }

  private static func isHeader(_ text: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    let rest = text[offset...]
    guard rest.starts(with: channel) || rest.starts(with: start + Array("assistant".utf8) + channel) else {
      return false
    }
    return text.firstOffset(of: message, in: offset..<min(text.count, offset + 200)) != nil
  }

  /// The token that ends the answer; empty at the end of the text when there is none, or when the text at `offset` is
  /// not of this format.
  static func closingToken(in text: UnsafeRawBufferPointer, from offset: Int) -> Range<Int> {
    guard isHeader(text, at: offset) else { return text.count..<text.count }
    let last = trimmedEnd(text, offset..<text.count)
    for token in [Array("<|return|>".utf8), end] where last - offset >= token.count {
      if text[(last - token.count)..<last].elementsEqual(token) { return last - token.count..<last }
    }
    return text.count..<text.count
  }
}
