import Foundation
import TestSupport
import Testing

/// bin/skill and its prompts, against the real proxy.
@Suite struct ExamplesSkillTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let skill: String
    let phase: String
    /// The prompts behind protocol.md, without `.md`.
    let prompt: String
    /// What must stand in the task.
    let holds: [String]
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let cases = [
    Case(
      arguments: ["review", "a.txt", "sub/odd $(x).txt"], skill: "review", phase: "review", prompt: "review",
      holds: [
        "<file path=\"a.txt\">\n1| first\n2| second\n</file>", "<file path=\"sub/odd $(x).txt\">\n1| `touch pwned`\n",
      ]),
    Case(
      arguments: ["debug", "--error", "it $(broke)\n\"so\"", "--context", "on Tuesdays"], skill: "debug",
      phase: "debug",
      prompt: "debug", holds: ["## Error\n\nit $(broke)\n\"so\"\n\n", "## Context\n\non Tuesdays"]),
    Case(
      arguments: ["spec", "--requirements", "-", "a.txt"], skill: "spec", phase: "spec", prompt: "spec",
      holds: ["## Requirements\n\nfrom stdin\n", "1| first"]),
    Case(
      arguments: ["tdd", "red", "--spec", "a.txt"], skill: "tdd", phase: "red", prompt: "tdd-red",
      holds: ["## Specification\n\nfirst\nsecond"]),
    Case(
      arguments: ["tdd", "green", "--test", "a.txt"], skill: "tdd", phase: "green", prompt: "tdd-green",
      holds: ["<file path=\"a.txt\">"]),
    Case(
      arguments: ["tdd", "refactor", "--test", "a.txt", "--impl", "sub/odd $(x).txt"], skill: "tdd", phase: "refactor",
      prompt: "tdd-refactor", holds: ["<file path=\"a.txt\">", "<file path=\"sub/odd $(x).txt\">"]),
    Case(
      arguments: ["retrospective", "--session", "old"], skill: "retrospective", phase: "retrospective",
      prompt: "retrospective", holds: ["## Session log", "an answer of old"]),
    Case(
      arguments: ["trainer", "--session", "old"], skill: "trainer", phase: "reader", prompt: "trainer-reader",
      holds: ["## Session log", "an answer of old"]),
  ]

  static func prepared() throws -> ExampleRun {
    let run = try ExampleRun()
    try run.folder.write("a.txt", text: "first\nsecond\n")
    try run.folder.write("sub/odd $(x).txt", text: "`touch pwned`\n")
    let logged = try run.shell(
      "hg-log --full >/dev/null",
      text: #"{"session_id":"old","skill":"qa","user":"q","text":"an answer of old"}"# + "\n")
    #expect(logged.status == 0, "\(logged)")
    return run
  }

  @Test(arguments: cases)
  func buildsTheRecord(example: Case) throws {
    let run = try Self.prepared()
    let result = try run.run("bin/skill", example.arguments + ["--dry-run"], text: "from stdin\n")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let record = try object(result.text)
    #expect(record["skill"] as? String == example.skill && record["phase"] as? String == example.phase)
    let prompts = try ["protocol", example.prompt].map {
      try String(contentsOfFile: "\(examples)/skills/\($0).md", encoding: .utf8)
    }
    #expect(record["system"] as? String == prompts.joined(separator: "\n"))
    let user = record["user"] as? String ?? ""
    for part in example.holds { #expect(user.contains(part), "\(user)") }
    #expect(!FileManager.default.fileExists(atPath: run.folder.file("pwned")))
  }

  @Test func realModelAnswersAndTheSessionRemembers() throws {
    let run = try Self.prepared()
    let noted = try run.folder.run(
      "hg-brain", ["write", "--in", "text", "--title", "The flux capacitor"],
      text: "The flux capacitor overheats at 88 mph.", environment: run.environment)
    #expect(noted.status == 0, "\(noted)")
    let arguments = ["debug", "--error", "flux capacitor overheats", "--session", "s1"]
    let first = try run.run("bin/skill", arguments + ["--json"])
    #expect(first.status == 0 && first.lines.count == 1, "\(first)")
    let answer = try object(first.text)
    #expect(Set(answer.keys) == ["text", "model_used", "duration_ms", "session_id", "id"], "\(first)")
    #expect(answer["model_used"] as? String == "qwen35", "\(first)")
    let next = try run.run("bin/skill", arguments + ["--dry-run"])
    let user = try object(next.text)["user"] as? String ?? ""
    let places = ["## Relevant knowledge", "88 mph", "## Session history", "debug/debug: ok", "## Error"].map {
      user.range(of: $0)?.lowerBound
    }
    // Knowledge, history, task: all there, in this order.
    #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(user)")
  }

  @Test func trainerReadsThenWrites() throws {
    let run = try Self.prepared()
    let result = try run.run("bin/skill", ["trainer", "--session", "old", "--json"], model: "canned-learning")
    let answer = try object(result.text)
    #expect(answer["reader_analysis"] is String && answer["writer_output"] is String, "\(result)")
    let log = try run.shell("hg-log show | jq -r 'select(.skill == \"trainer\") | .phase, .user'")
    #expect(log.text.contains("reader\n") && log.text.contains("writer\n## Candidates"), "\(log)")
    let writer = try String(contentsOfFile: "\(examples)/skills/trainer-writer.md", encoding: .utf8)
    #expect(writer.contains("No lessons."))
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    let message: String
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let refusals = [
    Refusal(arguments: [], status: 64, message: "which skill?"),
    Refusal(arguments: ["nonsense"], status: 64, message: "no skill 'nonsense'"),
    Refusal(arguments: ["tdd", "blue"], status: 64, message: "red, green or refactor"),
    Refusal(arguments: ["review"], status: 64, message: "review needs files"),
    Refusal(arguments: ["debug"], status: 64, message: "debug needs --error"),
    Refusal(arguments: ["debug", "--error"], status: 64, message: "--error needs a value"),
    Refusal(arguments: ["debug", "--eror", "x"], status: 64, message: "no option --eror"),
    Refusal(arguments: ["review", "nope.txt"], status: 66, message: "no such file: nope.txt"),
    Refusal(arguments: ["review", "sub"], status: 66, message: "not a file that can be read: sub"),
    Refusal(arguments: ["review", "/etc/passwd"], status: 66, message: "not in the project: /etc/passwd"),
    Refusal(
      arguments: ["review", "--project", "sub", "../a.txt"], status: 66, message: "not in the project: ../a.txt"),
    Refusal(arguments: ["trainer", "--session", "none"], status: 66, message: "nothing is logged"),
    Refusal(arguments: ["debug", "--error", "x", "--model", "broken-local"], status: 1, message: "no answer: "),
  ]

  @Test(arguments: refusals)
  func saysWhyItRefuses(refusal: Refusal) throws {
    let result = try Self.prepared().run("bin/skill", refusal.arguments)
    #expect(result.status == refusal.status && result.output.isEmpty, "\(result)")
    #expect(result.errors.hasPrefix("skill: ") && result.errors.contains(refusal.message), "\(result)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
  }

  @Test func refusesMoreThanItMaySend() throws {
    let result = try Self.prepared().run("bin/skill", ["review", "a.txt"], ["SKILL_MAX_BYTES": "5"])
    #expect(result.status == 65 && result.errors.contains("larger than 5 bytes"), "\(result)")
  }
}
