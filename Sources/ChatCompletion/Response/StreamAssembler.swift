import NDJSON
import Servers

/// Puts the events of one stream together to an answer.
struct StreamAssembler {
  /// New content since it was last taken: JSON string content, still escaped.
  private(set) var fresh: [UInt8] = []
  /// What ended the stream, when it was not its end.
  private(set) var failure: CompletionFailure?
  /// Whether any text, reasoning or tool call came.
  private(set) var hasDelivered = false

  private var events = ServerSentEventParser()
  private var answer = ChatAnswer()
  private var content: [UInt8]?
  private var reasoning: [UInt8] = []
  private var tools: [ToolCall] = []
  private var isDone = false

  /// Takes the next bytes of the stream.
  mutating func feed(_ bytes: UnsafeRawBufferPointer, _ parser: JSONParser) {
    var events = ServerSentEventParser()
    swap(&events, &self.events)
    events.feed(bytes) { name, data in take(name, data, parser) }
    swap(&events, &self.events)
  }

  /// Forgets the new content, for it was passed on.
  mutating func dropFresh() { fresh.removeAll(keepingCapacity: true) }

  /// The text so far as a JSON string, or nil when none came.
  var partialText: [UInt8]? { content.map { [UInt8(ascii: "\"")] + $0 + [UInt8(ascii: "\"")] } }

  /// Whether the stream said that the answer is complete.
  var isComplete: Bool { isDone || answer.finishReason != nil }

  /// The answer.
  ///
  /// - Throws: What makes it no success.
  func finish() throws(CompletionFailure) -> ChatAnswer {
    if let failure { throw failure }
    guard isComplete else {
      throw CompletionFailure(.truncated, "the stream ended before the answer was complete")
    }
    guard answer.choiceCount > 0 else { throw CompletionFailure(.badAnswer, "the stream has no 'choices'") }
    answer.text = partialText
    if !tools.isEmpty { answer.toolCalls = toolCalls }
    if !reasoning.isEmpty { answer.reasoning = [UInt8(ascii: "\"")] + reasoning + [UInt8(ascii: "\"")] }
    guard answer.text != nil || answer.toolCalls != nil else {
      throw CompletionFailure(.emptyAnswer, "the answer has neither text nor tool calls")
    }
    return answer
  }

  private mutating func take(
    _ name: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer, _ parser: JSONParser, isRepaired: Bool = false
  ) {
    guard failure == nil, !isDone else { return }
    if data.elementsEqual("[DONE]".utf8) {
      isDone = true
      return
    }
    do throws(JSONSyntaxError) {
      take(name, try parser.record(data))
    } catch {
      let isRepairable = error.code == .loneSurrogate && !isRepaired
      guard isRepairable else {
        failure = CompletionFailure(.badAnswer, "an event of the stream is not a JSON object")
        return
      }
      answer.hasRepairedText = true
      LoneSurrogates.replaced(data).withUnsafeBytes { take(name, $0, parser, isRepaired: true) }
    }
  }

  private mutating func take(_ name: UnsafeRawBufferPointer, _ record: Record) {
    if let error = record["error"], !error.isNull {
      failure = CompletionFailure(.streamError, ServerMessage.text(error) ?? "the server sent an error")
    } else if name.elementsEqual("error".utf8) {
      failure = CompletionFailure(.streamError, ServerMessage.text(record.value) ?? "the server sent an error")
    } else {
      take(record)
    }
  }

  private mutating func take(_ chunk: Record) {
    if answer.responseID == nil { answer.responseID = chunk["id"].flatMap { $0.isNull ? nil : JSONCompactor.copy($0) } }
    if answer.model == nil { answer.model = chunk["model"]?.string }
    answer.take(usage: chunk["usage"])
    guard let choices = chunk["choices"] else { return }
    for choice in choices.elements {
      let index = choice["index"]?.int ?? 0
      answer.choiceCount = max(answer.choiceCount, index + 1)
      // Several answers come interleaved; the first is the answer.
      guard index == 0 else { continue }
      if let reason = choice["finish_reason"], !reason.isNull { answer.finishReason = JSONCompactor.copy(reason) }
      if let delta = choice["delta"] { take(delta: delta) }
    }
  }

  private mutating func take(delta: JSONValue) {
    if let piece = delta["content"]?.escapedContent {
      if content == nil { content = [] }
      content?.append(contentsOf: piece)
      fresh.append(contentsOf: piece)
      if !piece.isEmpty { hasDelivered = true }
    }
    if let piece = ChatAnswer.reasoning(of: delta)?.escapedContent, !piece.isEmpty {
      reasoning.append(contentsOf: piece)
      hasDelivered = true
    }
    guard let calls = delta["tool_calls"] else { return }
    for (position, call) in calls.elements.enumerated() {
      let index = call["index"]?.int ?? position
      if let place = tools.firstIndex(where: { $0.index == index }) {
        tools[place].take(call)
      } else {
        var tool = ToolCall(index: index)
        tool.take(call)
        tools.append(tool)
      }
      hasDelivered = true
    }
  }

  private var toolCalls: [UInt8] {
    var writer = JSONWriter()
    writer.array { array in
      for tool in tools.sorted(by: { $0.index < $1.index }) { tool.write(to: &array) }
    }
    return writer.bytes
  }
}

/// One tool call, whose arguments come in pieces.
private struct ToolCall {
  let index: Int
  var id: [UInt8]?
  var kind: [UInt8]?
  /// Escaped content.
  var name: [UInt8] = []
  var arguments: [UInt8] = []

  init(index: Int) { self.index = index }

  mutating func take(_ delta: JSONValue) {
    if let value = delta["id"], !value.isNull { id = id ?? Array(value.bytes) }
    if let value = delta["type"], !value.isNull { kind = kind ?? Array(value.bytes) }
    guard let function = delta["function"] else { return }
    if let piece = function["name"]?.escapedContent { name.append(contentsOf: piece) }
    if let piece = function["arguments"]?.escapedContent { arguments.append(contentsOf: piece) }
  }

  func write(to writer: inout JSONWriter) {
    let quote = [UInt8(ascii: "\"")]
    writer.object { object in
      if let id {
        object.name("id")
        object.raw(id)
      }
      object.name("type")
      object.raw(kind ?? Array("\"function\"".utf8))
      object.name("function")
      object.object { function in
        function.name("name")
        function.raw(quote + name + quote)
        function.name("arguments")
        function.raw(quote + arguments + quote)
      }
    }
  }
}
