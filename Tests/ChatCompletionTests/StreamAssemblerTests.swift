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
    StreamCase(name: "an empty answer is none", events: [chunk(""), end], kind: .emptyAnswer),
    StreamCase(name: "white space is no answer", events: [chunk(#" \n\u0020"#), end, "[DONE]"], kind: .emptyAnswer),
    StreamCase(
      name: "an empty finish reason is no end",
      events: [#"{"choices":[{"delta":{"content":"par"},"finish_reason":""}]}"#], kind: .truncated),
    StreamCase(
      name: "a finish reason that is no string is no end",
      events: [#"{"choices":[{"delta":{"content":"par"},"finish_reason":false}]}"#], kind: .truncated),
    StreamCase(
      name: "nothing after the finish reason makes it a failure",
      events: [chunk("a"), end, "{\"cho", #"{"error":{"message":"late"}}"#, "x", "[]"], text: #""a""#,
      finishReason: stop),
    StreamCase(
      name: "events that say nothing",
      events: ["", " ", "null", "[]", #"{"error":null}"#, chunk("a"), "[DONE] \t"], text: #""a""#),
    StreamCase(
      name: "content in parts",
      events: [
        #"{"choices":[{"delta":{"content":[{"type":"text","text":"answer "},{"type":"x"}]}}]}"#, chunk("rest"), end,
      ], text: #""answer rest""#, finishReason: stop),
    StreamCase(
      name: "reasoning in parts",
      events: [
        #"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]}"#,
        chunk("a"), end,
      ], text: #""a""#, finishReason: stop, reasoning: #""hm""#),
    StreamCase(
      name: "a message instead of a delta",
      events: [#"{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}"#], text: #""whole""#,
      finishReason: stop),
    StreamCase(
      name: "a pair of surrogates in two deltas", events: [chunk(#"a\ud83d"#), chunk(#"\ude00b"#), end],
      text: #""a\ud83d\ude00b""#, finishReason: stop),
    StreamCase(
      name: "half a pair at the end", events: [chunk(#"a\ud83d"#), end], text: #""a\ufffd""#, finishReason: stop),
    StreamCase(
      name: "an escaped backslash before ud83d", events: [chunk(#"a\\ud83d"#), chunk("b"), end],
      text: #""a\\ud83db""#, finishReason: stop),
    StreamCase(
      name: "log-probabilities that are no JSON",
      events: [#"{"choices":[{"delta":{"content":"NaN"},"logprobs":[-Infinity,NaN],"finish_reason":"stop"}]}"#],
      text: #""NaN""#, finishReason: stop),
    StreamCase(
      name: "an index of any size",
      events: [
        #"{"choices":[{"index":9223372036854775807,"delta":{"content":"a"}}]}"#,
        #"{"choices":[{"index":-1,"delta":{"content":"b"},"finish_reason":"stop"}]}"#,
      ], text: #""ab""#, finishReason: stop),
    StreamCase(
      name: "a refusal", events: [#"{"choices":[{"delta":{"refusal":"I will not"},"finish_reason":"stop"}]}"#],
      kind: .refused),
    StreamCase(
      name: "a filter that left nothing",
      events: [#"{"choices":[{"delta":{"content":""},"finish_reason":"content_filter"}]}"#], kind: .refused),
    StreamCase(
      name: "reasoning that ate the budget",
      events: [#"{"choices":[{"delta":{"reasoning_content":"hm"},"finish_reason":"length"}]}"#], kind: .emptyAnswer),
    StreamCase(
      name: "an error with a status", events: [#"{"error":{"code":429,"message":"slow"}}"#], kind: .rateLimit),
    StreamCase(
      name: "an error with a status as text", events: [#"{"error":{"code":"503","message":"slow"}}"#],
      kind: .serverError),
    StreamCase(
      name: "a quota that is spent", events: [#"{"error":{"code":"insufficient_quota","message":"pay"}}"#],
      kind: .quotaSpent),
    StreamCase(
      name: "a message without an answer", events: [#"{"message":"insufficient balance"}"#], kind: .streamError),
    StreamCase(
      name: "two calls with one index",
      events: [
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a1","function":{"name":"f","arguments":"{"}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a2","function":{"name":"g","arguments":{"b":1}}}]}}]}"#,
        #"{"choices":[{"delta":{},"finish_reason":"x"}]}"#,
      ], finishReason: #""x""#,
      tools: #"[{"id":"a1","type":"function","function":{"name":"f","arguments":"{}"}},"#
        + #"{"id":"a2","type":"function","function":{"name":"g","arguments":"{\"b\":1}"}}]"#),
    StreamCase(
      name: "two calls without an id and an index",
      events: [
        #"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},"#
          + #"{"function":{"name":"g","arguments":"{}"}}]}}]}"#, end,
      ], finishReason: stop,
      tools: #"[{"type":"function","function":{"name":"f","arguments":"{}"}},"#
        + #"{"type":"function","function":{"name":"g","arguments":"{}"}}]"#),
    StreamCase(
      name: "a server that broke off behind the server",
      events: [chunk("a"), #"{"choices":[{"delta":{},"finish_reason":"error"}]}"#, "[DONE]"], kind: .streamError),
    StreamCase(
      name: "a blank finish reason is no end",
      events: [#"{"choices":[{"delta":{"content":"par"},"finish_reason":" "}]}"#], kind: .truncated),
    StreamCase(
      name: "an error in an array",
      events: [#"[{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}]"#], kind: .rateLimit),
    StreamCase(
      name: "two calls without an index",
      events: [
        #"{"choices":[{"delta":{"tool_calls":[{"id":"a1","function":{"name":"f","arguments":"{}"}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"id":"a2","function":{"name":"g","arguments":"{}"}}]}}]}"#, end,
      ], finishReason: stop,
      tools: #"[{"id":"a1","type":"function","function":{"name":"f","arguments":"{}"}},"#
        + #"{"id":"a2","type":"function","function":{"name":"g","arguments":"{}"}}]"#),
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
