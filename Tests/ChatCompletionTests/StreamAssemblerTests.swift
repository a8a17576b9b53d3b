import NDJSON
import Testing

@testable import ChatCompletion

/// The data of a stream's events, and what is to come of them.
struct StreamCase: Sendable, CustomTestStringConvertible {
  let name: String
  let events: [String]
  var text: String?
  var kind: CompletionFailure.Kind?
  var finishReason: String?
  var tools: String?
  var reasoning: String?

  var testDescription: String { name }
}

@Suite("Streams")
struct StreamAssemblerTests {
  private static func chunk(_ content: String, index: Int = 0) -> String {
    #"{"choices":[{"index":\#(index),"delta":{"content":"\#(content)"}}]}"#
  }

  private static let end = #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
  private static let stop = #""stop""#

  static let cases: [StreamCase] = [
    StreamCase(
      name: "an answer", events: [chunk("a"), chunk(#"b\n\""#), end, "[DONE]"], text: #""ab\n\"""#, finishReason: stop),
    StreamCase(
      name: "half a surrogate pair", events: [chunk(#"a\ud83d"#), chunk(#"\ud83d\ude00"#), end],
      text: #""a\ufffd\ud83d\ude00""#, finishReason: stop),
    StreamCase(name: "no [DONE] after the reason", events: [chunk("a"), end], text: #""a""#, finishReason: stop),
    StreamCase(name: "no reason before [DONE]", events: [chunk("a"), "[DONE]"], text: #""a""#),
    StreamCase(name: "neither", events: [chunk("a")], kind: .truncated),
    StreamCase(name: "nothing at all", events: [], kind: .truncated),
    StreamCase(name: "only [DONE]", events: ["[DONE]"], kind: .badAnswer),
    StreamCase(
      name: "only roles", events: [#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}"#, end],
      kind: .emptyAnswer),
    StreamCase(name: "an empty answer is an answer", events: [chunk(""), end], text: #""""#, finishReason: stop),
    StreamCase(name: "an error", events: [#"{"error":{"message":"overloaded"}}"#], kind: .streamError),
    StreamCase(
      name: "an error after text", events: [chunk("a"), #"{"error":{"message":"x"}}"#, end, "[DONE]"],
      kind: .streamError),
    StreamCase(
      name: "null is no error",
      events: [#"{"error":null,"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#], text: #""a""#,
      finishReason: stop),
    StreamCase(name: "not JSON", events: [chunk("a"), "{\"cho", end], kind: .badAnswer),
    StreamCase(
      name: "two answers are not glued together", events: [chunk("a"), chunk("X", index: 1), chunk("b"), end],
      text: #""ab""#, finishReason: stop),
    StreamCase(
      name: "nothing after [DONE] counts", events: [chunk("a"), end, "[DONE]", chunk("b")], text: #""a""#,
      finishReason: stop),
    StreamCase(
      name: "reasoning",
      events: [
        #"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#, #"{"choices":[{"delta":{"reasoning":"m"}}]}"#,
        chunk("a"), end,
      ], text: #""a""#, finishReason: stop, reasoning: #""hmm""#),
    StreamCase(
      name: "tool calls in pieces",
      events: [
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f"}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"x"}]}"#,
      ], finishReason: #""x""#,
      tools: #"[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},"#
        + #"{"id":"c2","type":"function","function":{"name":"g","arguments":"{}"}}]"#),
  ]

  @Test("become an answer or the right failure", arguments: cases)
  func assemble(_ example: StreamCase) {
    var assembler = StreamAssembler()
    let parser = JSONParser()
    for event in example.events {
      Array("data: \(event)\n\n".utf8).withUnsafeBytes { assembler.feed($0, parser) }
    }
    do {
      let answer = try assembler.finish()
      #expect(example.kind == nil)
      #expect(answer.text.map { String(decoding: $0, as: UTF8.self) } == example.text)
      #expect(answer.finishReason.map { String(decoding: $0, as: UTF8.self) } == example.finishReason)
      #expect(answer.toolCalls.map { String(decoding: $0, as: UTF8.self) } == example.tools)
      #expect(answer.reasoning.map { String(decoding: $0, as: UTF8.self) } == example.reasoning)
    } catch {
      #expect(error.kind == example.kind, "\(error.message)")
    }
  }

  @Test("deliver each piece once, and count their tokens")
  func pieces() throws {
    var assembler = StreamAssembler()
    let parser = JSONParser()
    var pieces: [String] = []
    let usage = #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#
    for event in [Self.chunk("a"), Self.chunk(#"b\u00e9"#), Self.end, usage] {
      Array("data: \(event)\n\n".utf8).withUnsafeBytes { assembler.feed($0, parser) }
      pieces.append(String(decoding: assembler.fresh, as: UTF8.self))
      assembler.dropFresh()
    }
    #expect(pieces == ["a", #"b\u00e9"#, "", ""])
    #expect(try assembler.finish().totalTokens == 7)
  }
}
