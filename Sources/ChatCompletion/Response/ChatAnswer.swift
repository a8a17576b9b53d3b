import NDJSON
import Records

/// What a model answered. Values are JSON as the server wrote it, on one line.
///
/// A class, for it is handed on several times and its many parts would be counted each time.
final class ChatAnswer {
  /// The text as a JSON string with its quotes; nil when the model said nothing but tool calls.
  var text: [UInt8]?
  /// A string that is not empty.
  var finishReason: [UInt8]?
  var usage: [UInt8]?
  /// `usage.cost`, in dollars.
  var cost: Double?
  var responseID: [UInt8]?
  /// The model that the server names.
  var model: String?
  var toolCalls: [UInt8]?
  var reasoning: [UInt8]?
  /// Why the model would not answer, in its words.
  var refusal: String?
  /// How many answers came; the first one is taken.
  var choiceCount = 0
  /// Whether something in it that JSON does not know was replaced: half surrogate pairs, `NaN`.
  var hasRepairedText = false
  /// The prices that the server says hold: `flex`, `priority`.
  var serviceTier: String?
  /// `usage.total_tokens`, or its parts together.
  var totalTokens: Int?
  /// What the server said went wrong, within the answer.
  var failure: CompletionFailure?

  /// Whether the model asks for tools and says nothing else: a step on the way to an answer.
  var onlyCallsTools: Bool { toolCalls != nil && text.map(Self.isBlank) ?? true }

  /// Makes an answer that `StreamAssembler` fills.
  init() {}

  /// Reads the body of a successful response: what can be read of it, for what failed may have been paid as well.
  ///
  /// - Parameter record: A `chat.completion` object, or what came in its place.
  init(_ record: Record) {
    take(usage: record["usage"])
    serviceTier = record["service_tier"]?.string
    responseID = record["id"].flatMap { $0.isNull ? nil : JSONCompactor.copy($0) }
    model = record["model"]?.string
    if let error = record["error"], !error.isEmptyError {
      failure = CompletionFailure(ServerError(error), status: 200, otherwise: .streamError)
    }
    guard let choice = firstChoice(record["choices"]) else {
      if failure == nil && ServerError.isError(record) {
        failure = CompletionFailure(ServerError(record.value), status: 200, otherwise: .badAnswer)
      }
      failure = failure ?? CompletionFailure(.badAnswer, "the answer has no 'choices'")
      return
    }
    var message: JSONValue?
    // Each look-up by name would walk over the whole text of the answer again.
    for (name, value) in choice.members {
      if name.isNamed("message") || name.isNamed("delta") && message == nil {
        message = value
      } else if name.isNamed("finish_reason") {
        take(finishReason: value)
      } else if name.isNamed("error"), !value.isEmptyError {
        failure = failure ?? CompletionFailure(ServerError(value), status: 200, otherwise: .streamError)
      }
    }
    guard let message, message.kind == .object else {
      failure = failure ?? CompletionFailure(.badAnswer, "the answer has no 'message'")
      return
    }
    take(message)
  }

  /// Why it is not a success.
  ///
  /// - Parameter noAnswer: What does not count as an answer. What the model refuses in words never does.
  /// - Throws: Why it is not an answer.
  func check(_ noAnswer: NoAnswer = .standard) throws(CompletionFailure) {
    if let failure { throw failure }
    // OpenRouter, when the server behind it broke off.
    if finishReason?.elementsEqual("\"error\"".utf8) ?? false {
      var failure = CompletionFailure(.streamError, "the answer broke off: finish_reason error")
      failure.isTransient = true
      throw failure
    }
    let isEmpty = toolCalls == nil && text.map(Self.isBlank) ?? true
    if isEmpty, let refusal { throw CompletionFailure(.refused, "the model refused: \(refusal)") }
    let isWithheld = finishReason?.elementsEqual("\"content_filter\"".utf8) ?? false
    if isWithheld && (noAnswer.contains(.contentFilter) || isEmpty && noAnswer.contains(.empty)) {
      throw CompletionFailure(.refused, "the answer was withheld: finish_reason content_filter")
    }
    let mayBeCutOff = !noAnswer.contains(.length) || isEmpty && noAnswer.contains(.empty)
    if !mayBeCutOff, finishReason?.elementsEqual("\"length\"".utf8) ?? false {
      throw CompletionFailure(.length, "the answer was cut off: finish_reason length")
    }
    guard isEmpty else { return }
    guard noAnswer.contains(.empty) else {
      // An answer has a text, even if there is nothing in it.
      text = text ?? Array("\"\"".utf8)
      return
    }
    let ended =
      finishReason.map { ": finish_reason \(String(decoding: $0.dropFirst().dropLast(), as: UTF8.self))" } ?? ""
    throw CompletionFailure(
      .emptyAnswer,
      reasoning == nil
        ? "the answer has neither text nor tool calls\(ended)" : "there is reasoning and no answer\(ended)")
  }

  func take(finishReason value: JSONValue) {
    guard let reason = value.string, reason != "null", reason.contains(where: { !$0.isWhitespace }) else { return }
    finishReason = JSONCompactor.copy(value)
  }

  func take(usage value: JSONValue?) {
    guard let value, value.kind == .object else { return }
    usage = JSONCompactor.copy(value)
    cost = Self.cost(value["cost"]) ?? cost
    if let total = value["total_tokens"]?.count {
      totalTokens = total
    } else {
      let parts = [value["prompt_tokens"]?.count, value["completion_tokens"]?.count].compactMap { $0 }
      totalTokens = parts.isEmpty ? nil : parts.reduce(0) { $0.addingSaturated($1) }
    }
  }

  private static func cost(_ value: JSONValue?) -> Double? {
    guard let cost = value?.finiteDouble ?? value?.string.flatMap(Double.init) else { return nil }
    return cost.isFinite && cost >= 0 ? cost : nil
  }

  private func firstChoice(_ choices: JSONValue?) -> JSONValue? {
    var first: JSONValue?
    guard let choices else { return nil }
    for choice in choices.elements where choice.kind == .object {
      choiceCount += 1
      guard let chosen = first else {
        first = choice
        continue
      }
      if choice["index"]?.int == 0 && chosen["index"]?.int != 0 { first = choice }
    }
    return first
  }

  private func take(_ message: JSONValue) {
    var thoughts: (long: JSONValue?, short: JSONValue?)
    for (name, value) in message.members {
      if name.isNamed("content") {
        if value.isString { text = Array(value.bytes) } else { take(parts: value) }
      } else if name.isNamed("tool_calls") {
        toolCalls = ToolCallAssembler.whole(value)
      } else if name.isNamed("function_call"), toolCalls == nil {
        toolCalls = ToolCallAssembler.whole(functionCall: value)
      } else if name.isNamed("reasoning_content") {
        thoughts.long = value.isNull ? nil : value
      } else if name.isNamed("reasoning") {
        thoughts.short = value.isNull ? nil : value
      } else if name.isNamed("refusal"), let words = value.string, !words.isEmpty {
        refusal = words
      }
    }
    if let thought = thoughts.long ?? thoughts.short, !thought.isString("") { reasoning = JSONCompactor.copy(thought) }
  }

  private func take(parts: JSONValue) {
    let quote = [UInt8(ascii: "\"")]
    var joined: [UInt8]?
    var thoughts: [UInt8] = []
    ContentParts.forEach(of: parts) { kind, piece in
      switch kind {
      case .text: joined = (joined ?? []) + piece
      case .reasoning: thoughts += piece
      case .refusal: refusal = JSONValue.unescaped(quote + piece + quote)
      }
    }
    text = joined.map { quote + $0 + quote }
    if !thoughts.isEmpty { reasoning = quote + thoughts + quote }
  }

  /// Whether a JSON string holds nothing but white space. Most show at their first byte that they do not.
  private static func isBlank(_ json: [UInt8]) -> Bool {
    guard json.count > 2 else { return true }
    if json[1] > 0x20 && json[1] < 0x80 && json[1] != UInt8(ascii: "\\") { return false }
    return JSONValue.unescaped(json)?.allSatisfy(\.isWhitespace) ?? true
  }
}

extension JSONValue {
  /// Whether the value of a server's `error` says that there is none: as in a record, and an empty list too.
  var isEmptyError: Bool { !saysSomething || kind == .array && elements.allSatisfy { _ in false } }

  /// What a JSON string says.
  static func unescaped(_ json: [UInt8]) -> String? { json.withUnsafeBytes { JSONValue($0).string } }
}
