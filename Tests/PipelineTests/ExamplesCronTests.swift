import Foundation
import TestSupport
import Testing

/// What cron and systemd start: nightly learning, the preflight, and putting them in place.
@Suite struct ExamplesCronTests {
  // MARK: learn.sh and learn.jq

  static func worked() throws -> ExampleRun {
    let run = try ExampleRun()
    let logged = try run.shell(
      "hg-log --full >/dev/null",
      text: #"{"session_id":"day $(touch pwned)\n1","skill":"review","user":"u","text":"found a race"}"# + "\n"
        + #"{"session_id":"day2","skill":"debug","user":"u","text":"found a leak"}"# + "\n")
    #expect(logged.status == 0, "\(logged)")
    return run
  }

  @Test func nightlyLearningWritesANoteOnce() throws {
    let run = try Self.worked()
    let first = try run.run("learn.sh", model: "canned-learning")
    #expect(first.status == 0 && first.output.isEmpty && first.errors.isEmpty, "silent for cron: \(first)")
    let again = try run.run("bin/cron-run", ["learn.sh", "1h"], model: "canned-learning")
    #expect(again.status == 0 && again.output.isEmpty && again.errors.isEmpty, "\(again)")
    let notes = try run.shell("hg-brain list | jq -c '[.title, .type, .tags]'")
    #expect(notes.lines == [#"["Ask for the lock before reading the index","learning",["retrospective"]]"#], "\(notes)")
    #expect(!FileManager.default.fileExists(atPath: run.folder.file("pwned")))
    let looks = try run.shell("hg-log show | jq -r 'select(.skill == \"retrospective\") | .user' | grep -c 'found a'")
    #expect(looks.text == "4\n", "each session was looked at, twice: \(looks)")
  }

  @Test(arguments: ["canned-nothing", "canned-leak", "canned-accept"])
  func whatDoesNotPassTheGateIsNotWritten(model: String) throws {
    let run = try Self.worked()
    let result = try run.run("learn.sh", model: model)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(try run.shell("hg-brain list 2>/dev/null || :").output.isEmpty)
  }

  @Test func sessionsThatCannotBeLookedAtAreNamed() throws {
    let result = try Self.worked().run("learn.sh", model: "broken-local")
    #expect(result.status == 1 && result.errors.split(separator: "\n").count == 2, "\(result)")
    #expect(result.errors.contains("day2") && result.errors.contains("no answer"), "\(result)")
  }

  @Test func nothingToLearnIsNoError() throws {
    let result = try ExampleRun().run("learn.sh")
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
  }

  struct Draft: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let passes: Bool
    var testDescription: String { name }
  }

  static let good = """
    # Take the lock first

    ## Learning
    Two processes that read before they lock lose one update.

    ## Context
    A missing note after two runs at the same time.

    ## Recommendation
    Take the lock, then read; a loop of two processes shows it.
    """

  static let drafts = [
    Draft(name: "good", text: good, passes: true),
    Draft(name: "with white space around it", text: "\n\n" + good + "\n\n", passes: true),
    Draft(name: "no title", text: String(good.dropFirst(24)), passes: false),
    Draft(name: "a part is missing", text: good.replacing("## Context", with: "## Contents"), passes: false),
    Draft(
      name: "a part is empty", text: good.replacing("A missing note after two runs at the same time.", with: ""),
      passes: false),
    Draft(
      name: "the form, not filled in", text: good.replacing("the lock first", with: "at most ten words"), passes: false),
    Draft(name: "nothing new", text: good + "\nNothing new.", passes: false),
    Draft(name: "a key", text: good + " sk-abcdefgh1234", passes: false),
    Draft(name: "a token", text: good + " ghp_abcdefghijklmnopqrstuvwx", passes: false),
    Draft(name: "endless", text: good + String(repeating: " and so on", count: 400), passes: false),
  ]

  @Test(arguments: drafts)
  func gate(draft: Draft) throws {
    let record = try JSONSerialization.data(withJSONObject: ["text": draft.text])
    let result = try TestFolder().run("jq", ["-c", "-f", examples + "/learn.jq"], stdin: [UInt8](record))
    #expect(result.status == 0 && result.lines.count == (draft.passes ? 1 : 0), "\(result)")
  }

  // MARK: health.sh

  @Test func healthIsSilentWhenAllIsWell() throws {
    let run = try ExampleRun()
    let result = try run.run("health.sh", ["qwen35", "claude-sonnet-4-6"])
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(result)")
    let kept = try run.shell("jq -e '.reachable and .authenticated' cache/hyperguild/health.json")
    #expect(kept.status == 0, "\(kept)")
    let routed = try run.shell(
      "hg-route --available cache/hyperguild/health.json | jq -r .model", text: #"{"user":"x"}"# + "\n")
    #expect(routed.text == "qwen35\n", "\(routed)")
  }

  struct Illness: Sendable {
    let arguments: [String]
    let environment: [String: String]
    let status: Int32
    let message: String
  }

  static let illnesses = [
    Illness(arguments: ["no-such-model"], environment: [:], status: 69, message: "no model no-such-model"),
    Illness(
      arguments: [], environment: ["LITELLM_BASE_URL": "http://127.0.0.1:1"], status: 69, message: "the server: "),
    Illness(arguments: [], environment: ["LITELLM_API_KEY": "sk-wrong"], status: 77, message: "the server: "),
    Illness(arguments: [], environment: ["HEALTH_FREE_KB": "99999999999"], status: 74, message: "KB free at"),
  ]

  @Test(arguments: illnesses)
  func healthSaysInOneLineWhatIsWrong(illness: Illness) throws {
    let result = try ExampleRun().run("health.sh", illness.arguments, illness.environment)
    #expect(result.status == illness.status && result.output.isEmpty, "\(result)")
    #expect(result.errors.contains(illness.message) && result.errors.split(separator: "\n").count == 1, "\(result)")
  }

  // MARK: cron-run

  @Test func cronRunReadsSettingsAndRunsNothingInThem() throws {
    let folder = try TestFolder()
    try folder.write(
      "config/hyperguild/env", text: "# note\n\nLITELLM_API_KEY=\"a b $(touch pwned)\"\nOTHER='x'\nnot a line\nLAST=1")
    try folder.write(
      "job", text: "#!/bin/sh\nprintf '%s|%s|%s|%s\\n' \"$LITELLM_API_KEY\" \"$OTHER\" \"$LAST\" \"$1\"; exit 5\n")
    _ = try folder.shell("chmod +x job")
    let result = try folder.run(examples + "/bin/cron-run", [folder.file("job"), "one two"])
    #expect(result.text == "a b $(touch pwned)|x|1|one two\n" && result.status == 5, "\(result)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("pwned")))
    let held = try folder.shell(
      "exec 9>cache/hyperguild/job.lock; flock 9; '\(examples)/bin/cron-run' \"$PWD/job\" 9>&-")
    #expect(held.status == 0 && held.output.isEmpty, "a job that still runs is not started again: \(held)")
    #expect(try folder.run(examples + "/bin/cron-run", ["no-such.sh"]).status == 66)
    try folder.write("config/hyperguild/env", text: "LD PRELOAD=x\n")
    #expect(try folder.run(examples + "/bin/cron-run", [folder.file("job")]).status == 78)
  }

  // MARK: install-cron

  static let tables: [String?] = [
    nil, "", "# mine\n\nMAILTO=me\n5 4 * * *  echo 50\\%\n\n", "@reboot x\n# END of it\n",
    "0 0 * * * \"a\\b\" '$(touch pwned)'\n",
  ]

  /// A table in a file, for the developer's own must stay as it is; the real crontab checks each that is installed.
  static let crontab = """
    #!/bin/sh
    case $1 in
      -l) [ -e table ] || { echo "no crontab for $USER" >&2; exit 1; }; cat table ;;
      -r) rm table ;;
      *) "$REAL" -n "$1" >/dev/null 2>checked || { cat checked >&2; exit 1; }; cat "$1" >table ;;
    esac
    """

  @Test(arguments: tables)
  func uninstallUndoesInstallExactly(table: String?) throws {
    let folder = try TestFolder()
    try folder.write("bin/crontab", text: Self.crontab)
    if let table { try folder.write("table", text: table) }
    let environment = ["EXAMPLES": examples]
    let result = try folder.shell(
      """
      export REAL=$(command -v crontab); chmod +x bin/crontab; PATH=$PWD/bin:$PATH
      "$EXAMPLES/bin/install-cron" install; cp table one
      "$EXAMPLES/bin/install-cron" install; cmp one table
      "$EXAMPLES/bin/install-cron" uninstall; "$EXAMPLES/bin/install-cron" uninstall
      """, environment: environment)
    #expect(result.status == 0 && result.output.isEmpty, "\(result)")
    let installed = String(decoding: try folder.read("one"), as: UTF8.self)
    #expect(installed.hasPrefix(table ?? ""), "\(installed)")
    for job in ["health.sh", "learn.sh 24h"] {
      #expect(installed.contains("\(examples)/bin/cron-run \(job)\n"), "\(installed)")
    }
    #expect((try? folder.read("table")) == table.map { Array($0.utf8) })
  }

  @Test func aBrokenBlockIsLeftAlone() throws {
    let folder = try TestFolder()
    let table = "# BEGIN hyperguild\n1 1 * * * mine\n"
    try folder.write("bin/crontab", text: Self.crontab)
    try folder.write("table", text: table)
    let result = try folder.shell(
      "chmod +x bin/crontab; PATH=$PWD/bin:$PATH; \"$EXAMPLES/bin/install-cron\" uninstall",
      environment: ["EXAMPLES": examples])
    #expect(result.status == 65 && result.errors.contains("has lost an end"), "\(result)")
    #expect(try folder.read("table") == Array(table.utf8))
  }

  @Test func jobsOfTheTableExist() throws {
    let table = try String(contentsOfFile: examples + "/crontab", encoding: .utf8)
    let jobs = table.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    #expect(jobs.count == 2)
    for job in jobs {
      #expect(job[5] == "@EXAMPLES@/bin/cron-run")
      #expect(FileManager.default.isExecutableFile(atPath: "\(examples)/\(job[6])"))
    }
  }

  @Test(arguments: ["hyperguild-health", "hyperguild-learn"])
  func unitsAreWhole(unit: String) throws {
    let service = try String(contentsOfFile: "\(examples)/systemd/\(unit).service", encoding: .utf8)
    let timer = try String(contentsOfFile: "\(examples)/systemd/\(unit).timer", encoding: .utf8)
    for (text, sections) in [(service, ["[Unit]", "[Service]"]), (timer, ["[Unit]", "[Timer]", "[Install]"])] {
      let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(lines.filter { $0.hasPrefix("[") }.map(String.init) == sections)
      for line in lines where !line.hasPrefix("[") { #expect(line.contains("="), "\(line)") }
    }
    let start = service.split(separator: "\n").first { $0.hasPrefix("ExecStart=") }?.split(separator: " ") ?? []
    #expect(start.first == "ExecStart=@EXAMPLES@/bin/cron-run" && start.count > 1)
    for name in start.dropFirst().prefix(1) {
      #expect(FileManager.default.isExecutableFile(atPath: "\(examples)/\(name)"))
    }
    #expect(timer.contains("\nOnCalendar="))
  }
}
