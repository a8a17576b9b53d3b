import Foundation
import TestSupport
import Testing

/// What a person sees on a real terminal, and what all programs refuse before they read.
@Suite struct OutputDeskTests {
  /// All that read records, each with what it needs: a folder with `tools.json` and a note.
  static let filters = [
    "hg-strip", "hg-strip -j 3", "hg-strip --in text", "hg-route", "hg-route --replay", "hg-log", "hg-log append",
    "hg-log history --prepend", "hg-brain write", "hg-brain search", "hg-brain context",
    "hg-complete --base-url http://127.0.0.1:9", "hg-complete --dry-run",
  ]

  static func folder() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.write("tools.json", text: #"{"tools":[]}"#)
    try folder.write("brain/knowledge/a.md", text: "A note.")
    try folder.write(
      "brain/sessions/s.jsonl",
      text:
        #"{"session_id":"s","timestamp":"2026-11-21T04:00:00.000Z","id":1,"skill":"x","phase":"p","final_status":"pass","message":"m"}"#
        + "\n")
    return folder
  }

  /// Runs a command whose stdin, stdout and stderr are a terminal, and gives what came out on it.
  static func terminal(_ command: String, in folder: TestFolder, environment: [String: String] = [:]) throws
    -> CommandResult
  {
    try folder.write("command", text: "stty -echo -onlcr; \(command)\necho status=$?\n")
    return try folder.run(
      "script", ["-qec", "bash command", "/dev/null"], environment: ["TERM": "xterm"].merging(environment) { $1 })
  }

  @Test(arguments: filters + ["hg-mcp tools.json"])
  func aTerminalOnStdinIsWrongUsageAndTheHintSaysWhatToDo(program: String) throws {
    let result = try Self.terminal(program, in: Self.folder())
    let name = program.split(separator: " ")[0]
    #expect(result.lines.count == 3 && result.lines.last == "status=64", "\(result)")
    #expect(result.lines.first == "\(name): stdin is a terminal: there is nothing to read", "\(result)")
    #expect(result.lines.dropFirst().first?.hasPrefix("\(name): ") == true, "\(result)")
  }

  @Test func aBareNameSaysWhatToDoInTwoLines() throws {
    for (program, status) in [
      ("hg-strip", 64), ("hg-route", 64), ("hg-log", 64), ("hg-brain", 64), ("hg-complete", 64),
    ] {
      let result = try Self.terminal(program, in: Self.folder())
      #expect(result.lines.count == 3 && result.lines.last == "status=\(status)", "\(result)")
      #expect(result.lines.dropLast().allSatisfy { $0.hasPrefix("\(program): ") }, "\(result)")
    }
  }

  @Test(arguments: filters + ["hg-mcp tools.json"], [">> f", "1<> f", "> f"])
  func oneFileAsInputAndOutputIsRefusedBeforeItIsRead(program: String, output: String) throws {
    let folder = try Self.folder()
    let line = #"{"user":"q","query":"note","content":"c","text":"t"}"# + "\n"
    try folder.write("f", text: line)
    let result = try folder.shell("\(program) < f \(output) || echo $? > status; cat status; cat f; ls brain/sessions")
    // The shell has emptied it before the program starts.
    let left = output == "> f" ? "" : line
    #expect(result.text == "64\n" + left + "s.jsonl\n", "\(result)")
    #expect(result.errors.contains("input file is output file"), "\(result)")
  }

  @Test(arguments: ["hg-strip", "hg-route", "hg-log"])
  func aDeviceAsInputAndOutputIsNoFile(program: String) throws {
    let result = try Self.folder().shell("\(program) < /dev/null > /dev/null")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  /// Everything that a terminal would act on, and what stands around it.
  static let hostile = "a\u{1B}]0;t\u{7}\u{1B}[2Jb\u{7F}c\u{9B}31md\u{202E}e\u{2066}f\u{200F}g\u{61C}h\rz"
  static let shown = #"a\u001b]0;t\u0007\u001b[2Jb\u007fc\u009b31md\u202ee\u2066f\u200fg\u061ch\rz"#

  static func isSafe(_ output: [UInt8]) -> Bool {
    String(decoding: output, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
      switch scalar.value {
      case 0x0A, 0x09: true
      case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
      default: true
      }
    }
  }

  @Test func anAnswerKeepsItsLinesOnATerminalAndNothingActsOnIt() throws {
    let folder = try Self.folder()
    let text = "one\n\ttwo\r\n\(Self.hostile)\u{2028}é😀"
    try folder.write("f", text: String(decoding: try JSONEncoder().encode(["text": text]), as: UTF8.self) + "\n")
    let result = try Self.terminal("hg-strip --out text < f", in: folder)
    #expect(result.text == "one\n\ttwo\r\n\(Self.shown)\u{2028}é😀\nstatus=0\n", "\(result)")
    // Where no terminal looks on, not a byte changes.
    let piped = try folder.shell("hg-strip --out text < f | cat")
    #expect(piped.text == text + "\n", "\(piped)")
  }

  @Test func aRecordOnATerminalIsTheSameJSONAndNothingActsOnIt() throws {
    let folder = try Self.folder()
    try folder.write("f", text: "{\"text\":\"a\u{7F}\u{9B}31m\u{202E}b\"}\n")
    let result = try Self.terminal("hg-strip < f", in: folder)
    #expect(result.text == #"{"text":"a\u007f\u009b31m\u202eb"}"# + "\nstatus=0\n", "\(result)")
  }

  @Test func aNoteATableAndAHistoryOnATerminalAreSafe() throws {
    let folder = try Self.folder()
    try folder.write("brain/knowledge/h.md", text: "# h\n\n\(Self.hostile)\n")
    let entry = ["skill": Self.hostile, "session_id": "h", "final_status": "pass", "message": "x\n\(Self.hostile)"]
    let json = String(decoding: try JSONEncoder().encode(entry), as: UTF8.self)
    try folder.write(
      "brain/sessions/h.jsonl",
      text: #"{"timestamp":"2026-11-21T04:00:00.000Z","model_used":"m","# + json.dropFirst() + "\n")
    for command in [
      "hg-brain show h.md", "hg-brain list", "hg-brain search h", "hg-log show", "hg-log stats",
      "hg-log pass-rate", "hg-log history --session h", "hg-log messages --session h",
    ] {
      let result = try Self.terminal("\(command) 2> errors", in: folder)
      #expect(result.text.hasSuffix("status=0\n") && Self.isSafe(result.output), "\(result)")
    }
  }

  /// Messages hold file names, records and servers' words: one line each, wherever stderr goes.
  @Test(arguments: [
    "hg-mcp $'no\\e[2J\\nsuch\\u202efile' < /dev/null", "hg-brain show $'no\\e[2J\\nsuch\\u202efile'",
    "hg-route --models $'no\\e[2J\\nsuch\\u202efile' < f",
    "HYPERGUILD_KILL_SWITCH=$'no\\e[2J\\nsuch\\u202efile' hg-route < f",
  ])
  func aMessageIsOneLineAndNothingInItActsOnATerminal(command: String) throws {
    let folder = try Self.folder()
    try folder.write("f", text: "{}\n")
    let result = try folder.shell("\(command) || true")
    #expect(result.errors.contains(#"no\u001b[2J\nsuch\u202efile"#), "\(result)")
    #expect(result.errors.filter { $0 == "\n" }.count == 1 && Self.isSafe(Array(result.errors.utf8)), "\(result)")
  }

  @Test(arguments: [
    "hg-strip < f", "hg-strip -j 2 < f", "hg-strip --out text < f", "hg-route < f", "hg-route --check-config",
    "hg-route --replay < brain/sessions/s.jsonl", "hg-complete --dry-run < f",
    "hg-complete --base-url http://127.0.0.1:9 --retries 0 < f", "hg-log < f", "hg-log history --session s",
    "hg-log history --prepend < f", "hg-log messages --session s", "hg-log pass-rate", "hg-log stats", "hg-log report",
    "hg-log show", "hg-brain write < f", "hg-brain search note", "hg-brain search < f", "hg-brain context < f",
    "hg-brain list", "hg-brain show a.md", "hg-brain ingest f.md", "echo '{' | hg-mcp tools.json",
  ])
  func aFullDeviceIsAnErrorOfWriting(command: String) throws {
    let folder = try Self.folder()
    try folder.write("f", text: #"{"user":"q","query":"note","content":"c","text":"t"}"# + "\n")
    try folder.write("f.md", text: "# A file\n\nWords.\n")
    let result = try folder.shell("\(command) > /dev/full || echo $?")
    #expect(result.text == "74\n" && result.errors.contains("stdout: No space left on device"), "\(result)")
  }
}
