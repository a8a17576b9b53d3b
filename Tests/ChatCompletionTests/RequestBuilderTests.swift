import NDJSON
import Testing

@testable import ChatCompletion

/// A record and the body that is sent for it, or the kind of its error.
struct RequestCase: Sendable, CustomTestStringConvertible {
  let name: String
  let record: String
  var body = ""
  var kind: CompletionFailure.Kind?

  var testDescription: String { name }
}

@Suite("Request bodies")
struct RequestBuilderTests {
  static let cases: [RequestCase] = [
    RequestCase(
      name: "a prompt", record: #"{"id":1,"user":"hi"}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"hi"}]}"#),
    RequestCase(
      name: "a system prompt and a model", record: #"{"system":"s","user":"u","model":"m"}"#,
      body: #"{"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":"u"}]}"#),
    RequestCase(
      name: "a null system prompt is none", record: #"{"system":null,"user":"u"}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"u"}]}"#),
    RequestCase(
      name: "numbers and escapes as they were written",
      record:
        #"{"user":"a\u00e9\/\n","temperature":1.10,"seed":12345678901234567890,"max_tokens":1e2,"stop":["\u0041"]}"#,
      body:
        #"{"model":"d","messages":[{"role":"user","content":"a\u00e9\/\n"}],"temperature":1.10,"max_tokens":1e2,"stop":["\u0041"],"seed":12345678901234567890}"#
    ),
    RequestCase(
      name: "0 is sent, null and absent are not", record: #"{"user":"u","temperature":0,"max_tokens":null}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"u"}],"temperature":0}"#),
    RequestCase(
      name: "params are merged and win",
      record: #"{"user":"u","temperature":0,"params":{"top_p":1e400,"temperature":0.50}}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"u"}],"top_p":1e400,"temperature":0.50}"#),
    RequestCase(
      name: "the model of params is the model", record: #"{"user":"u","params":{"model":"p"}}"#,
      body: #"{"model":"p","messages":[{"role":"user","content":"u"}]}"#),
    RequestCase(
      name: "messages as they are, with white space",
      record: #"{"messages": [ {"role" : "user","content":"x"} ],"user":"not sent"}"#,
      body: #"{"model":"d","messages":[ {"role" : "user","content":"x"} ]}"#),
    RequestCase(
      name: "a bare request body",
      record: #"{"messages":[1],"tools":[{"type":"function"}],"top_p":0.1,"session_id":"s"}"#,
      body: #"{"model":"d","messages":[1],"top_p":0.1,"tools":[{"type":"function"}]}"#),
    RequestCase(
      name: "parts", record: #"{"user":[{"type":"text","text":"t"}]}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":[{"type":"text","text":"t"}]}]}"#),
    RequestCase(
      name: "a duplicate member counts as the last one", record: #"{"user":"a","user":"b"}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"b"}]}"#),
    RequestCase(
      name: "a batch line as it is",
      record:
        #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body": {"messages" : [1], "model":"m", "x":1.0}}"#,
      body: #"{"messages" : [1], "model":"m", "x":1.0}"#),
    RequestCase(
      name: "a batch line without a model",
      record: #"{"custom_id":"c","url":"/v1/chat/completions","body":{"messages":[1],"x":1.0}}"#,
      body: #"{"model":"d","messages":[1],"x":1.0}"#),
    RequestCase(
      name: "a stream", record: #"{"user":"u","stream":true}"#,
      body:
        #"{"model":"d","messages":[{"role":"user","content":"u"}],"stream":true,"stream_options":{"include_usage":true}}"#
    ),
    RequestCase(
      name: "a stream with options of its own",
      record: #"{"user":"u","params":{"stream":true,"stream_options":{"a":1}}}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"u"}],"stream":true,"#
        + #""stream_options":{"a":1,"include_usage":true}}"#),
    RequestCase(
      name: "a stream that is to have no usage",
      record: #"{"user":"u","stream":true,"stream_options":{"include_usage":false}}"#,
      body: #"{"model":"d","messages":[{"role":"user","content":"u"}],"stream":true,"#
        + #""stream_options":{"include_usage":false}}"#),
    RequestCase(name: "no prompt", record: #"{"id":1}"#, kind: .noPrompt),
    RequestCase(name: "an empty prompt", record: #"{"user":""}"#, kind: .noPrompt),
    RequestCase(name: "a blank prompt", record: #"{"user":" \n\t\u0020"}"#, kind: .noPrompt),
    RequestCase(name: "no messages", record: #"{"messages":[]}"#, kind: .noPrompt),
    RequestCase(name: "a prompt that is none", record: #"{"user":7}"#, kind: .badInput),
    RequestCase(name: "messages that are none", record: #"{"messages":"x"}"#, kind: .badInput),
    RequestCase(name: "a model that is none", record: #"{"user":"u","model":7}"#, kind: .badInput),
    RequestCase(name: "a fallback that is none", record: #"{"user":"u","fallbacks":["a",1]}"#, kind: .badInput),
    RequestCase(name: "fallbacks that are none", record: #"{"user":"u","fallbacks":"a"}"#, kind: .badInput),
    RequestCase(name: "params that are none", record: #"{"user":"u","params":[1]}"#, kind: .badInput),
    RequestCase(
      name: "another API", record: #"{"custom_id":"c","url":"/v1/embeddings","body":{"input":"x"}}"#, kind: .badInput),
    RequestCase(
      name: "a batch line without messages", record: #"{"custom_id":"c","url":"/v1/chat/completions","body":{}}"#,
      kind: .noPrompt),
  ]

  private func options() -> CompletionOptions {
    var options = CompletionOptions()
    options.model = "d"
    return options
  }

  @Test("are what the record says", arguments: cases)
  func bodies(_ example: RequestCase) throws {
    do {
      #expect(try body(example.record, options()) == example.body)
      #expect(example.kind == nil)
    } catch let error as RecordError {
      #expect(error.kind == example.kind?.rawValue, "\(error.message)")
    }
  }

  @Test("take what the options give to records that lack it")
  func standards() throws {
    var options = options()
    options.system = "be \"brief\""
    options.sampling = ["max_tokens": "5", "temperature": "0.70"]
    #expect(
      try body(#"{"user":"u","temperature":1}"#, options)
        == #"{"model":"d","messages":[{"role":"system","content":"be \"brief\""},{"role":"user","content":"u"}],"temperature":1,"max_tokens":5}"#
    )
    #expect(
      try body(#"{"user":"u","system":"","params":{"max_tokens":1}}"#, options)
        == #"{"model":"d","messages":[{"role":"user","content":"u"}],"temperature":0.70,"max_tokens":1}"#)
  }

  @Test("ask LiteLLM not to fall back only when told to")
  func disableFallbacks() throws {
    var options = options()
    options.disablesServerFallbacks = true
    #expect(
      try body(#"{"user":"u"}"#, options)
        == #"{"model":"d","messages":[{"role":"user","content":"u"}],"disable_fallbacks":true}"#)
  }

  /// Pairs of records, and whether they ask the same.
  static let pairs: [(String, String, Bool)] = [
    (#"{"id":1,"user":"u"}"#, #"{"user":"u","id":2,"skill":"s"}"#, true),
    (#"{"user":"u"}"#, #"{"user":"u","stream":true}"#, true),
    (#"{"user":"u"}"#, #"{"user":"u","fallbacks":["x"]}"#, true),
    (#"{"user":"u"}"#, #"{"user":"u","model":"m"}"#, false),
    (#"{"user":"u"}"#, #"{"user":"v"}"#, false),
    (#"{"user":"u"}"#, #"{"user":"u","temperature":0}"#, false),
    (#"{"user":"u","temperature":1.0}"#, #"{"user":"u","temperature":1.1}"#, false),
    (#"{"user":"u"}"#, #"{"user":"u","system":"s"}"#, false),
    (#"{"user":"u"}"#, #"{"user":"u","params":{"top_p":0}}"#, false),
  ]

  @Test("have a hash of what is asked, not of how the answer comes", arguments: pairs)
  func hashes(_ first: String, _ second: String, _ isSame: Bool) throws {
    #expect(try (hash(first) == hash(second)) == isSame)
  }

  @Test("have a hash that stays the same from version to version")
  func hashVector() throws {
    // printf '%s' '{"model":"d","messages":[{"role":"user","content":"u"}]}' | sha256sum
    #expect(try hash(#"{"user":"u"}"#) == "c689f78a72462fce867990a69356f35ad62d39badf1469317745b8350fb7ff73")
  }

  /// Lives as long as the records that it makes.
  private let parser = JSONParser()

  private func body(_ record: String, _ options: CompletionOptions) throws -> String {
    try Array(record.utf8).withUnsafeBytes { bytes in
      String(decoding: try RequestPreview(options).body(of: try parser.record(bytes)), as: UTF8.self)
    }
  }

  private func hash(_ line: String) throws -> String {
    try Array(line.utf8).withUnsafeBytes { bytes in
      let record = try parser.record(bytes)
      let request = try RequestBuilder(options: options()).request(of: record)
      return String(decoding: RequestHash.hex(of: request.identity), as: UTF8.self)
    }
  }
}
