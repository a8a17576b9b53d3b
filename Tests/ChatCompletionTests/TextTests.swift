import NDJSON
import Testing

@testable import ChatCompletion

@Suite("Addresses, names, messages and secrets")
struct TextTests {
  static let models: [(String, String, Bool)] = [
    ("m", "m", true), ("gpt-4o", "gpt-4o-2024-08-06", true), ("m", "openai/m", true), ("openai/m", "m", true),
    ("claude-sonnet-4-6", "claude-sonnet-4-6-20260101", true), ("openai/gpt-4o", "gpt-4o-2024-08-06", true),
    ("gpt-4o", "gpt-4o-mini", false), ("gpt-4", "gpt-4o", false), ("m", "other", false), ("m-1", "m-10", false),
    ("gpt-4", "gpt-4-32", false),
  ]

  @Test("a dated or prefixed name is the same model", arguments: models)
  func sameModel(_ asked: String, _ named: String, _ isSame: Bool) {
    #expect(ResponseReader.isSame(asked, named) == isSame)
  }

  static let messages: [(String, String?)] = [
    (#"{"error":{"message":"too long","code":"x"}}"#, "too long"),
    (#"{"error":"plain"}"#, "plain"),
    (#"{"detail":"not found"}"#, "not found"),
    (#"{"message":"m"}"#, "m"),
    (#"{"error":{"code":5}}"#, #"{"code":5}"#),
    (#"{"error":null,"message":"m"}"#, "m"),
    ("Internal Server\n  Error\n", "Internal Server Error"),
    (#"{"error":{"error":{"message":"inner"}}}"#, "inner"),
    (#"{"object":"error","message":"m"}"#, "m"), (#"{"msg":"m"}"#, "m"),
    (
      "<!DOCTYPE html><html><head><title>Log in</title><style>a{b:c}</style></head><body><p>Please &amp; now</p>",
      "Log in Please & now"
    ),
    ("<html><script>if (a < b) {}</script>502 Bad<br>Gateway", "502 Bad Gateway"),
    (#"{"error":{"message":"<html><h1>504 Gateway</h1></html>"}}"#, "504 Gateway"),
    ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
    ("", nil), ("  \n", nil), ("null", nil),
  ]

  @Test("an error's message is found wherever the server put it", arguments: messages)
  func message(_ body: String, _ text: String?) {
    let found = Array(body.utf8).withUnsafeBytes { ServerMessage.text($0, JSONParser()) }
    #expect(found == text)
  }

  @Test("a long message is cut")
  func longMessage() {
    let body = Array(String(repeating: "é ", count: 100_000).utf8)
    let text = body.withUnsafeBytes { ServerMessage.text($0, JSONParser()) } ?? ""
    #expect(text.hasSuffix("..."))
    #expect(text.utf8.count <= ServerMessage.longest + 3)
  }

  static let values: [(String, String)] = [
    (#"{"a": 1}"#, #"{"a": 1}"#),
    ("{\n  \"a b\": [1,\r\n 2.0],\t\"c\\n\\\" \": \"x  \\\\\"\n}", #"{"a b":[1,2.0],"c\n\" ":"x  \\"}"#),
  ]

  @Test("a value with line ends comes out on one line, all else as it was", arguments: values)
  func oneLine(_ value: String, _ line: String) {
    let copy = Array(value.utf8).withUnsafeBytes { JSONCompactor.copy(JSONValue($0)) }
    #expect(String(decoding: copy, as: UTF8.self) == line)
  }
}
