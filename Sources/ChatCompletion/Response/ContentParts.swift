import NDJSON

/// The content of a message or of a delta, which is a string, or an array of parts.
enum ContentParts {
  /// What a piece is.
  enum Kind {
    case text, reasoning, refusal
  }

  /// Goes through the pieces in their order.
  ///
  /// - Parameters:
  ///   - content: The value of `content`, of any kind.
  ///   - body: Gets each piece: JSON string content, still escaped, valid during the call only.
  static func forEach(of content: JSONValue, _ body: (Kind, UnsafeRawBufferPointer) -> Void) {
    if let piece = content.escapedContent { return body(.text, piece) }
    if content.kind == .object { return forEach(ofPart: content, body) }
    for part in content.elements {
      if let piece = part.escapedContent {
        body(.text, piece)
      } else if part.kind == .object {
        forEach(ofPart: part, body)
      }
    }
  }

  private static func forEach(ofPart part: JSONValue, _ body: (Kind, UnsafeRawBufferPointer) -> Void) {
    if let text = part["text"] {
      // The text of a part may be an object with its value, as in the older interface for assistants.
      guard let piece = (text.kind == .object ? text["value"] : text)?.escapedContent else { return }
      body(.text, piece)
    } else if let thinking = part["thinking"] ?? part["reasoning"] {
      // Mistral: parts within a part.
      forEach(of: thinking) { _, piece in body(.reasoning, piece) }
    } else if let piece = part["refusal"]?.escapedContent {
      body(.refusal, piece)
    }
  }
}
