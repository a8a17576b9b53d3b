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

  @Test("a check gets the record as it would be written, neither the key nor our descriptors nor our signals")
  func surroundings() throws {
    let folder = try TestFolder()
    let server = try Self.server()
    let check = """
      cat > seen; env > variables; ls /proc/self/fd | wc -l > descriptors; cut -d ' ' -f 5 /proc/$$/stat > group
      echo $$ > id
      """
    let result = try folder.run(
      "hg-complete", ["--check", check], text: #"{"id":1,"user":"t","model":"a","x":1e400}"# + "\n",
      environment: [
        "LITELLM_BASE_URL": server.url, "LITELLM_API_KEY": "sk-0123456789", "OPENAI_API_KEY": "sk-9876543210",
        "LITELLM_PROXY_API_KEY": "sk-abcdefghij", "OTHER": "kept",
      ])
    #expect(result.status == 0, "\(result)")
    let seen = String(decoding: try folder.read("seen"), as: UTF8.self)
    #expect(result.text.replacing(#""verdict":{"accept":true},"#, with: "") == seen)
    let variables = String(decoding: try folder.read("variables"), as: UTF8.self)
    #expect(variables.contains("OTHER=kept\n") && variables.contains("LITELLM_BASE_URL="), "\(variables)")
    #expect(!variables.contains("API_KEY"), "\(variables)")
    // Three of its own, and the folder that ls reads: none of libcurl's.
    #expect(try folder.read("descriptors") == Array("4\n".utf8))
    #expect(try folder.read("group") == folder.read("id"))
    let piped = try CompleteTests.run(
      server, ["--check", "trap 'exit 0' PIPE; kill -PIPE $$; exit 3"], Self.task)
    #expect(piped.status == 0, "\(piped)")
  }

  @Test("secrets that a check prints are masked")
  func secrets() throws {
    let result = try CompleteTests.run(
      try Self.server(), ["--check", "echo \(CompleteTests.key); exit 1", "--repair", "0"], Self.task)
    #expect(result.status == 1 && !result.text.contains(CompleteTests.key), "\(result)")
    #expect(!result.errors.contains(CompleteTests.key), "\(result)")
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

  @Test("a budget that is spent ends the repairs: the answer stays, and the exit status is the budget's")
  func budget() throws {
    let result = try CompleteTests.run(
      try Self.server(), ["--check", "echo no; exit 1", "--repair", "9", "--max-tokens-total", "12"], Self.task)
    #expect(result.status == 75, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(record["text"] as? String == "a3", "\(result)")
    #expect((record["verdict"] as? [String: Any])?["accept"] as? Bool == false, "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == "budget", "\(result)")
  }

  @Test("a signal ends the checks: what was judged is written, the rest is cancelled", arguments: ["INT", "TERM"])
  func signal(_ name: String) throws {
    let folder = try TestFolder()
    try folder.write("in", text: (1...4).map { "{\"id\":\($0),\"user\":\"t\($0)\",\"model\":\"a\"}\n" }.joined())
    // Whoever hangs has said so, and does not hear.
    try folder.write(
      "check",
      text: """
        #!/bin/sh
        grep -q '"id":1,' && exit 0
        trap '' TERM; echo $$ >> hanging; while :; do sleep 9; done

        """)
    let script = """
      mkfifo hanging; chmod +x check; set -m
      hg-complete -j 1 --check ./check --check-jobs 2 < in > out 2> err & pid=$!
      exec 3<> hanging; read -rt 60 one <&3; read -rt 60 two <&3; kill -\(name) $pid; status=0; wait $pid || status=$?
      echo $status
      # Where nobody takes care of orphans they stay as zombies.
      for p in $one $two; do grep -q '^State:.[^ZX]' /proc/$p/status 2> /dev/null && echo alive; done; cat out
      """
    let server = try Self.server()
    let result = try folder.shell(script, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.lines.first == (name == "INT" ? "130" : "143"), "\(result)")
    #expect(!result.lines.contains("alive"), "\(result)")
    let records = try result.lines.dropFirst().map(CompleteTests.object)
    #expect(records.map { $0["id"] as? Int } == [1, 2, 3, 4], "\(result)")
    #expect(
      records.map { ($0["error"] as? [String: Any])?["kind"] as? String } == [nil]
        + [String](repeating: "cancelled", count: 3))
    #expect(records.allSatisfy { $0["text"] is String }, "\(result)")
  }

  @Test("at most --check-jobs run at once, and reading and asking go on")
  func jobs() throws {
    let folder = try TestFolder()
    let server = try Self.server()
    try folder.write("in", text: (1...40).map { "{\"id\":\($0),\"user\":\"t\($0)\",\"model\":\"a\"}\n" }.joined())
    // Each check counts those beside it under a lock, and waits until all records have been asked: more would show.
    let check = """
      exec 9> lock; flock 9; n=$(cat running 2> /dev/null || echo 0); echo $((n + 1)) > running; echo $((n + 1)) >> seen
      exec 9>&-; exec 9> lock; flock 9; n=$(cat running); echo $((n - 1)) > running
      """
    let result = try folder.run(
      "hg-complete", ["-j", "8", "--check", check, "--check-jobs", "3"], stdin: try folder.read("in"),
      environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0, "\(result)")
    #expect(try result.lines.map { try CompleteTests.object($0)["id"] as? Int } == (1...40).map { $0 }, "\(result)")
    let seen = String(decoding: try folder.read("seen"), as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
    #expect(seen.count == 40 && seen.allSatisfy { (1...3).contains($0) }, "\(seen)")
  }

  // MARK: --fail-on

  struct Ended: Sendable {
    let content: String
    let reason: String
    let failOn: String?
    let kind: String?
  }

  static let ends: [Ended] = [
    Ended(content: #""half""#, reason: "length", failOn: nil, kind: nil),
    Ended(content: #""half""#, reason: "length", failOn: "length", kind: "length"),
    Ended(content: #""half""#, reason: "content_filter", failOn: nil, kind: "refused"),
    Ended(content: #""half""#, reason: "content_filter", failOn: "empty, length", kind: nil),
    Ended(content: "null", reason: "content_filter", failOn: "content_filter", kind: "refused"),
    Ended(content: "null", reason: "stop", failOn: nil, kind: "empty_answer"),
    Ended(content: #"" ""#, reason: "length", failOn: "length", kind: "length"),
    Ended(content: #"" ""#, reason: "length", failOn: "empty,length", kind: "empty_answer"),
    Ended(content: "null", reason: "stop", failOn: "length", kind: nil),
    Ended(content: "null", reason: "content_filter", failOn: "none", kind: nil),
  ]

  @Test(arguments: ends, [false, true])
  func whatCountsAsNoAnswerGoesToTheNextModel(_ row: Ended, streams: Bool) throws {
    let server = try ScriptedServer { request, connection in
      let isFirst = request.text.contains(#""model":"a""#)
      let (content, reason) = isFirst ? (row.content, row.reason) : (#""whole""#, "stop")
      if streams {
        connection.respond(
          200,
          "data: {\"choices\":[{\"delta\":{\"content\":\(content)},\"finish_reason\":\"\(reason)\"}]}\n\ndata: [DONE]\n\n",
          headers: ["Content-Type: text/event-stream"])
      } else {
        connection.respond(
          200, #"{"choices":[{"message":{"content":\#(content)},"finish_reason":"\#(reason)"}]}"#)
      }
    }
    let options = (row.failOn.map { ["--fail-on", $0] } ?? []) + (streams ? ["--stream"] : [])
    let result = try CompleteTests.run(server, options, Self.task)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(Self.attempts(record) == (row.kind.map { "a:\($0) b:" } ?? "a:"), "\(result)")
    #expect(record["text"] is String && record["verdict"] == nil, "\(result)")
    // Alone it is an error, and what came of it stays.
    let alone = try CompleteTests.run(server, options, #"{"user":"t","model":"a"}"# + "\n")
    #expect(alone.status == (row.kind == nil ? 0 : 1), "\(alone)")
    if row.content.hasPrefix(#""half"#) {
      #expect(try CompleteTests.object(alone.lines[0])["text"] as? String == "half", "\(alone)")
    }
  }

  @Test(arguments: [
    ["--fail-on", "empty,nothing"], ["--fail-on", ""], ["--fail-on", "none,empty"], ["--check", ""],
    ["--check", "true", "--deltas"], ["--repair", "101"], ["--check-jobs", "0"], ["--check-timeout", "0"],
  ])
  func wrongUsage(_ options: [String]) throws {
    let result = try CompleteTests.run(try Self.server(), options, Self.task)
    #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(options[0]), "\(result)")
    if options[0] == "--fail-on" { #expect(result.errors.contains("empty, length, content_filter"), "\(result)") }
  }
}

/// Counts by a word, from any thread.
final class Counter: @unchecked Sendable {
  // Used under the lock only.
  private var counts: [String: Int] = [:]
  private let lock = NSLock()

  func next(_ word: String) -> Int {
    lock.withLock {
      counts[word, default: 0] += 1
      return counts[word] ?? 0
    }
  }
}
