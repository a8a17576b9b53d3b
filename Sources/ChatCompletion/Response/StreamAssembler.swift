import NDJSON
import Servers

/// Puts the events of one stream together to an answer.
///
/// The answer has ended with a finish reason or `[DONE]`: nothing that comes after that can make it a failure.
struct StreamAssembler {
  /// New content since it was last taken: JSON string content, still escaped.
  private(set) var fresh: [UInt8] = []
  /// Whether any text, reasoning or tool call came.
  private(set) var hasDelivered = false
  /// Whether `[DONE]` came: there is nothing more to wait for.
  private(set) var isDone = false

  /// An index beyond this is not the number of a choice.
  private static let mostChoices = 128

  private var events = ServerSentEventParser()
  private var answer = ChatAnswer()
  private var hasContent = false
  private var content = SurrogateJoiner()
  private var reasoning = SurrogateJoiner()
  private var refusal = SurrogateJoiner()
  private var tools = ToolCallAssembler()
  private var failure: CompletionFailure?
  /// What came in an event and was neither JSON nor expected.
  private var stray: String?
  /// What came before any field of the format: an answer or an error that is not a stream.
  private var unframed: [UInt8] = []

  /// Whether the stream said that the answer is complete.
  var isComplete: Bool { isDone || answer.finishReason != nil }

  /// Whether the stream said what the answer took.
  var hasUsage: Bool { answer.usage != nil }

  /// What the answer took so far, and what it cost; for streams that failed, too.
  var bill: ChatAnswer { answer }

  /// What the server said went wrong, in an event before the end.
  var inBandFailure: CompletionFailure? { failure }

  /// The text so far as a JSON string, or nil when none came.
  var partialText: [UInt8]? { hasContent ? Self.quoted(content.whole) : nil }

  /// Takes the next bytes of the stream.
  mutating func feed(_ bytes: UnsafeRawBufferPointer, _ parser: JSONParser) {
    if !events.hasFields { unframed.append(contentsOf: bytes) }
    var events = ServerSentEventParser()
    swap(&events, &self.events)
    events.feed(bytes) { name, data in take(name, data, parser) }
    swap(&events, &self.events)
    if self.events.hasFields && !unframed.isEmpty { unframed = [] }
  }

  /// Takes the end of a connection that ended well: a last event without its blank line counts.
  mutating func end(_ parser: JSONParser) {
    var events = ServerSentEventParser()
    swap(&events, &self.events)
    events.end { name, data in take(name, data, parser, isCutOff: true) }
    swap(&events, &self.events)
  }

  /// Forgets the new content, for it was passed on.
  mutating func dropFresh() { fresh.removeAll(keepingCapacity: true) }

  /// What came instead of a stream, if nothing of the stream's format came.
  var notStreamed: [UInt8]? { events.hasFields || unframed.allSatisfy { $0 <= 0x20 } ? nil : unframed }

  /// The answer.
  ///
  /// - Parameter noAnswer: What counts as none.
  /// - Returns: The answer.
  /// - Throws: What makes it no success.
  func finish(_ noAnswer: NoAnswer = .standard) throws(CompletionFailure) -> ChatAnswer {
    if let failure { throw failure }
    guard isComplete else {
      let said = stray.map { "; the server said: \($0)" } ?? ""
      throw CompletionFailure(.truncated, "the stream ended before the answer was complete\(said)")
    }
    guard answer.choiceCount > 0 else {
      throw CompletionFailure(.badAnswer, stray.map { "the server said: \($0)" } ?? "the stream has no 'choices'")
    }
    answer.text = partialText
    answer.hasRepairedText = answer.hasRepairedText || content.hasReplaced || reasoning.hasReplaced
    if !tools.isEmpty { answer.toolCalls = tools.json }
    if !reasoning.isEmpty { answer.reasoning = Self.quoted(reasoning.whole) }
    if !refusal.isEmpty { answer.refusal = JSONValue.unescaped(Self.quoted(refusal.whole)) }
    try answer.check(noAnswer)
    return answer
  }

  private static func quoted(_ content: [UInt8]) -> [UInt8] { [UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")] }

  // `isCutOff`: the event lacked its end, and what is not whole in it counts for nothing.
  private mutating func take(
    _ name: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer, _ parser: JSONParser, isCutOff: Bool = false
  ) {
    guard !isDone, failure == nil else { return }
    guard let first = data.first(where: { !Self.isBlank($0) }) else { return }
    if first == UInt8(ascii: "["), Self.isDoneMark(data) {
      isDone = true
      return
    }
    let isError = name.elementsEqual("error".utf8)
    do throws(JSONSyntaxError) {
      try LenientJSON.read(data, parser) { record, original in
        if isError { fail(ServerError(record["error"] ?? record.value)) } else { take(record, data, original) }
      }
    } catch {
      guard !isCutOff else { return }
      if isError {
        if !(error.code == .notAnObject && data.elementsEqual("null".utf8)) { fail(words: data, parser) }
      } else if first == UInt8(ascii: "["), let value = try? parser.parse(data).value,
        value.elements.contains(where: { $0["error"] != nil })
      {
        fail(ServerError(value))
      } else if first == UInt8(ascii: "{"), name.isEmpty || name.elementsEqual("message".utf8) {
        guard !isComplete else { return }
        failure = CompletionFailure(.badAnswer, "an event of the stream is not a JSON object")
      } else if error.code != .notAnObject, name.isEmpty {
        stray = ServerMessage.words(data) ?? stray
      }
    }
  }

  private mutating func fail(words data: UnsafeRawBufferPointer, _ parser: JSONParser) {
    guard !isComplete else { return }
    failure = CompletionFailure(.streamError, ServerMessage.text(data, parser) ?? "the server sent an error")
  }

  private mutating func fail(_ error: ServerError) {
    guard !isComplete else { return }
    var failure = CompletionFailure(error, status: 200, otherwise: .streamError)
    // In the middle of an answer it does not refuse to give one.
    if hasDelivered { failure.kind = .streamError }
    self.failure = failure
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

  private static func isDoneMark(_ data: UnsafeRawBufferPointer) -> Bool {
    let start = data.drop(while: isBlank)
    return start.starts(with: "[DONE]".utf8) && start.dropFirst(6).allSatisfy(isBlank)
  }

  private mutating func take(_ chunk: Record, _ data: UnsafeRawBufferPointer, _ original: UnsafeRawBufferPointer?) {
    if let error = chunk["error"], !error.isEmptyError { return fail(ServerError(error)) }
    if answer.responseID == nil { answer.responseID = chunk["id"].flatMap { $0.isNull ? nil : JSONCompactor.copy($0) } }
    if answer.model == nil { answer.model = chunk["model"]?.string }
    if let usage = chunk["usage"], !usage.isNull {
      answer.take(usage: usage)
      answer.serviceTier = chunk["service_tier"]?.string
    }
    guard let choices = chunk["choices"] else {
      if ServerError.isError(chunk) { fail(ServerError(chunk.value)) }
      return
    }
    for choice in choices.elements where choice.kind == .object {
      let number = choice["index"]?.wholeNumber ?? 0
      let index = (0..<Self.mostChoices).contains(number) ? number : 0
      answer.choiceCount = max(answer.choiceCount, index + 1)
      // Several answers come interleaved; the first is the answer.
      guard index == 0 else { continue }
      if let delta = choice["delta"] ?? choice["message"], !delta.isNull {
        take(delta: delta, Original(text: original, start: chunk.line.baseAddress))
      }
      if let error = choice["error"], !error.isEmptyError { fail(ServerError(error)) }
      if let reason = choice["finish_reason"] { answer.take(finishReason: reason) }
    }
  }

  /// Finds the bytes of a piece as they came, when halves of surrogate pairs were replaced in the record it is of.
  private struct Original {
    let text: UnsafeRawBufferPointer?
    let start: UnsafeRawPointer?

    func bytes(_ piece: UnsafeRawBufferPointer) -> [UInt8] {
      guard let text, let start, let base = piece.baseAddress else { return Array(piece) }
      let offset = base - start
      guard offset >= 0, offset + piece.count <= text.count else { return Array(piece) }
      return Array(text[offset..<offset + piece.count])
    }
  }

  private mutating func take(delta: JSONValue, _ original: Original) {
    if let value = delta["content"] {
      ContentParts.forEach(of: value) { kind, piece in
        switch kind {
        case .text: takeText(original.bytes(piece))
        case .reasoning: takeReasoning(original.bytes(piece))
        case .refusal: refusal.append(original.bytes(piece))
        }
      }
    }
    if let piece = Self.reasoning(of: delta)?.escapedContent { takeReasoning(original.bytes(piece)) }
    if let piece = delta["refusal"]?.escapedContent { refusal.append(original.bytes(piece)) }
    if let calls = delta["tool_calls"], calls.kind == .array || calls.kind == .object {
      tools.take(calls) { original.bytes($0) }
      hasDelivered = hasDelivered || !tools.isEmpty
    }
  }

  private mutating func takeText(_ piece: [UInt8]) {
    hasContent = true
    fresh.append(contentsOf: content.append(piece))
    if !piece.isEmpty { hasDelivered = true }
  }

  private mutating func takeReasoning(_ piece: [UInt8]) {
    reasoning.append(piece)
    if !piece.isEmpty { hasDelivered = true }
  }

  private static func reasoning(of delta: JSONValue) -> JSONValue? {
    for name: MemberName in ["reasoning_content", "reasoning"] {
      if let value = delta[name], !value.isNull { return value }
    }
    return nil
  }
}
