import Foundation
import TestSupport
import Testing

/// `hg-complete --check`: a command judges each answer, and what it rejects is asked again.
@Suite("hg-complete and its checks")
struct CompleteCheckTests {
  /// A server whose models say their name and how often they were asked for this task: `a1`, `a2`, `b1`.
  static func server() throws -> ScriptedServer {
    let counts = Counter()
    return try ScriptedServer { request, connection in
      let body = (try? CompleteTests.object(request.text)) ?? [:]
      let model = body["model"] as? String ?? ""
      if model == "down" { return connection.respond(500, "{}") }
      let message = (body["messages"] as? [[String: Any]])?.first?["content"] as? String ?? ""
      let task = message.components(separatedBy: "\n\nPrior")[0]
      connection.answer("\(model)\(counts.next("\(task) \(model)"))", model: model)
    }
  }

  /// A check that accepts nothing but what it is given.
  static func accepts(_ text: String) -> String {
    #"grep -q '"text":"\#(text)"' || { echo "not \#(text)"; exit 1; }"#
  }

  static let task = #"{"id":1,"user":"t","model":"a","fallbacks":["b"]}"# + "\n"

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let check: String
    var options: [String] = []
    var status: Int32 = 0
    let text: String
    /// `attempts`, as `a:rejected a:rejected b:`.
    let attempts: String
    var verdict: Bool?
    var feedback: String?
    var kind: String?
    var message: String?

    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "accepted at once", check: "true", text: "a1", attempts: "a:", verdict: true),
    Case(
      name: "asked again, and accepted", check: accepts("a2"), text: "a2", attempts: "a:rejected a:", verdict: true),
    Case(
      name: "the next model", check: accepts("b1"), text: "b1", attempts: "a:rejected a:rejected b:", verdict: true),
    Case(
      name: "the next model is asked again, too", check: accepts("b2"), text: "b2",
      attempts: "a:rejected a:rejected b:rejected b:", verdict: true),
    Case(
      name: "without a repair", check: accepts("b1"), options: ["--repair", "0"], text: "b1",
      attempts: "a:rejected b:", verdict: true),
    Case(
      name: "as often as wanted", check: accepts("a4"), options: ["--repair", "3"], text: "a4",
      attempts: "a:rejected a:rejected a:rejected a:", verdict: true),
    Case(
      name: "no model is left", check: "echo ' no good '; echo why; exit 1", status: 1, text: "b2",
      attempts: "a:rejected a:rejected b:rejected b:rejected", verdict: false, feedback: "no good \nwhy",
      kind: "rejected", message: "the answer of 'b' was not accepted: no good "),
    Case(
      name: "what it says on stderr counts when stdout is empty", check: "echo no >&2; exit 1",
      options: ["--repair", "0"], status: 1, text: "b1", attempts: "a:rejected b:rejected", verdict: false,
      feedback: "no", kind: "rejected", message: "the answer of 'b' was not accepted: no"),
    Case(
      name: "stdout goes before stderr", check: "echo noise >&2; echo no; exit 1", options: ["--repair", "0"],
      status: 1, text: "b1", attempts: "a:rejected b:rejected", verdict: false, feedback: "no", kind: "rejected"),
    Case(
      name: "a check without words is its own feedback", check: "grep -q zz", options: ["--repair", "0"], status: 1,
      text: "b1", attempts: "a:rejected b:rejected", verdict: false, feedback: "not accepted by: grep -q zz",
      kind: "rejected"),
    Case(
      name: "4 KiB, whole characters", check: "printf 'x'; yes é | tr -d '\\n' | head -c 100000000; exit 1",
      options: ["--repair", "0"], status: 1, text: "b1", attempts: "a:rejected b:rejected", verdict: false,
      feedback: "x" + String(repeating: "é", count: 2047), kind: "rejected"),
    Case(
      name: "what is no UTF-8 is replaced", check: #"printf 'a\377b'; exit 1"#, options: ["--repair", "0"], status: 1,
      text: "b1", attempts: "a:rejected b:rejected", verdict: false, feedback: "a\u{FFFD}b", kind: "rejected"),
    Case(
      name: "status 2 is a broken check", check: "echo out; echo 'no such test' >&2; exit 2", status: 1, text: "a1",
      attempts: "a:check_failed", kind: "check_failed", message: "the check ended with status 2: no such test"),
    Case(
      name: "no such program", check: "no-such-program", status: 1, text: "a1", attempts: "a:check_failed",
      kind: "check_failed"),
    Case(
      name: "not a program", check: "/dev/null", status: 1, text: "a1", attempts: "a:check_failed",
      kind: "check_failed"),
    Case(
      name: "a signal", check: "kill -KILL $$", status: 1, text: "a1", attempts: "a:check_failed",
      kind: "check_failed", message: "the check was ended by signal 9"),
    Case(
      name: "a check that hangs, and does not hear", check: "trap '' TERM; echo busy >&2; while :; do sleep 9; done",
      options: ["--check-timeout", "0.2"], status: 1, text: "a1", attempts: "a:check_failed", kind: "check_failed",
      message: "the check did not end within 0.2 s: busy"),
    Case(
      name: "the record's time covers the check", check: "sleep 99", options: ["--deadline", "3"], status: 1,
      text: "a1", attempts: "a:deadline", kind: "deadline", message: "the deadline passed during the check"),
    Case(
      name: "it may leave somebody behind", check: "sleep 99 & exit 0", text: "a1", attempts: "a:", verdict: true),
    Case(
      name: "it may leave its stdin, and close all", check: "exec <&- >&- 2>&-; exit 1", options: ["--repair", "0"],
      status: 1, text: "b1", attempts: "a:rejected b:rejected", verdict: false, kind: "rejected"),
    Case(
      name: "broken for the second model", check: #"grep -q '"text":"a' && exit 1 || exit 3"#,
      options: ["--repair", "0"], status: 1, text: "b1", attempts: "a:rejected b:check_failed", kind: "check_failed"),
  ]

  @Test(arguments: cases)
  func aVerdictOrABrokenCheck(_ row: Case) throws {
    let result = try CompleteTests.run(try Self.server(), ["--check", row.check] + row.options, Self.task)
    #expect(result.status == row.status, "\(result)")
    let record = try CompleteTests.object(try #require(result.lines.first, "\(result)"))
    #expect(record["text"] as? String == row.text && result.lines.count == 1, "\(result)")
    #expect(Self.attempts(record) == row.attempts, "\(result)")
    let verdict = record["verdict"] as? [String: Any]
    #expect(verdict?["accept"] as? Bool == row.verdict, "\(result)")
    if let feedback = row.feedback { #expect(verdict?["feedback"] as? String == feedback, "\(result)") }
    let error = record["error"] as? [String: Any]
    #expect(error?["kind"] as? String == row.kind, "\(result)")
    if let message = row.message { #expect(error?["message"] as? String == message, "\(result)") }
    #expect(record["model_used"] as? String == String(row.text.prefix(1)), "\(result)")
    #expect(result.errors.isEmpty == (row.kind == nil), "\(result)")
  }

  @Test("accepted, rejected, not judged: the record's schema knows them")
  func schema() throws {
    let folder = try TestFolder()
    let server = try Self.server()
    let check = #"case $(cat) in *'"id":1,'*) exit 0 ;; *'"id":2,'*) echo no; exit 1 ;; *) exit 2 ;; esac"#
    try folder.write("check", text: check)
    let tasks = (1...3).map { "{\"id\":\($0),\"user\":\"t\($0)\",\"model\":\"a\"}\n" }.joined()
    let result = try folder.shell(
      "hg-complete --check 'sh ./check' > out || true", text: tasks,
      environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0, "\(result)")
    try SchemaTests.validate(folder, "out", against: "record.schema.json", lines: 3)
  }

  /// `a:rejected b:`: the models of a record's attempts, and what each failed with.
  static func attempts(_ record: [String: Any]) -> String {
    (record["attempts"] as? [[String: Any]] ?? [])
      .map { "\($0["model"] as? String ?? "?"):\($0["error"] as? String ?? "")" }.joined(separator: " ")
  }

  @Test("the feedback goes behind the task, wherever that is, and the record's task stays")
  func feedback() throws {
    let tasks = [
      #"{"user":"t","system":"s","model":"a"}"#, #"{"messages":[{"role":"user","content":"t"}],"model":"a"}"#,
      #"{"user":[{"type":"text","text":"t"}],"model":"a"}"#,
      #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{"model":"a","messages":[{"role":"user","content":"t"}]}}"#,
    ]
    let last = [
      #"{"role":"user","content":"t\n\nPrior attempt feedback: no"}"#,
      #"{"role":"user","content":"t"},{"role":"user","content":"Prior attempt feedback: no"}"#,
      #"{"role":"user","content":[{"type":"text","text":"t"},{"type":"text","text":"Prior attempt feedback: no"}]}"#,
      #"{"role":"user","content":"t"},{"role":"user","content":"Prior attempt feedback: no"}"#,
    ]
    for (task, message) in zip(tasks, last) {
      let server = try ScriptedServer { _, connection in connection.answer("x") }
      let result = try CompleteTests.run(server, ["--check", "echo no; exit 1"], task + "\n")
      #expect(result.status == 1 && result.text.hasPrefix(String(task.dropLast())), "\(result)")
      #expect(server.requests.count == 2)
      #expect(server.requests.last?.text.contains(message) == true, "\(server.requests.last?.text ?? "")")
      // It is the hash of what was asked first.
      let first = try CompleteTests.run(server, [], task + "\n")
      #expect(
        try CompleteTests.object(first.lines[0])["request_hash"] as? String
          == CompleteTests.object(result.lines[0])["request_hash"] as? String)
    }
  }

  @Test("what was rejected stays the record's answer when the next model cannot answer")
  func nextModelIsDown() throws {
    let task = #"{"id":1,"user":"t","model":"a","fallbacks":["down"]}"# + "\n"
    let result = try CompleteTests.run(
      try Self.server(), ["--check", "echo no; exit 1", "--repair", "0", "--retries", "0"], task)
    #expect(result.status == 1, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(record["text"] as? String == "a1" && record["model_used"] as? String == "a", "\(result)")
    #expect(Self.attempts(record) == "a:rejected down:server_error", "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == "rejected", "\(result)")
    #expect(result.errors.contains("was not accepted: no; then 'down' failed: "), "\(result)")
  }

  @Test("only what was accepted is printed as text, and nothing before it is accepted")
  func text() throws {
    let server = try ScriptedServer { request, connection in
      let word = request.text.contains("Prior attempt") ? "good" : "bad"
      connection.respond(
        200,
        "data: {\"choices\":[{\"delta\":{\"content\":\"\(word)\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        headers: ["Content-Type: text/event-stream"])
    }
    let options = ["--out", "text", "--stream", "--check", Self.accepts("good")]
    let result = try CompleteTests.run(server, options, Self.task)
    #expect(result.status == 0 && result.text == "good\n", "\(result)")
    let never = try CompleteTests.run(server, ["--out", "text", "--check", "exit 1"], Self.task)
    #expect(never.status == 1 && never.text.isEmpty, "\(never)")
  }

  @Test("Batch lines: the check gets the record, and what was rejected is asked again by --resume")
  func batch() throws {
    let folder = try TestFolder()
    let server = try Self.server()
    let line =
      #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{"model":"a","messages":[{"role":"user","content":"t"}]}}"#
    let environment = ["LITELLM_BASE_URL": server.url]
    let command = "hg-complete --batch-out --repair 0 --resume out < in >> out --check"
    try folder.write("in", text: line + "\n")
    let rejected = try folder.shell(
      "\(command) \(quoted(Self.accepts("a2"))) || true; cat out", environment: environment)
    let object = try CompleteTests.object(try #require(rejected.lines.first, "\(rejected)"))
    let response = (object["response"] as? [String: Any])?["body"] as? [String: Any]
    #expect(response?["choices"] is [Any], "\(rejected)")
    #expect((object["error"] as? [String: Any])?["code"] as? String == "rejected", "\(rejected)")
    let again = try folder.shell("\(command) \(quoted(Self.accepts("a2"))); tail -1 out", environment: environment)
    #expect(again.status == 0 && again.text.contains(#""error":null"#), "\(again)")
    let done = try folder.shell("\(command) false; wc -l < out", environment: environment)
    #expect(done.status == 0 && done.text == "2\n", "\(done)")
  }

  private func quoted(_ word: String) -> String { "'" + word.replacing("'", with: #"'\''"#) + "'" }

  @Test("what was accepted is not asked again, what was rejected is", arguments: [[], ["--unordered"]])
  func resume(_ options: [String]) throws {
    let folder = try TestFolder()
    let server = try Self.server()
    try folder.write("in", text: (1...20).map { "{\"id\":\($0),\"user\":\"t\($0)\",\"model\":\"a\"}\n" }.joined())
    // The first answers to odd ones are rejected.
    try folder.write(
      "check",
      text: """
        #!/bin/sh
        line=$(cat)
        case $line in *'"text":"a2"'*) exit 0 ;; esac
        id=${line#*:}
        [ $((${id%%,*} % 2)) -eq 0 ] || { echo odd; exit 1; }

        """)
    let script = """
      chmod +x check; touch out
      run() { hg-complete \(options.joined(separator: " ")) --repair 0 --check ./check --resume out < in >> out; }
      run || echo $?; grep -c '"kind":"rejected"' out; run; run; grep -c '"verdict":{"accept":true}' out
      """
    let result = try folder.shell(script, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.lines == ["1", "10", "20"], "\(result)")
    #expect(server.requests.count == 30, "\(result)")
  }
}
