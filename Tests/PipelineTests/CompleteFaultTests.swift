import Foundation
import TestSupport
import Testing

/// What a server or a user does that must not become a wrong success, a wrong error, or money lost.
@Suite("hg-complete, faults")
struct CompleteFaultTests {
  private static let head = "HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

  private static func chunk(_ text: String) -> String {
    String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n"
  }

  private static func delta(_ text: String, _ finish: String = "null") -> String {
    #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":\#(finish)}]}"# + "\n\n"
  }

  private static func records(_ count: Int, _ model: String = #""model":"m""#) -> String {
    (0..<count).map { #"{"id":\#($0),"user":"q\#($0)",\#(model)}"# + "\n" }.joined()
  }

  @Test("empty answers that are paid for spend the budget")
  func emptyAnswersAreBooked() throws {
    let server = try ScriptedServer { _, connection in
      connection.respond(
        200,
        #"{"choices":[{"message":{"content":null,"reasoning_content":"hm"},"finish_reason":"length"}],"usage":{"total_tokens":7}}"#,
        headers: ["x-litellm-response-cost: 0.01"])
    }
    let result = try CompleteTests.run(server, ["--max-cost", "0.05", "-j4"], Self.records(60))
    #expect(result.status == 75, "\(result)")
    #expect((5...12).contains(server.requests.count), "\(server.requests.count)")
    let first = try CompleteTests.object(result.lines[0])
    #expect(first["cost_usd"] as? Double == 0.01)
    #expect((first["usage"] as? [String: Any])?["total_tokens"] as? Int == 7)
    #expect(try CompleteTests.errorKind(result.lines[0]) == "empty_answer")
  }

  @Test("what failed before an answer is in its price")
  func failedAttemptsArePaid() throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains(#""model":"a""#) {
        connection.respond(
          200, #"{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}"#,
          headers: ["x-litellm-response-cost: 0.25"])
      } else {
        connection.answer("yes", headers: ["x-litellm-response-cost: 0.5"])
      }
    }
    let result = try CompleteTests.run(server, [], #"{"user":"u","model":"a","fallbacks":["b"]}"#)
    let record = try CompleteTests.object(result.lines[0])
    #expect(result.status == 0 && record["cost_usd"] as? Double == 0.75, "\(result)")
    let attempts = try #require(record["attempts"] as? [[String: Any]])
    #expect(attempts.map { $0["error"] as? String } == ["empty_answer", nil])
    #expect(attempts[0]["cost_usd"] as? Double == 0.25)
  }

  /// The statuses of two models, and what becomes of the record.
  static let refusals: [(Int, Int, String?, Int32)] = [
    (403, 200, nil, 0), (401, 200, nil, 0), (403, 401, "key_refused", 77), (403, 500, "server_error", 1),
    (500, 403, "server_error", 1),
  ]

  @Test("a key that one model refuses is good for the next", arguments: refusals)
  func keyRefused(_ first: Int, _ second: Int, _ kind: String?, _ status: Int32) throws {
    let server = try ScriptedServer { request, connection in
      let answer = request.text.contains(#""model":"a""#) ? first : second
      if answer == 200 { connection.answer("yes") } else { connection.respond(answer, "no") }
    }
    let result = try CompleteTests.run(
      server, ["--retries", "0"], #"{"user":"u","model":"a","fallbacks":["b"]}"#)
    #expect(result.status == status, "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == kind)
  }

  @Test("a server that keeps the connection after [DONE] holds nothing up", arguments: ["data: [DONE]\n\n", ""])
  func connectionIsHeldOpen(_ end: String) throws {
    let server = try ScriptedServer { _, connection in
      connection.send(Self.head + Self.chunk(Self.delta("a") + Self.delta("b", #""stop""#) + end))
      connection.waitForEnd()
    }
    let result = try CompleteTests.run(
      server, ["--stream", "--timeout", "3000", "--idle-timeout", "3000"], #"{"user":"u"}"#)
    #expect(result.status == 0, "\(result)")
    #expect(try CompleteTests.object(result.lines[0])["text"] as? String == "ab")
  }

  /// Streams that break off or go on strangely, and the text, or the kind of the failure.
  static let streams: [(String, String, String?, String?)] = [
    ("a finish reason that is empty", delta("par", #""""#) + delta("par", #""""#), "parpar", "truncated"),
    ("an end without its blank line", String(delta("a", #""stop""#).dropLast()), "a", nil),
    ("a ping without JSON", delta("a") + "event: ping\ndata: ping\n\n" + delta("b", #""stop""#), "ab", nil),
    ("junk behind the end", delta("a", #""stop""#) + "data: {\"error\":{\"message\":\"late\"}}\n\n", "a", nil),
    ("a field error", "error: {\"message\":\"out of memory\"}\n\n", nil, "stream_error"),
    ("an error instead of a stream", "{\"error\":{\"message\":\"out of memory\"}}", nil, "stream_error"),
    (
      "an answer instead of a stream", #"{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}"#,
      "whole", nil
    ),
  ]

  @Test("a stream is what it says", arguments: streams)
  func stream(_ name: String, _ body: String, _ text: String?, _ kind: String?) throws {
    let server = try ScriptedServer { _, connection in
      connection.send(Self.head + Self.chunk(body) + "0\r\n\r\n")
    }
    let result = try CompleteTests.run(server, ["--stream", "--retries", "0"], #"{"user":"u"}"#)
    #expect(result.status == (kind == nil ? 0 : 1), "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == kind)
    #expect(try CompleteTests.object(result.lines[0])["text"] as? String == text)
    if kind == "stream_error" { #expect(result.errors.contains("out of memory")) }
  }

  @Test("an answer that broke off is not shown, and the next model is asked", arguments: [[], ["--deltas"]])
  func brokenOffAnswer(_ options: [String]) throws {
    let server = try ScriptedServer { request, connection in
      let isFirst = request.text.contains(#""model":"a""#)
      connection.send(
        Self.head + Self.chunk(isFirst ? Self.delta("half") : Self.delta("whole", #""stop""#)) + "0\r\n\r\n")
    }
    let result = try CompleteTests.run(
      server, ["--stream"] + options, #"{"id":1,"user":"u","model":"a","fallbacks":["b"]}"#)
    let record = try CompleteTests.object(try #require(result.lines.last))
    // What was shown as a delta cannot be taken back.
    #expect(record["text"] as? String == (options.isEmpty ? "whole" : "half"), "\(result)")
    #expect(result.status == (options.isEmpty ? 0 : 1) && server.requests.count == (options.isEmpty ? 2 : 1))
  }

  /// Bodies with status 200 that are no answers, and the server's words in them.
  static let words: [(String, String, String)] = [
    ("application/json", #"{"message":"insufficient balance"}"#, "insufficient balance"),
    ("application/json", #"{"object":"error","message":"no such model","code":404}"#, "no such model"),
    ("application/json", #"{"detail":"not for you"}"#, "not for you"),
    ("application/json", #"{"error":"plain words"}"#, "plain words"),
    ("application/json", #"{"success":false,"errors":[{"code":1000,"message":"worker died"}]}"#, "worker died"),
    ("application/json", #"{"base_resp":{"status_code":1008,"status_msg":"no balance"}}"#, "no balance"),
    ("application/json", #"[{"error":{"code":400,"message":"in an array"}}]"#, "in an array"),
    ("text/html", "<!doctype html><title>Sign in</title><p>to the portal</p>", "Sign in to the portal"),
    ("text/plain", "upstream is down", "upstream is down"),
  ]

  @Test("the server's own words reach the user", arguments: words)
  func serversWords(_ type: String, _ body: String, _ said: String) throws {
    let server = try ScriptedServer { _, connection in
      connection.respond(200, body, headers: ["Content-Type: \(type)"])
    }
    let result = try CompleteTests.run(server, ["--retries", "0"], #"{"user":"u"}"#)
    #expect(result.status == 1 && result.errors.contains(said), "\(result)")
  }

  /// Answers of a server, and how often it is asked with two retries.
  static let tries: [(Int, String, Int)] = [
    (520, "", 3), (524, "", 3), (501, "", 1), (200, #"{"error":{"code":429,"message":"slow"}}"#, 3),
    (200, #"{"error":{"code":"503","message":"busy"}}"#, 3), (200, #"[{"error":{"code":429,"message":"slow"}}]"#, 3),
    (200, #"{"error":{"code":400,"message":"no"}}"#, 1),
    (429, #"{"error":{"code":"insufficient_quota","message":"pay"}}"#, 1),
    (429, #"{"error":{"message":"try again in 1ms"}}"#, 3),
  ]

  @Test("what may pass is tried again, and nothing else", arguments: tries)
  func triesAgain(_ status: Int, _ body: String, _ requests: Int) throws {
    let server = try ScriptedServer { _, connection in connection.respond(status, body) }
    let result = try CompleteTests.run(server, ["--retries", "2"], #"{"user":"u"}"#)
    #expect(result.status != 0 && server.requests.count == requests, "\(result)")
  }

  @Test("a file that is no earlier output is refused, and stays as it is")
  func resumeLeavesForeignFilesAlone() throws {
    let server = try ScriptedServer { _, connection in connection.answer("a") }
    let folder = try TestFolder()
    let environment = ["LITELLM_BASE_URL": server.url]
    try folder.write("key", text: "my only copy")
    try folder.write("tasks", text: #"{"user":"u"}"# + "\n")
    let cases: [(String, Int32)] = [
      ("hg-complete --resume key < tasks", 66), ("hg-complete --resume key < tasks >> key", 66),
      ("hg-complete --resume '' < tasks", 64), ("mkfifo f; hg-complete --resume f < tasks", 66),
      ("hg-complete --resume <(cat key) < tasks", 66), ("hg-complete --resume . < tasks", 66),
      ("hg-complete --resume tasks < tasks", 64), ("hg-complete < tasks >> tasks", 64),
    ]
    for (script, status) in cases {
      let result = try folder.shell("status=0; \(script) || status=$?; exit $status", environment: environment)
      #expect(result.status == status, "\(result)")
    }
    #expect(try folder.read("key") == Array("my only copy".utf8))
    #expect(try folder.read("tasks") == Array((#"{"user":"u"}"# + "\n").utf8))
    #expect(server.requests.isEmpty)
  }

  @Test("a member 'response' of the user's own is not paid for again")
  func ownResponseMember() throws {
    let server = try ScriptedServer { _, connection in connection.answer("a") }
    let folder = try TestFolder()
    try folder.write("tasks", text: #"{"id":1,"user":"u","response":"gold","custom_id":"c"}"# + "\n")
    for _ in 0..<3 {
      let result = try folder.shell(
        "hg-complete --resume out < tasks >> out", environment: ["LITELLM_BASE_URL": server.url])
      #expect(result.status == 0, "\(result)")
    }
    #expect(server.requests.count == 1)
  }

  @Test("tokens that were reserved and not used are there at once")
  func reservedTokensComeBack() throws {
    let server = try ScriptedServer { _, connection in connection.answer("a") }
    let long = String(repeating: "word ", count: 80_000)
    let input = (0..<2).map { #"{"id":\#($0),"user":"\#(long)"}"# + "\n" }.joined()
    // Waiting for the estimate to flow in would take longer than the record may.
    let result = try CompleteTests.run(server, ["--tpm", "60000", "--deadline", "60"], input)
    #expect(result.status == 0 && server.requests.count == 2, "\(result.errors)")
  }

  @Test("the kill switch stops it before anything is asked", arguments: ["1", " TRUE ", "Yes", "on"])
  func killSwitch(_ value: String) throws {
    let server = try ScriptedServer { _, connection in connection.answer("a") }
    let folder = try TestFolder()
    let result = try folder.run(
      "hg-complete", ["--resume", "none", "--api-key-file", "none"], text: #"{"id":1,"user":"u"}"#,
      environment: ["LITELLM_BASE_URL": server.url, "HYPERGUILD_KILL_SWITCH": value])
    #expect(result.status == 1 && server.requests.isEmpty, "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == "kill_switch")
  }

  @Test("too few descriptors make it ask less at once, and fail nothing")
  func fewDescriptors() throws {
    let server = try ScriptedServer { _, connection in connection.answer("a") }
    let result = try TestFolder().shell(
      "ulimit -n 64; hg-complete -j128", text: Self.records(200), environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0 && result.lines.count == 200, "\(result.errors)")
    #expect(result.errors.contains("-j 128"))
  }

  @Test("the two signals of timeout(1) lose no line that is finished")
  func twoSignals() throws {
    let server = try ScriptedServer { request, connection in
      if request.number < 20 { connection.answer("a") } else { connection.waitForEnd() }
    }
    let result = try TestFolder().shell(
      "status=0; timeout 8 hg-complete -j4 || status=$?; exit $status", text: Self.records(40),
      environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 124, "\(result)")
    let kinds = try result.lines.map { try CompleteTests.errorKind($0) }
    #expect(kinds.filter { $0 == nil }.count >= 20 && kinds.contains("cancelled"), "\(result)")
  }

  /// Numbers as people type them, and as they are sent; nil is refused.
  static let numbers: [(String, String?)] = [
    ("0.70", "0.70"), (".5", "0.5"), ("1.", "1"), ("00.7", "0.7"), ("1.e5", "1e5"), ("-.5", "-0.5"), ("+1", "1"),
    ("1e400", nil), ("inf", nil), ("nan", nil), ("0x1", nil), ("", nil), ("1 2", nil),
  ]

  @Test("a number is sent as JSON has it, or refused", arguments: numbers)
  func temperature(_ typed: String, _ sent: String?) throws {
    let result = try TestFolder().run(
      "hg-complete", ["--dry-run", "--temperature=\(typed)"], text: #"{"user":"u"}"#)
    guard let sent else { return #expect(result.status == 64 && result.output.isEmpty, "\(result)") }
    #expect(result.status == 0, "\(result)")
    let body = try CompleteTests.object(result.lines[0])
    #expect(body["temperature"] as? Double == Double(sent), "\(result)")
  }

  @Test("a prompt from a file is what an editor shows of it")
  func systemFile() throws {
    let folder = try TestFolder()
    try folder.write("prompt", Array([0xEF, 0xBB, 0xBF]) + Array("Be brief.\r\n".utf8))
    let result = try folder.run("hg-complete", ["--dry-run", "--system-file", "prompt"], text: #"{"user":"u"}"#)
    #expect(result.text.contains(#""content":"Be brief."}"#), "\(result)")
  }
}
