import Foundation
import TestSupport
import Testing

/// The scripts around the pipeline, against the real proxy: what they make of an answer.
@Suite struct ExamplesScriptTests {
  // MARK: judge.sh

  static let tasks = (1...3).map { "{\"id\":\($0),\"skill\":\"qa\",\"user\":\"Is \($0) odd?\",\"x\":1e2}\n" }.joined()

  @Test func acceptedAnswersAreNotAskedAgain() throws {
    let result = try ExampleRun().run("judge.sh", text: Self.tasks, ["JUDGE_MODEL": "canned-accept"])
    #expect(result.status == 0, "\(result)")
    let records = try result.lines.map(object)
    #expect(records.map { $0["id"] as? Int } == [1, 2, 3], "\(result)")
    for record in records {
      #expect((record["verdict"] as? [String: Any])?["accept"] as? Bool == true, "\(result)")
      #expect((record["attempts"] as? [Any])?.count == 1 && record["place"] == nil, "\(result)")
    }
  }

  @Test func rejectedAnswersGoToTheNextModelWithTheFeedback() throws {
    let run = try ExampleRun()
    let result = try run.run("judge.sh", text: Self.tasks, ["JUDGE_MODEL": "canned-reject"])
    #expect(result.status == 1, "a task that stays rejected: \(result)")
    for record in try result.lines.map(object) {
      let asked = (record["attempts"] as? [[String: Any]] ?? []).map { $0["model"] as? String }
      #expect(asked == ["qwen35", "claude-sonnet-4-6"], "\(result)")
      #expect((record["user"] as? String)?.contains("it does not say which file") == true, "\(result)")
      #expect((record["verdict"] as? [String: Any])?["accept"] as? Bool == false, "\(result)")
    }
    // What the judge said of the first answers has taught the router.
    let rates = try run.shell("hg-log pass-rate --skill qa --by skill,model")
    #expect(rates.lines.contains { $0.contains(#""model":"qwen35","pass":0,"fail":3"#) }, "\(rates)")
  }

  /// A judge that answers something else leaves its opinion open; one that cannot be asked is a failure.
  @Test(arguments: [("canned-nothing", 0), ("broken-local", 1)] as [(String, Int32)])
  func aJudgeThatSaysNothingUsefulGivesNoVerdict(judge: String, status: Int32) throws {
    let result = try ExampleRun().run("judge.sh", text: Self.tasks, ["JUDGE_MODEL": judge])
    #expect(result.status == status && result.lines.count == 3, "\(result)")
    #expect(result.errors.contains("judge.sh: the judge gave no verdict on 3 of 3 answers"), "\(result)")
    for record in try result.lines.map(object) {
      #expect(record["verdict"] == nil && record["text"] is String && record["error"] == nil, "\(result)")
    }
    let prompt = try String(contentsOfFile: "\(examples)/skills/judge.md", encoding: .utf8)
    #expect(prompt.contains("ACCEPT\n") && prompt.contains("REJECT: "))
  }

  // MARK: verdict.sh

  struct Outcome: Sendable {
    let command: [String]
    let status: Int32
    let pass: Int
    let fail: Int
  }

  static let outcomes = [
    Outcome(command: ["true"], status: 0, pass: 1, fail: 0),
    Outcome(command: ["sh", "-c", "exit 3"], status: 3, pass: 0, fail: 1),
    Outcome(command: ["no-such-command"], status: 127, pass: 0, fail: 0),
    Outcome(command: ["sh", "-c", "kill -TERM $$"], status: 143, pass: 0, fail: 0),
  ]

  @Test(arguments: outcomes)
  func anExitStatusIsAVerdict(outcome: Outcome) throws {
    let run = try ExampleRun()
    let logged = try run.shell(
      "hg-log >/dev/null", text: #"{"session_id":"s $(x)","id":"1","skill":"qa","text":"a"}"# + "\n")
    #expect(logged.status == 0, "\(logged)")
    let result = try run.run("verdict.sh", ["--session", "s $(x)", "--id", "1"] + outcome.command)
    #expect(result.status == outcome.status, "\(result)")
    let rate = try object(try run.shell("hg-log pass-rate --skill qa").text)
    #expect(rate["pass"] as? Int == outcome.pass && rate["fail"] as? Int == outcome.fail, "\(rate)")
  }

  // MARK: Git

  @Test func commitMessageIsAboutWhatIsStaged() throws {
    let run = try ExampleRun()
    try run.repository()
    let result = try run.run("commit-message.sh", model: "canned-summary")
    #expect(result.status == 0 && result.text.hasPrefix("All is done."), "\(result)")
    let real = try run.run("commit-message.sh")
    #expect(real.status == 0 && !real.output.isEmpty && real.errors.isEmpty, "\(real)")
    let nothing = try run.shell("git commit -qm done; exec \"$EXAMPLES/commit-message.sh\"")
    #expect(nothing.status == 66 && nothing.errors.contains("nothing is staged"), "\(nothing)")
  }

  @Test func releaseNotesCoverARange() throws {
    let run = try ExampleRun()
    try run.repository()
    _ = try run.shell("git commit -qm 'Add b'")
    let result = try run.run("release-notes.sh", model: "canned-summary")
    #expect(result.status == 0 && !result.output.isEmpty, "\(result)")
    #expect(try run.run("release-notes.sh", ["v1..v1"]).status == 66)
    #expect(try run.run("release-notes.sh", ["--output=pwned"]).status == 64)
    #expect(!FileManager.default.fileExists(atPath: run.folder.file("pwned")))
  }

  @Test func pullRequestIsReviewedFileByFile() throws {
    let run = try ExampleRun()
    try run.repository()
    _ = try run.shell("git commit -qm 'Add b'")
    let result = try run.run("pr-review.sh", ["main", "HEAD"], model: "canned-summary")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(result.text.hasPrefix("<!-- hyperguild review -->\n"), "\(result)")
    for name in ["a.txt", "$(touch pwned) x.txt", "new\nline"] {
      #expect(result.text.contains("### `\(name)`\n"), "\(result)")
    }
    #expect(result.text.hasSuffix("Advice, not a gate.\n"), "\(result)")
    #expect(!FileManager.default.fileExists(atPath: run.folder.file("pwned")))
    let same = try run.run("pr-review.sh", ["HEAD"])
    #expect(same.status == 0 && same.text.contains("Nothing to review"), "\(same)")
    let failed = try run.run("pr-review.sh", ["main"], model: "broken-local")
    #expect(failed.status == 1 && failed.text.contains("Not reviewed: "), "\(failed)")
    #expect(try run.run("pr-review.sh", ["--output=pwned"]).status == 66)
  }

  // MARK: ci-triage.sh

  @Test func triageHasSixToTwelveLines() throws {
    let run = try ExampleRun()
    try run.repository()
    try run.folder.write("job.log", [0xFF, 0xFE] + Array("error: $(touch pwned)\n".utf8))
    let result = try run.run("ci-triage.sh", ["job.log"], model: "canned-triage")
    #expect(result.status == 0 && result.text.hasPrefix("## Failed job: test"), "\(result)")
    #expect(!FileManager.default.fileExists(atPath: run.folder.file("pwned")))
  }

  @Test(arguments: ["canned-nothing", "broken-local", "qwen35"])
  func triagePrintsItsTemplateAndSaysThatItIsNone(model: String) throws {
    let run = try ExampleRun()
    try run.folder.write("job.log", text: "error: no\n")
    let result = try run.run(
      "ci-triage.sh", ["job.log", "/nowhere"], ["HYPERGUILD_RECORD": #"{"model":"\#(model)","max_tokens":8}"#])
    #expect(result.status == 1 && result.text.hasPrefix("## Failed job: job.log"), "\(result)")
    #expect(result.text.contains("Acceptance criteria:"), "\(result)")
  }

  @Test(arguments: [["nope.log"], [], [""]])
  func triageWithoutALogIsTheTemplate(arguments: [String]) throws {
    let result = try ExampleRun().run("ci-triage.sh", arguments)
    #expect(result.status == 66 && result.text.contains("Acceptance criteria:"), "\(result)")
    #expect(result.errors.contains("no log to read"), "\(result)")
  }

  // MARK: classify.sh, elaborate.sh, summarise.sh, fan-out.sh

  @Test(arguments: [
    ("canned-label", "feature", "model", 0), ("canned-nothing", "question", "default", 0),
    ("broken-local", "question", "default", 1),
  ])
  func labelsComeFromTheList(model: String, label: String, by: String, status: Int) throws {
    let result = try ExampleRun().run(
      "classify.sh", ["bug,feature,question", "question"], text: #"{"id":7,"user":"x","keep":[1]}"# + "\n",
      ["CLASSIFY_MODEL": model])
    #expect(result.status == Int32(status), "\(result)")
    #expect(
      result.text == #"{"id":7,"user":"x","keep":[1],"label":"\#(label)","label_by":"\#(by)"}"# + "\n", "\(result)")
  }

  @Test func ideasBecomeTasks() throws {
    let run = try ExampleRun()
    let idea = "retry \"uploads\" that $(time out)\n\n"
    let good = try object(try run.run("elaborate.sh", text: idea, model: "canned-task").text)
    #expect(good["elaborated"] as? Bool == true && (good["acceptance"] as? [String])?.count == 2, "\(good)")
    #expect(good["title"] as? String == "Retry uploads that time out", "\(good)")
    for model in ["canned-nothing", "broken-local"] {
      let result = try run.run("elaborate.sh", text: idea, model: model)
      #expect(result.status == 1 && result.errors.contains("1 of 1 not elaborated"), "\(result)")
      let plain = try object(result.text)
      #expect(plain["elaborated"] as? Bool == false, "\(plain)")
      #expect(plain["user"] as? String == "retry \"uploads\" that $(time out)", "\(plain)")
      #expect(plain["id"] as? String == "retry-uploads-that-time-out", "\(plain)")
    }
  }

  @Test func summarySectionWinsOverTheModel() throws {
    let run = try ExampleRun()
    _ = try run.shell(
      #"jq -nc '{session_id: "a", skill: "x", user: "u", text: "Done.\n\n## Summary\nIt works.\n\n## Next\nNo."}' "#
        + #"| hg-log --full >/dev/null; echo '{"session_id":"b","skill":"x","text":"Done."}' | hg-log --full > /dev/null"#
    )
    #expect(try run.run("summarise.sh", ["a"], model: "broken-local").text == "It works.\n")
    #expect(try run.run("summarise.sh", ["b"], model: "canned-accept").text == "ACCEPT\n")
    let failed = try run.run("summarise.sh", ["b"], model: "broken-local")
    #expect(failed.status == 1 && failed.output.isEmpty && failed.errors.contains("no answer: "), "\(failed)")
    let nothing = try run.run("summarise.sh", ["none"], model: "canned-accept")
    #expect(nothing.status == 0 && nothing.output.isEmpty, "\(nothing)")
  }

  @Test func lensesAreJoinedById() throws {
    let lenses = ["correctness", "cost", "operations", "security", "users"]
    let run = try ExampleRun()
    let questions = #"{"id":"b","user":"Cache it?"}"# + "\n" + #"{"id":"a","user":"Drop it?"}"# + "\n"
    let result = try run.run("fan-out.sh", text: questions)
    let answers = try result.lines.map(object)
    #expect(answers.map { $0["id"] as? String } == ["b", "a"], "\(result)")
    for answer in answers {
      #expect((answer["lenses"] as? [String: String])?.keys.sorted() == lenses, "\(result)")
      #expect((answer["failed"] as? [String]) == [], "\(result)")
    }
    let broken = try run.run("fan-out.sh", text: questions, model: "broken-local")
    #expect(broken.status == 1, "\(broken)")
    let failed = try object(broken.lines[0])
    #expect(failed["failed"] as? [String] == lenses, "\(failed)")
  }
}
