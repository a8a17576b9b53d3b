import Foundation
import TestSupport
import Testing

/// What the examples make of everything that goes wrong around them. They share lib.sh: no stage fails unseen, and each
/// record comes out once.
@Suite struct ExamplesFaultTests {
  // MARK: Script by fault

  /// What stands on stdout when there is no answer.
  enum Remains: Sendable {
    case nothing
    case one(String)
    case begins(String)
  }

  struct Script: Sendable, CustomTestStringConvertible {
    let command: String
    var stdin = ""
    /// What the model says when all is well; what must then be on stdout.
    let answer: String
    let good: String
    /// What is left of it when the model cannot answer, and when the settings are wrong.
    let remains: Remains
    var refused: Remains?
    var testDescription: String { command }
  }

  static let task = "# Title of it\n\n## Task\n\nDo it now.\n\n## Acceptance\n\n- one\n"
  static let scripts = [
    Script(
      command: "classify.sh a,b", stdin: #"{"id":1,"user":"u"}"# + "\n", answer: "b",
      good: #"{"id":1,"user":"u","label":"b","label_by":"model"}"#,
      remains: .one(#"{"id":1,"user":"u","label":"a","label_by":"default"}"#)),
    Script(
      command: "elaborate.sh", stdin: "an idea\r\n", answer: task,
      good: #""title":"Title of it","user":"Do it now.","acceptance":["one"],"skill":"task","elaborated":true}"#,
      remains: .one(
        #"{"id":"an-idea","title":"an idea","user":"an idea","acceptance":[],"skill":"task","elaborated":false}"#)),
    Script(command: "commit-message.sh", answer: "Add it", good: "Add it\n", remains: .nothing),
    Script(command: "release-notes.sh", answer: "## New", good: "## New\n", remains: .nothing),
    Script(
      command: "pr-review.sh v1", answer: "No faults.", good: "### `a.txt`\n\nNo faults.\n",
      remains: .begins("<!-- hyperguild review -->\n### `a.txt`\n\nNot reviewed: "), refused: .nothing),
    Script(
      command: "ci-triage.sh job.log", answer: "## H\na\nb\nc\nAcceptance criteria:\n- [ ] d", good: "## H\na\n",
      remains: .begins("## Failed job: job.log\n\n- Symptom")),
    Script(command: "summarise.sh day", answer: "It went well.", good: "It went well.\n", remains: .nothing),
    Script(
      command: "fan-out.sh", stdin: #"{"id":1,"user":"u"}"# + "\n", answer: "Yes.", good: #""security":"Yes.""#,
      remains: .one(
        #"{"id":1,"user":"u","lenses":{},"failed":["correctness","cost","operations","security","users"]}"#)),
    Script(
      command: "judge.sh", stdin: #"{"id":1,"user":"u"}"# + "\n", answer: "ACCEPT", good: #""verdict":{"accept":true"#,
      remains: .begins(#"{"id":1,"user":"u""#), refused: .nothing),
    Script(command: "bin/skill debug --error boom", answer: "## 1. It", good: "## 1. It\n", remains: .nothing),
    Script(command: "learn.sh", answer: "Nothing new.", good: "", remains: .nothing),
  ]

  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int32
    var environment: [String: String] = [:]
    /// What the server answers; nil: with the text.
    var http: (status: Int, body: String)?
    var headers: [String] = []
    /// Around the text; nil: the good one.
    var text: (@Sendable (String) -> String)?
    var testDescription: String { name }
  }

  static let faults = [
    Fault(name: "thinking in front of the answer", status: 0, text: { "<think>\nhm, b\n</think>\n\n" + $0 }),
    Fault(name: "thinking, and no answer", status: 1, text: { _ in "<think>\nhm" }),
    Fault(name: "an empty answer", status: 1, text: { _ in "" }),
    Fault(name: "a refused request", status: 1, http: (400, #"{"error":{"message":"no such thing"}}"#)),
    Fault(name: "a refused key", status: 77, http: (401, #"{"error":{"message":"wrong key"}}"#)),
    Fault(
      name: "a rate limit", status: 75, http: (429, #"{"error":{"message":"slow down"}}"#),
      headers: ["x-should-retry: false"]),
    Fault(name: "no server", status: 69, environment: ["LITELLM_BASE_URL": "http://127.0.0.1:1"]),
    Fault(name: "a URL without scheme", status: 78, environment: ["LITELLM_BASE_URL": "koala:4000"]),
    Fault(
      name: "a first stage that fails", status: 78,
      environment: ["HYPERGUILD_ROUTE_LOCAL_FLOOR": "0.1", "HYPERGUILD_ROUTE_LOCAL_CEIL": "0.9"]),
    Fault(name: "settings that are no JSON", status: 78, environment: ["HYPERGUILD_RECORD": "{bad"]),
    Fault(name: "settings that are two values", status: 78, environment: ["HYPERGUILD_RECORD": "{} {}"]),
  ]

  /// A repository with a tag, a commit since then, something staged, a job's log, and a session.
  static func prepared(_ server: ScriptedServer) throws -> (TestFolder, [String: String]) {
    let folder = try TestFolder()
    let environment = [
      "EXAMPLES": examples, "LITELLM_BASE_URL": server.url, "HYPERGUILD_BRAIN_DIR": folder.file("brain"),
    ]
    let done = try folder.shell(
      """
      mkdir repo; cd repo; git init -q -b main; git config user.email t@example.org; git config user.name T
      echo a >a.txt; git add .; git commit -qm "Add a"; git tag v1; echo b >>a.txt; git commit -qam "Add b"
      echo c >c.txt; git add .; echo boom >job.log
      echo '{"session_id":"day","skill":"qa","user":"u","text":"t"}' | hg-log --full >/dev/null
      """, environment: environment)
    #expect(done.status == 0, "\(done)")
    return (folder, environment)
  }

  @Test(arguments: scripts, faults)
  func aFailureIsNoSuccessAndLosesNothing(script: Script, fault: Fault) throws {
    let server = try ScriptedServer { request, connection in
      if let http = fault.http { return connection.respond(http.status, http.body, headers: fault.headers) }
      connection.answer(fault.text?(script.answer) ?? script.answer)
    }
    let (folder, environment) = try Self.prepared(server)
    let result = try folder.shell(
      "cd repo; exec \"$EXAMPLES\"/\(script.command)", text: script.stdin,
      environment: environment.merging(fault.environment) { $1 })
    #expect(result.status == fault.status, "\(result)")
    guard fault.status != 0 else {
      #expect(script.good.isEmpty ? result.output.isEmpty : result.text.contains(script.good), "\(result)")
      // The record of judge.sh keeps what was taken off.
      #expect(!result.text.contains("<think>") || result.text.contains(#""stripped":["<think>"#), "\(result)")
      return
    }
    switch fault.environment["HYPERGUILD_RECORD"] == nil ? script.remains : script.refused ?? script.remains {
    case .nothing: #expect(result.output.isEmpty, "\(result)")
    case .one(let line): #expect(result.text == line + "\n", "\(result)")
    case .begins(let text): #expect(result.text.hasPrefix(text), "\(result)")
    }
    #expect(!result.errors.isEmpty, "\(result)")
  }

  // MARK: Lines that are no records

  struct Filter: Sendable, CustomTestStringConvertible {
    let command: String
    let good: String
    var testDescription: String { command }
  }

  @Test(arguments: [
    Filter(command: "classify.sh a,ACCEPT", good: #""label":"ACCEPT""#),
    Filter(command: "fan-out.sh", good: "\"lenses\""),
    Filter(command: "judge.sh", good: #""accept":true"#),
  ])
  func whatFollowsALineThatIsNoRecordIsNotLost(filter: Filter) throws {
    let server = try ScriptedServer { _, connection in connection.answer("ACCEPT") }
    let (folder, environment) = try Self.prepared(server)
    let deep = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
    let bad = ["not json", "[1]", "\"x\"", "{\"user\":", "{} {}", deep]
    var input: [String] = []
    for (number, line) in bad.enumerated() { input += ["{\"id\":\(number),\"user\":\"u\"}", line, ""] }
    let result = try folder.shell(
      "\"$EXAMPLES\"/\(filter.command)", text: input.joined(separator: "\n"), environment: environment)
    #expect(result.status == 1 && result.lines.count == 2 * bad.count, "\(result)")
    for (number, line) in bad.enumerated() where 2 * number + 1 < result.lines.count {
      let good = result.lines[2 * number]
      #expect(good.contains("\"id\":\(number),") && good.contains(filter.good), "\(good)")
      let error = try object(result.lines[2 * number + 1])
      #expect(error["raw"] as? String == line, "\(result)")
      #expect((error["error"] as? [String: Any])?["line"] as? Int == 3 * number + 2, "\(result)")
    }
    #expect(result.errors.contains("stdin:2: not a JSON object"), "\(result)")
  }

  @Test(arguments: ["classify.sh a,b", "elaborate.sh", "fan-out.sh", "judge.sh", "parallel.sh"])
  func aTerminalIsNotWaitedFor(command: String) throws {
    let result = try TestFolder().shell(
      "script -qec \"$EXAMPLES/\(command)\" /dev/null </dev/null", environment: ["EXAMPLES": examples])
    #expect(result.status == 64 && result.text.contains("nothing on stdin"), "\(result)")
  }

  /// A stage that is killed in the middle takes records along: they come out as they went in.
  @Test func aStageThatIsKilledLosesNothing() throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains("u3") { return connection.waitForEnd() }
      connection.answer("b")
    }
    let (folder, environment) = try Self.prepared(server)
    try folder.write(
      "bin/hg-complete",
      text: """
        #!/bin/sh
        head -n 2 | "\(programDirectory)/hg-complete" "$@"
        kill -KILL $$
        """)
    let input = (1...5).map { "{\"id\":\($0),\"user\":\"u\($0)\"}\n" }.joined()
    let result = try folder.shell(
      "chmod +x bin/*; PATH=$PWD/bin:$PATH; \"$EXAMPLES/classify.sh\" a,b", text: input, environment: environment)
    #expect(result.status == 137, "\(result)")
    let labels =
      ["b\",\"label_by\":\"model", "b\",\"label_by\":\"model"]
      + Array(repeating: "a\",\"label_by\":\"default", count: 3)
    #expect(
      result.lines == labels.enumerated().map { "{\"id\":\($0 + 1),\"user\":\"u\($0 + 1)\",\"label\":\"\($1)\"}" },
      "\(result)")
  }

  // MARK: Git, MCP, notes

  @Test(arguments: ["commit-message.sh", "release-notes.sh", "pr-review.sh v1"])
  func whatGitSaysIsShown(command: String) throws {
    let result = try TestFolder().shell(
      "git init -q .; echo '[bad' >>.git/config; exec \"$EXAMPLES\"/\(command)", environment: ["EXAMPLES": examples])
    #expect(result.status == 66 && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains("fatal: bad config line"), "\(result)")
  }

  @Test func aShallowCloneIsExplained() throws {
    let result = try TestFolder().shell(
      """
      git init -q -b main .; git config user.email t@example.org; git config user.name T
      git commit -q --allow-empty -m a; git checkout -q --orphan b; git commit -q --allow-empty -m b
      exec "$EXAMPLES/pr-review.sh" main
      """, environment: ["EXAMPLES": examples])
    #expect(result.status == 66 && result.errors.contains("no merge base"), "\(result)")
    #expect(result.errors.contains("git fetch --unshallow"), "\(result)")
  }

  @Test func aNoteThatCannotBeWrittenIsNamed() throws {
    let server = try ScriptedServer { _, connection in connection.answer(ExamplesCronTests.good) }
    let (folder, environment) = try Self.prepared(server)
    let result = try folder.shell("echo x >brain/knowledge; exec \"$EXAMPLES/learn.sh\"", environment: environment)
    #expect(result.status != 0 && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains("learn.sh: "), "\(result)")
  }

  @Test(arguments: ["brain_query", "brain_write", "session_log", "tier"])
  func aToolWhoseProgramSaysNothingFails(tool: String) throws {
    let folder = try TestFolder()
    for program in ["hg-brain", "hg-log", "hg-route"] { try folder.write("bin/\(program)", text: "#!/bin/sh\n") }
    let script = "chmod +x bin/*; PATH=$PWD/bin:$PATH; exec \"$EXAMPLES/bin/mcp-tool\" \(tool)"
    for text in ["{}", "", "{} {}", "[]"] {
      let result = try folder.shell(script, text: text, environment: ["EXAMPLES": examples])
      #expect(result.status == (text == "{}" ? 74 : 64) && result.output.isEmpty, "\(result)")
      #expect(result.errors.hasPrefix("mcp-tool: "), "\(result)")
    }
  }

  // MARK: make and cron

  @Test func anAnswerOfMakeIsWholeOrNotThere() throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains("think") { return connection.answer("<think>hm") }
      if request.text.contains("wrong") { return connection.respond(401, "{}") }
      connection.answer("<think>hm</think>yes")
    }
    let folder = try TestFolder()
    for name in ["good$(touch${IFS}pwned)'", "think", "wrong"] { try folder.write("prompts/\(name).txt", text: name) }
    let result = try folder.shell(
      "! make -k -f \"$EXAMPLES/batch.mk\" >/dev/null; grep -r . prompts --include '*.md' --include '*.new'",
      environment: ["EXAMPLES": examples, "LITELLM_BASE_URL": server.url])
    #expect(result.text == "prompts/good$(touch${IFS}pwned)'.md:yes\n", "\(result)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("pwned")))
  }

  @Test func cronHearsOfAJobThatDiedInSilence() throws {
    let folder = try TestFolder()
    try folder.write("job", text: "#!/bin/sh\n[ -n \"$QUIET\" ] || kill -KILL $$\n")
    let script = "chmod +x job; exec \"$EXAMPLES/bin/cron-run\" \"$PWD/job\""
    let died = try folder.shell(script, environment: ["EXAMPLES": examples])
    #expect(died.status == 137 && died.errors.hasSuffix("cron-run: job ended with status 137\n"), "\(died)")
    let well = try folder.shell(script, environment: ["EXAMPLES": examples, "QUIET": "1"])
    #expect(well.status == 0 && well.output.isEmpty && well.errors.isEmpty, "\(well)")
  }

  @Test(arguments: [("err", 1), ("key", 77)])
  func parallelEndsAsItsStages(model: String, status: Int) throws {
    let server = try ScriptedServer { request, connection in
      request.text.contains("\"err\"") ? connection.respond(400, "{}") : connection.respond(401, "{}")
    }
    let folder = try TestFolder()
    let result = try folder.shell(
      "BLOCK=1 exec \"$EXAMPLES/parallel.sh\"",
      text: (1...3).map { "{\"id\":\($0),\"user\":\"u\",\"model\":\"\(model)\"}\n" }.joined(),
      environment: ["EXAMPLES": examples, "LITELLM_BASE_URL": server.url])
    #expect(result.status == Int32(status) && result.lines.count == 3, "\(result)")
  }
}
