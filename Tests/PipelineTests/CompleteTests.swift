import Foundation
import TestSupport
import Testing

/// hg-complete, the program, against a server that does exactly what the test says.
@Suite("hg-complete")
struct CompleteTests {
  static let key = "sk-test-0123456789abcdef"

  /// Runs the program against a server.
  static func run(
    _ server: ScriptedServer, _ arguments: [String] = [], _ input: String, environment: [String: String] = [:]
  ) throws -> CommandResult {
    let standard = ["LITELLM_BASE_URL": server.url, "LITELLM_API_KEY": key]
    return try TestFolder().run(
      "hg-complete", ["--retry-base", "0.01", "--retry-max", "0.05"] + arguments, text: input,
      environment: standard.merging(environment) { $1 })
  }

  /// The members of a line.
  static func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
  }

  static func errorKind(_ line: String) throws -> String? {
    (try object(line)["error"] as? [String: Any])?["kind"] as? String
  }

  /// A response, and what it is to become.
  struct Answer: Sendable, CustomTestStringConvertible {
    let name: String
    var status = 200
    var body = ""
    var headers: [String] = []
    var kind: String?
    var exit: Int32 = 1
    /// How many requests the server is to see with `--retries 2` and one fallback.
    var requests = 2

    var testDescription: String { name }
  }

  static let answers: [Answer] = [
    Answer(
      name: "400 that speaks of another number", status: 400, body: #"{"error":{"message":"req-14291 429"}}"#,
      kind: "bad_request"),
    Answer(name: "401", status: 401, body: "no", kind: "key_refused", exit: 77),
    Answer(name: "403", status: 403, body: "no", kind: "key_refused", exit: 77),
    Answer(name: "404", status: 404, body: #"{"error":{"message":"no such model"}}"#, kind: "bad_request"),
    Answer(name: "408", status: 408, kind: "bad_request", requests: 6),
    Answer(name: "409", status: 409, kind: "bad_request", requests: 6),
    Answer(name: "422", status: 422, body: "{}", kind: "bad_request"),
    Answer(name: "425", status: 425, kind: "bad_request", requests: 6),
    Answer(name: "429", status: 429, kind: "rate_limit", exit: 75, requests: 6),
    Answer(
      name: "429 that asks for a day", status: 429, headers: ["Retry-After: 86400"], kind: "rate_limit", exit: 75,
      requests: 6),
    Answer(
      name: "429 not to be tried again", status: 429, headers: ["x-should-retry: false"], kind: "rate_limit", exit: 75),
    Answer(name: "500", status: 500, body: "Internal Server Error", kind: "server_error", requests: 6),
    Answer(name: "501", status: 501, kind: "server_error"),
    Answer(name: "529", status: 529, kind: "server_error", requests: 6),
    Answer(name: "a redirect", status: 308, headers: ["Location: http://127.0.0.1:1/"], kind: "redirect"),
    Answer(name: "an empty body", kind: "bad_answer"),
    Answer(name: "a web page", body: "<html>Sign in</html>", headers: ["Content-Type: text/html"], kind: "bad_answer"),
    Answer(name: "an array", body: "[]", kind: "bad_answer"),
    Answer(name: "no choices", body: #"{"id":"x","choices":[]}"#, kind: "bad_answer"),
    Answer(name: "an error with status 200", body: #"{"error":{"message":"overloaded"}}"#, kind: "stream_error"),
    Answer(name: "null without tools", body: #"{"choices":[{"message":{"content":null}}]}"#, kind: "empty_answer"),
    Answer(
      name: "null with tools", body: #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c"}]}}]}"#, exit: 0,
      requests: 1),
    Answer(
      name: "an empty text", body: #"{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}"#,
      kind: "empty_answer", exit: 1),
    Answer(
      name: "indented JSON",
      body:
        "{\n  \"choices\": [\n    {\"message\": {\"content\": \"x\"}}\n  ],\n  \"usage\": {\n \"total_tokens\": 1 }\n}",
      exit: 0, requests: 1),
  ]

  @Test("takes no answer for another", arguments: answers)
  func classifies(_ answer: Answer) throws {
    let server = try ScriptedServer { _, connection in
      connection.respond(answer.status, answer.body, headers: answer.headers)
    }
    let input = #"{"id":1,"user":"u","model":"a","fallbacks":["b"]}"# + "\n"
    let result = try Self.run(server, ["--retries", "2"], input)
    #expect(result.status == answer.exit, "\(result)")
    #expect(result.lines.count == 1, "\(result)")
    #expect(try Self.errorKind(result.lines[0]) == answer.kind, "\(result)")
    #expect(server.requests.count == answer.requests, "\(result)")
    let attempts = try #require(try Self.object(result.lines[0])["attempts"] as? [[String: Any]])
    #expect(attempts.count == answer.requests)
    #expect(attempts.allSatisfy { $0["status"] as? Int == answer.status })
    let models = attempts.compactMap { $0["model"] as? String }
    #expect(models == models.sorted(), "the list is walked in order")
  }

  @Test("changes nothing but its own members, byte for byte")
  func byteExact() throws {
    let server = try ScriptedServer { _, connection in
      connection.answer("an\nswer \"é\"", headers: ["x-litellm-response-cost: 0.00012"])
    }
    let line = #"{ "id" : 1.10,"x":1e400,"user":"u\/","text":"old","tool_calls":[1],"n":12345678901234567890 }"#
    let result = try Self.run(server, ["--model", "m"], line + "\r\n")
    let record = result.lines[0]
    #expect(
      record.hasPrefix(#"{ "id" : 1.10,"x":1e400,"user":"u\/","text":"an\nswer \"é\"","n":12345678901234567890"#),
      "\(result)")
    #expect(record.contains(#""cost_usd":0.00012"#))
    #expect(record.contains(#""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}"#))
    #expect(server.requests[0].text == #"{"model":"m","messages":[{"role":"user","content":"u\/"}]}"#)
    #expect(server.requests[0].header("authorization") == "Bearer \(Self.key)")
    #expect(server.requests[0].path == "/v1/chat/completions")
  }

  @Test(
    "never shows the key",
    arguments: [[], ["--stream"], ["--batch-out"], ["--dry-run"], ["--health"], ["--models"], ["--out", "text"]])
  func hidesKey(_ arguments: [String]) throws {
    let server = try ScriptedServer { request, connection in
      connection.respond(401, #"{"error":{"message":"bad key \#(request.header("authorization") ?? "none") given"}}"#)
    }
    let result = try Self.run(server, arguments, #"{"user":"u"}"# + "\n")
    #expect(!result.text.contains("0123456789") && !result.errors.contains("0123456789"), "\(result)")
    #expect(result.status == (arguments == ["--dry-run"] ? 0 : 77), "\(result)")
  }

  @Test("reads the key file again for each request")
  func keyFile() throws {
    let folder = try TestFolder()
    let file = try folder.write("key", text: "first-key\n")
    let server = try ScriptedServer { request, connection in
      _ = try? folder.write("key", text: "second-key\n")
      connection.answer("a")
    }
    let result = try Self.run(server, ["-j", "1", "--api-key-file", file], "{\"user\":\"a\"}\n{\"user\":\"b\"}\n")
    #expect(result.status == 0)
    #expect(server.requests.map { $0.header("authorization") } == ["Bearer first-key", "Bearer second-key"])
  }

  @Test("one line in is one line out, in order, whatever the lines")
  func everyLine() throws {
    let server = try ScriptedServer { request, connection in connection.answer("ok") }
    let lines = [
      #"{"id":1,"user":"u"}"#, "not a record", "[1]", "", #"{"id":2}"#,
      #"{"id":3,"user":"u","error":{"stage":"hg-route","kind":"k","message":"m"}}"#,
      #"{"id":4,"user":"u","error":null}"#,
    ]
    let result = try Self.run(server, [], lines.joined(separator: "\n"))
    #expect(result.status == 1)
    #expect(
      try result.lines.map(Self.errorKind) == [nil, "bad_input", "bad_input", "no_prompt", "k", nil], "\(result)")
    #expect(result.lines[4] == lines[5])
    #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("hg-complete: stdin:") })
    #expect(server.requests.count == 2)
  }

  @Test("keeps so many requests on their way, and the order of the records")
  func concurrency() throws {
    // Every eighth request answers all that came: they can only come if eight are on their way.
    let group = Group(8)
    let server = try ScriptedServer { request, connection in
      group.wait()
      connection.answer(request.text)
    }
    let input = (0..<64).map { "{\"id\":\($0),\"user\":\"u\($0)\"}\n" }.joined()
    let result = try Self.run(server, ["-j", "8"], input)
    #expect(result.status == 0)
    #expect(try result.lines.map { try Self.object($0)["id"] as? Int } == Array(0..<64))
    #expect(server.connectionCount == 8)
  }

  /// A barrier.
  final class Group: @unchecked Sendable {
    // All members are used under the condition's lock only.
    private let condition = NSCondition()
    private let size: Int
    private var count = 0
    private var round = 0

    init(_ size: Int) { self.size = size }

    func wait() {
      condition.lock()
      defer { condition.unlock() }
      let mine = round
      count += 1
      if count == size {
        count = 0
        round += 1
        condition.broadcast()
      }
      while mine == round { condition.wait() }
    }
  }

  @Test("a model that asks for less holds back all its requests, and no other model's")
  func holdBack() throws {
    let server = try ScriptedServer { request, connection in
      if request.number == 0 {
        connection.respond(429, "{}", headers: ["Retry-After-Ms: 400"])
      } else {
        connection.answer("ok")
      }
    }
    let lines = ["busy", "busy", "other", "busy"].map { #"{"user":"u","model":"\#($0)"}"# + "\n" }
    let result = try Self.run(server, ["-j", "1", "--retry-max", "0.4"], lines.joined())
    #expect(result.status == 0)
    let models = server.requests.map { $0.text.contains("other") ? "other" : "busy" }
    #expect(models == ["busy", "other", "busy", "busy", "busy"], "\(result)")
  }

  @Test("tells who answered, also when the proxy fell back by itself")
  func maskedFallback() throws {
    let server = try ScriptedServer { request, connection in
      let headers =
        request.text.contains("masked") ? ["x-litellm-attempted-fallbacks: 1", "x-litellm-model-group: strong"] : []
      connection.answer("ok", model: request.text.contains("dated") ? "dated-2026-01-01" : "else", headers: headers)
    }
    let lines = ["masked", "dated", "plain"].map { #"{"user":"u","model":"\#($0)"}"# + "\n" }
    let result = try Self.run(server, [], lines.joined())
    #expect(try result.lines.map { try Self.object($0)["model_used"] as? String } == ["strong", "dated", "else"])
    #expect(result.lines[0].contains(#""warnings":["server_fallback"]"#))
  }

  @Test("keeps an answer with half a surrogate pair", arguments: [[], ["--stream"], ["--batch-out"]])
  func halfSurrogatePair(options: [String]) throws {
    let server = try ScriptedServer { request, connection in
      let text = #""a\ud83d \\ud83d \ud83d\ude00 \ude00""#
      let isStream = request.text.contains(#""stream":true"#)
      let choice = #"{"index":0,"\#(isStream ? "delta" : "message")":{"content":\#(text)},"finish_reason":"stop"}"#
      let body = #"{"choices":[\#(choice)]}"#
      connection.send(
        isStream
          ? "HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: \(body)\n\ndata: [DONE]\n\n"
          : "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
      if isStream { connection.close() }
    }
    let result = try Self.run(server, options, #"{"user":"u","custom_id":"1"}"# + "\n")
    #expect(result.status == 0, "\(result)")
    #expect(result.lines.first?.contains(#""a\ufffd \\ud83d \ud83d\ude00 \ufffd""#) ?? false, "\(result)")
    #expect(options == ["--batch-out"] || result.lines[0].contains(#""warnings":["invalid_unicode"]"#), "\(result)")
  }

  @Test("a server that is not there is 69, with every attempt noted")
  func unreachable() throws {
    let result = try TestFolder().run(
      "hg-complete", ["--retries", "1", "--retry-base", "0", "--base-url", "http://127.0.0.1:1"],
      text: #"{"user":"u","model":"a","fallbacks":["b"]}"# + "\n")
    #expect(result.status == 69, "\(result)")
    let attempts = try Self.object(result.lines[0])["attempts"] as? [[String: Any]] ?? []
    #expect(attempts.map { $0["model"] as? String } == ["a", "a", "b", "b"])
    #expect(attempts.allSatisfy { $0["error"] as? String == "unreachable" && $0["status"] is NSNull })
  }

  @Test("gives up when the time is up, each in its own way")
  func times() throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains("stream") {
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        connection.send("data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n")
      }
      connection.waitForEnd()
    }
    let record = #"{"user":"u","model":"a"}"# + "\n"
    for (arguments, kind) in [
      (["--timeout", "0.1"], "timeout"), (["--deadline", "0.1"], "deadline"),
      (["--stream", "--idle-timeout", "0.1"], "idle_timeout"),
    ] {
      let result = try Self.run(server, arguments, record)
      #expect(result.status == 1)
      #expect(try Self.errorKind(result.lines[0]) == kind, "\(result)")
      #expect(result.text.contains(#""text":"half""#) == (kind == "idle_timeout"))
    }
  }

  @Test(
    "stops at a budget without asking, and says 75",
    arguments: [["--max-tokens-total", "12"], ["--max-cost", "0.012"]])
  func budget(_ arguments: [String]) throws {
    let server = try ScriptedServer { _, connection in
      connection.answer("ok", headers: ["x-litellm-response-cost: 0.005"])
    }
    let input = (0..<9).map { "{\"id\":\($0),\"user\":\"u\"}\n" }.joined()
    let result = try Self.run(server, arguments, input)
    #expect(result.status == 75, "\(result)")
    #expect(
      try result.lines.map(Self.errorKind) == [nil, nil, nil] + Array(repeating: "budget", count: 6), "\(result)")
    #expect(server.requests.count == 3)
  }
}
