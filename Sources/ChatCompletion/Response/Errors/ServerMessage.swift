import NDJSON

/// What a server says about an error, for a person.
enum ServerMessage {
  /// Longer messages are cut, in bytes.
  static let longest = 500
  /// Messages that stand deeper in an object are not looked for.
  private static let deepest = 6

  /// The message in the body of an error response: of JSON its `error.message`, `message` or `detail`, of a page its
  /// words, of anything else the beginning.
  ///
  /// - Parameters:
  ///   - body: Any bytes.
  ///   - parser: Parses them.
  /// - Returns: A text without line ends, or nil when there is none.
  static func text(_ body: UnsafeRawBufferPointer, _ parser: JSONParser) -> String? {
    if let document = try? parser.parse(body) { return text(document.value) }
    return words(body)
  }

  /// The message in a text that is no JSON.
  static func words(_ body: UnsafeRawBufferPointer) -> String? {
    let text = String(decoding: body.prefix(64 << 10), as: UTF8.self)
    return clean(MarkupText.isPage(text) ? MarkupText.words(of: text) : text)
  }

  /// The message in a JSON value.
  static func text(_ value: JSONValue) -> String? { text(value, depth: 0) }

  private static func text(_ value: JSONValue, depth: Int) -> String? {
    switch value.kind {
    case .null: return nil
    case .string:
      let text = value.string ?? ""
      return clean(MarkupText.isPage(text) ? MarkupText.words(of: text) : text)
    case .object where depth < deepest:
      for name: MemberName in [
        "error", "message", "detail", "msg", "error_msg", "errors", "base_resp", "status_msg", "error_description",
      ] {
        if let inner = value[name], !inner.isNull, let text = text(inner, depth: depth + 1) { return text }
      }
    case .array where depth < deepest:
      // Google's and Cloudflare's errors come in an array.
      if let first = value.elements.first(where: { $0.kind == .object }) { return text(first, depth: depth + 1) }
    default: break
    }
    return clean(String(decoding: value.bytes.prefix(2 * longest), as: UTF8.self))
  }

  private static func clean(_ text: String) -> String? {
    var words = ""
    for word in String(decoding: text.utf8.prefix(64 << 10), as: UTF8.self).split(whereSeparator: \.isWhitespace) {
      let rest = longest + 1 - words.utf8.count
      // A word may be a megabyte long.
      let word = word.utf8.count > rest ? Substring(String(decoding: word.utf8.prefix(rest), as: UTF8.self)) : word
      words += words.isEmpty ? String(word) : " \(word)"
      if words.utf8.count > longest { break }
    }
    guard words.utf8.count > longest else { return words.isEmpty ? nil : words }
    while words.utf8.count > longest || words.last == "\u{FFFD}" { words.removeLast() }
    return words + "..."
  }
}
