import NDJSON

/// What a model answered. Values are JSON as the server wrote it, on one line.
struct ChatAnswer {
  /// The text as a JSON string with its quotes; nil when the model said nothing but tool calls.
  var text: [UInt8]?
  var finishReason: [UInt8]?
  var usage: [UInt8]?
  var responseID: [UInt8]?
  /// The model that the server names.
  var model: String?
  var toolCalls: [UInt8]?
  var reasoning: [UInt8]?
  /// How many answers came; the first one is taken.
  var choiceCount = 0
  /// `usage.total_tokens`, or its parts together.
  var totalTokens: Int?

  /// Reads a `chat.completion` object.
  ///
  /// - Parameter record: The body of a successful response.
  /// - Throws: What makes it no success.
  init(_ record: Record) throws(CompletionFailure) {
    if let error = record["error"], !error.isNull {
      throw CompletionFailure(.streamError, ServerMessage.text(error) ?? "the server answered with an error")
    }
    var first: JSONValue?
    if let choices = record["choices"] {
      for choice in choices.elements {
        choiceCount += 1
        if first == nil || choice["index"]?.int == 0 && first?["index"]?.int != 0 { first = choice }
      }
    }
    guard let choice = first else { throw CompletionFailure(.badAnswer, "the answer has no 'choices'") }
    guard let message = choice["message"], message.kind == .object else {
      throw CompletionFailure(.badAnswer, "the answer has no 'message'")
    }
    text = Self.text(of: message["content"])
    toolCalls = message["tool_calls"].flatMap { Self.isFilled($0) ? OneLine.copy($0) : nil }
    reasoning = Self.reasoning(of: message).flatMap { $0.isString("") ? nil : OneLine.copy($0) }
    guard text != nil || toolCalls != nil else {
      let refusal = message["refusal"]?.string
      throw CompletionFailure(
        .emptyAnswer, refusal.map { "the model refused: \($0)" } ?? "the answer has neither text nor tool calls")
    }
    finishReason = choice["finish_reason"].flatMap { $0.isNull ? nil : OneLine.copy($0) }
    responseID = record["id"].map { OneLine.copy($0) }
    model = record["model"]?.string
    take(usage: record["usage"])
  }

  /// Makes an answer that `StreamAssembler` fills.
  init() {}

  mutating func take(usage value: JSONValue?) {
    guard let value, value.kind == .object else { return }
    usage = OneLine.copy(value)
    let parts = [value["prompt_tokens"]?.int, value["completion_tokens"]?.int].compactMap { $0 }
    totalTokens = value["total_tokens"]?.int ?? (parts.isEmpty ? nil : parts.reduce(0, +))
  }

  static func reasoning(of message: JSONValue) -> JSONValue? {
    for name in ["reasoning_content", "reasoning"] {
      if let value = message[name], !value.isNull { return value }
    }
    return nil
  }

  /// A string, or the text parts of an array put together.
  private static func text(of content: JSONValue?) -> [UInt8]? {
    guard let content else { return nil }
    switch content.kind {
    case .string: return Array(content.bytes)
    case .array:
      var joined: [UInt8] = [UInt8(ascii: "\"")]
      for part in content.elements {
        if let text = part["text"]?.escapedContent { joined.append(contentsOf: text) }
      }
      return joined.count == 1 ? nil : joined + [UInt8(ascii: "\"")]
    default: return nil
    }
  }

  private static func isFilled(_ array: JSONValue) -> Bool { array.elements.contains { _ in true } }
}
