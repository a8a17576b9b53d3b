import NDJSON
import Testing

@testable import ChatCompletion

@Suite("Addresses, names, messages and secrets")
struct TextTests {
  static let addresses: [(String, String?)] = [
    ("http://localhost:4000", "http://localhost:4000/v1/models"),
    ("http://localhost:4000/", "http://localhost:4000/v1/models"),
    ("http://localhost:4000/v1", "http://localhost:4000/v1/models"),
    ("http://localhost:4000/v1//", "http://localhost:4000/v1/models"),
    ("https://example.com/proxy", "https://example.com/proxy/v1/models"),
    ("https://example.com/proxy/v1/", "https://example.com/proxy/v1/models"),
    ("HTTPS://Example.com", "HTTPS://Example.com/v1/models"),
    ("http://[::1]:8080", "http://[::1]:8080/v1/models"),
    ("", nil), ("localhost:4000", nil), ("ftp://example.com", nil), ("file:///etc/passwd", nil), ("http://", nil),
    ("http:///v1", nil), ("http://a b", nil), ("http://example.com/?a=1", nil),
    ("http://user:hunter2@example.com", nil),
  ]

  @Test("a base URL is told from other texts", arguments: addresses)
  func address(_ text: String, _ url: String?) {
    do {
      #expect(try ServerAddress(text).url("models") == url)
    } catch {
      #expect(url == nil, "\(error.message)")
      #expect(!error.message.contains("hunter2"))
    }
  }

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

  static let key = "sk-proj-abcdefghijklmnop1234"

  static let secrets: [(String, String)] = [
    ("nothing secret", "nothing secret"),
    ("Incorrect API key provided: \(key). Find it", "Incorrect API key provided: ***. Find it"),
    ("x\(key)y", "x***y"),
    ("Received API Key = sk-...1234", "Received API Key = sk-***"),
    ("half of it: abcdefghijkl", "half of it: ***"),
    ("Authorization: Bearer other-token-99", "Authorization: Bearer ***"),
    ("another key: sk-ant-api03-XYZ", "another key: sk-***"),
    ("task-force", "task-force"),
    ("déjà vu 😀", "déjà vu 😀"),
  ]

  @Test("a key stays out of what is written", arguments: secrets)
  func redaction(_ text: String, _ safe: String) {
    #expect(Redactor(key: Self.key).redact(text) == safe)
  }

  static let messages: [(String, String?)] = [
    (#"{"error":{"message":"too long","code":"x"}}"#, "too long"),
    (#"{"error":"plain"}"#, "plain"),
    (#"{"detail":"not found"}"#, "not found"),
    (#"{"message":"m"}"#, "m"),
    (#"{"error":{"code":5}}"#, #"{"code":5}"#),
    (#"{"error":null,"message":"m"}"#, "m"),
    ("Internal Server\n  Error\n", "Internal Server Error"),
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
