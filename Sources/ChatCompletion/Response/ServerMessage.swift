import NDJSON

/// What a server says about an error, for a person.
enum ServerMessage {
  /// Longer messages are cut, in bytes.
  static let longest = 500

  /// The message in the body of an error response: of JSON its `error.message`, `message` or `detail`, of anything
  /// else the beginning.
  ///
  /// - Parameters:
  ///   - body: Any bytes.
  ///   - parser: Parses them.
  /// - Returns: A text without line ends, or nil when there is none.
  static func text(_ body: UnsafeRawBufferPointer, _ parser: JSONParser) -> String? {
    if let document = try? parser.parse(body) { return text(document.value) }
    return clean(String(decoding: body.prefix(longest * 2), as: UTF8.self))
  }

  /// The message in a JSON value.
  static func text(_ value: JSONValue) -> String? {
    switch value.kind {
    case .string: return clean(value.string ?? "")
    case .object:
      for name: MemberName in ["error", "message", "detail"] {
        if let inner = value[name], !inner.isNull, let text = text(inner) { return text }
      }
      return clean(value.text)
    case .null: return nil
    default: return clean(value.text)
    }
  }

  private static func clean(_ text: String) -> String? {
    var words = ""
    for word in text.split(whereSeparator: \.isWhitespace) {
      words += words.isEmpty ? String(word) : " \(word)"
      if words.utf8.count > longest { break }
    }
    guard words.utf8.count > longest else { return words.isEmpty ? nil : words }
    while words.utf8.count > longest { words.removeLast() }
    return words + "..."
  }
}
