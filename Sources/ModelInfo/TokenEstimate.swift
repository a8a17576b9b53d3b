public import NDJSON

/// How many tokens a request has, without its model's tokenizer.
///
/// Tokenizers differ more from one another (by up to 20 % on English and code, more elsewhere) than this differs from
/// their middle. The weights of ``TokenScanner`` were fitted to the middle of four of them (SmolLM2's, OpenAI's cl100k and
/// o200k, Anthropic's published one) on half of this project's pages, sources and scripts; on the other half, in pieces of
/// 6,000 characters, the estimate is within 15 % of each of the four for 96 of 100 pieces.
///
/// Images, sound and files stand in a request as base64, which no model reads as text: however long, each counts as many
/// tokens as a large image.
public enum TokenEstimate {
  /// What an attachment counts: a large image is 85 to 1,600 tokens for the models of OpenAI and Anthropic.
  public static let attachment = 1000

  /// An image that the request wants to be looked at from afar, for the models of OpenAI.
  static let smallImage = 85

  /// What stands around a message: `<|im_start|>role\n...<|im_end|>\n`.
  private static let around = 4

  /// What makes the model answer.
  private static let opening = 3

  /// Without a system message, the templates of many local models (SmolLM2, Qwen 2.5, Llama 3) put some twenty tokens of
  /// their own in front, those of OpenAI's and Anthropic's models none.
  private static let standardSystem = 11

  /// Deeper values are taken as text.
  private static let depth = 16

  /// Estimates the prompt of a request: its messages, tools and schema.
  ///
  /// - Parameter body: As it is sent: of chat completions, or with `input` or `prompt`.
  /// - Returns: Tokens.
  public static func tokens(inRequest body: JSONValue) -> Int {
    var scanner = TokenScanner()
    var others = 0
    for (name, value) in body.members {
      if name.isNamed("messages") {
        others += opening
        if value.elements.first(where: { _ in true })?["role"]?.isString("user") ?? false { others += standardSystem }
        add(value, depth, to: &scanner, &others)
      } else if name.isNamed("input") || name.isNamed("prompt") || name.isNamed("instructions") {
        add(value, depth, to: &scanner, &others)
      } else if name.isNamed("tools") || name.isNamed("functions") || name.isNamed("response_format") {
        scanner.scan(value.bytes, isEscaped: false)
      }
    }
    return scanner.tokens.addingSaturated(others)
  }

  /// Estimates what a member of a prompt holds: a string, or an array of parts or of messages.
  ///
  /// - Parameter value: `user`, `system`, `content`, `messages`.
  /// - Returns: Tokens.
  public static func tokens(in value: JSONValue) -> Int {
    var scanner = TokenScanner()
    var others = 0
    add(value, depth, to: &scanner, &others)
    return scanner.tokens.addingSaturated(others)
  }

  /// Estimates a text.
  ///
  /// - Parameter text: Any, of a prompt or of an answer.
  /// - Returns: Tokens.
  public static func tokens(inText text: String) -> Int {
    var text = text
    return text.withUTF8 { bytes in
      var scanner = TokenScanner()
      scanner.scan(UnsafeRawBufferPointer(bytes), isEscaped: false)
      return scanner.tokens
    }
  }

  private static func add(_ value: JSONValue, _ depth: Int, to scanner: inout TokenScanner, _ others: inout Int) {
    switch value.kind {
    case .string: add(text: value, to: &scanner, &others)
    case .array where depth > 0: for element in value.elements { add(element, depth - 1, to: &scanner, &others) }
    case .object where depth > 0: add(object: value, depth, to: &scanner, &others)
    // A prompt may be given as the numbers of its tokens.
    case .number: others += 1
    case .null, .bool: break
    default: scanner.scan(value.bytes, isEscaped: false)
    }
  }

  /// A message, a part, a tool call.
  private static func add(
    object: JSONValue, _ depth: Int, to scanner: inout TokenScanner, _ others: inout Int
  ) {
    for (name, value) in object.members {
      if name.isNamed("role") {
        others += around
      } else if name.isNamed("image_url") || name.isNamed("image") || name.isNamed("source") {
        let isSmall = (value["detail"] ?? object["detail"])?.isString("low") ?? false
        others += isSmall ? smallImage : attachment(value["url"] ?? value["data"] ?? value)
      } else if name.isNamed("input_audio") || name.isNamed("file") || name.isNamed("file_data") {
        others += attachment(value["data"] ?? value["file_data"] ?? value)
      } else if !name.isNamed("type") && !name.isNamed("id") && !name.isNamed("cache_control") {
        add(value, depth - 1, to: &scanner, &others)
      }
    }
  }

  /// A short one has not more tokens than a text as long.
  private static func attachment(_ data: JSONValue) -> Int {
    let isAddress = data.escapedContent.map { $0.starts(with: "http".utf8) } ?? true
    return isAddress ? attachment : min(attachment, data.bytes.count / 4)
  }

  private static func add(text: JSONValue, to scanner: inout TokenScanner, _ others: inout Int) {
    guard let content = text.escapedContent else { return }
    var start = 0
    for run in Base64Runs(content) {
      scanner.scan(UnsafeRawBufferPointer(rebasing: content[start..<run.lowerBound]), isEscaped: true)
      others += min(attachment, run.count / 4)
      start = run.upperBound
    }
    scanner.scan(UnsafeRawBufferPointer(rebasing: content[start...]), isEscaped: true)
  }
}
