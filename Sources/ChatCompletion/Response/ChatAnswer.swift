import NDJSON

/// What a model answered. Values are JSON as the server wrote it, on one line.
///
/// A class, for it is handed on several times and its many parts would be counted each time.
final class ChatAnswer {
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
  /// Whether half surrogate pairs were replaced in it.
  var hasRepairedText = false
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
        guard let chosen = first else {
          first = choice
          continue
        }
        if choice["index"]?.int == 0 && chosen["index"]?.int != 0 { first = choice }
      }
    }
    guard let choice = first else { throw CompletionFailure(.badAnswer, "the answer has no 'choices'") }
    var message: JSONValue?
    // Each look-up by name would walk over the whole text of the answer again.
    for (name, value) in choice.members {
      if name.isNamed("message") {
        message = value
      } else if name.isNamed("finish_reason") {
        finishReason = value.isNull ? nil : JSONCompactor.copy(value)
      }
    }
    guard let message, message.kind == .object else {
      throw CompletionFailure(.badAnswer, "the answer has no 'message'")
    }
    try take(message)
    responseID = record["id"].map { JSONCompactor.copy($0) }
    model = record["model"]?.string
    take(usage: record["usage"])
  }

  private func take(_ message: JSONValue) throws(CompletionFailure) {
    var refusal: JSONValue?
    var thoughts: (long: JSONValue?, short: JSONValue?)
    for (name, value) in message.members {
      if name.isNamed("content") {
        text = Self.text(of: value)
      } else if name.isNamed("tool_calls") {
        toolCalls = Self.isFilled(value) ? JSONCompactor.copy(value) : nil
      } else if name.isNamed("reasoning_content") {
        thoughts.long = value.isNull ? nil : value
      } else if name.isNamed("reasoning") {
        thoughts.short = value.isNull ? nil : value
      } else if name.isNamed("refusal") {
        refusal = value
      }
    }
    if let thought = thoughts.long ?? thoughts.short, !thought.isString("") { reasoning = JSONCompactor.copy(thought) }
    guard text == nil && toolCalls == nil else { return }
    throw CompletionFailure(
      .emptyAnswer,
      (refusal?.string).map { "the model refused: \($0)" } ?? "the answer has neither text nor tool calls")
  }

  /// Makes an answer that `StreamAssembler` fills.
  init() {}

  func take(usage value: JSONValue?) {
    guard let value, value.kind == .object else { return }
    usage = JSONCompactor.copy(value)
    if let total = value["total_tokens"]?.int {
      totalTokens = total
    } else {
      let parts = [value["prompt_tokens"]?.int, value["completion_tokens"]?.int].compactMap { $0 }
      totalTokens = parts.isEmpty ? nil : parts.reduce(0, +)
    }
  }

  static func reasoning(of message: JSONValue) -> JSONValue? {
    for name: MemberName in ["reasoning_content", "reasoning"] {
      if let value = message[name], !value.isNull { return value }
    }
    return nil
  }

  /// A string, or the text parts of an array put together.
  private static func text(of content: JSONValue) -> [UInt8]? {
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
