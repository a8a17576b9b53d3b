import Foundation
import TestSupport
import Testing

/// hg-log as it is used: the real program, real files.
@Suite struct LogTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func log(
    _ arguments: [String] = [], text: String = "", _ environment: [String: String] = [:]
  ) throws -> CommandResult {
    try folder.run("hg-log", arguments + ["--brain", "b"], text: text, environment: environment)
  }

  private func entries(_ session: String = "default") throws -> [String] {
    String(decoding: try folder.read("b/sessions/\(session).jsonl"), as: UTF8.self).split(separator: "\n").map {
      // The time is another one each time.
      String($0).replacing(/"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/, with: #""timestamp":"T""#)
    }
  }

  @Test func recordsGoThroughAndEntriesHaveTheirOrder() throws {
    let record =
      #"{"x":1e400, "text":"fine","error":null,"usage":{"prompt_tokens":1},"attempts":[{"model":"q"}],"duration_ms":1.10,"#
      + #""cost_usd":0.10,"model_used":"q","file_path":"a.c","project_root":"/p","phase":"p","skill":"k","id":1,"#
      + #""session_id":"s","tags":["t"],"user":"hi"}"#
    let result = try log(text: record + "\n")
    #expect(result.text == record + "\n" && result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(
      try entries("s") == [
        #"{"session_id":"s","timestamp":"T","id":1,"skill":"k","phase":"p","project_root":"/p","final_status":"ok","#
          + #""file_path":"a.c","model_used":"q","duration_ms":1.10,"usage":{"prompt_tokens":1},"cost_usd":0.10,"#
          + #""attempts":[{"model":"q"}],"message":"fine","tags":["t"]}"#
      ])
  }

  @Test(arguments: [
    (#"{"final_status":"odd","verdict":{"accept":true}}"#, "odd"), (#"{"verdict":{"accept":true}}"#, "pass"),
    (#"{"verdict":{"accept":false},"error":{"kind":"x"}}"#, "fail"), (#"{"error":{"kind":"x"}}"#, "error"),
    (#"{"error":null}"#, "ok"), (#"{"final_status":7}"#, "ok"), ("{}", "ok"),
  ])
  func theStatusIsTheRecordsOwnOrFollows(record: String, status: String) throws {
    #expect(try log(text: record).status == 0)
    #expect(try entries().first?.contains(#""final_status":"\#(status)""#) == true)
  }

  @Test(arguments: [
    (#"{"custom_id":"a7","method":"POST","url":"/v1/chat/completions","body":{},"text":"t"}"#, #""id":"a7""#),
    (#"{"id":"b","custom_id":"c","response":{"status_code":200,"body":{}},"error":null}"#, #""id":"b""#),
    (#"{"custom_id":"c","user":"u"}"#, nil),
  ])
  func aBatchLineIsLoggedUnderItsOwnID(record: String, id: String?) throws {
    #expect(try log(text: record).status == 0)
    let entry = try #require(try entries().first)
    #expect(id.map { entry.contains($0) } ?? !entry.contains(#""id":"#), "\(entry)")
  }

  @Test func sessionsComeFromTheRecordTheOptionOrNowhere() throws {
    let records = [#"{"session_id":"A/../b"}"#, #"{"session_id":7}"#, #"{"session_id":null}"#, #"{"session_id":""}"#]
    #expect(try log(text: records.joined(separator: "\n")).status == 0)
    #expect(try log(["--session", "o"], text: "{}").status == 0)
    #expect(try entries("%41%2F..%2Fb").first?.hasPrefix(#"{"session_id":"A/../b","#) == true)
    #expect(try entries("7").count == 1 && entries().count == 2 && entries("o").count == 1)
    let bad = try log(text: #"{"session_id":[1]}"#)
    #expect(bad.status == 1 && bad.text.contains(#""kind":"bad_session""#), "\(bad)")
    #expect(try entries().count == 3 && entries().last?.contains("bad_session") == true)
  }

  @Test func onlyTheUserMayRead() throws {
    try #require(try log(text: "{}").status == 0)
    let modes = try folder.shell(
      "umask 0; hg-log --brain c/d >/dev/null; stat -c %a c c/d c/d/sessions c/d/sessions/*", text: "{}")
    #expect(modes.text == "700\n700\n700\n600\n", "\(modes)")
  }

  @Test func secretsAreNotLogged() throws {
    let record =
      #"{"session_id":"sk-abcdefgh","text":"sk-abcdefgh, geheim-77","user":"Authorization: Bearer abcdefgh","error":{"message":"geheim-77"}}"#
    let result = try log(["--full"], text: record + "\n", ["LITELLM_API_KEY": "geheim-77"])
    #expect(result.text == record + "\n", "\(result)")
    let entry = try #require(try entries("sk-abcdefgh").first)
    #expect(entry.hasPrefix(#"{"session_id":"sk-abcdefgh","timestamp""#))
    #expect(entry.dropFirst(40).contains("[redacted], [redacted]"))
    #expect(!entry.dropFirst(40).contains("abcdefgh") && !entry.contains("geheim"), "\(entry)")
  }

  @Test func nothingIsGluedOntoATornLine() throws {
    try folder.write("b/sessions/default.jsonl", text: #"{"session_id":"default","ti"#)
    #expect(try log(text: #"{"id":1}"#).status == 0)
    #expect(
      try entries() == [
        #"{"session_id":"default","ti"#, #"{"session_id":"default","timestamp":"T","id":1,"final_status":"ok"}"#,
      ])
    let found = try log(["verify"])
    #expect(found.status == 1 && found.lines.count == 1 && found.text.contains(#""offset":0,"length":27,"#), "\(found)")
    #expect(try log(["verify", "--repair"]).status == 0)
    #expect(try entries().count == 1 && log(["verify"]).status == 0)
    #expect(try folder.read("b/sessions/default.jsonl.rej").count == 28)
  }

  @Test(arguments: [
    ("mkfifo b/sessions/s.jsonl", "not a regular file"), ("mkdir b/sessions/s.jsonl", "not a regular file"),
    ("ln -s ../../out b/sessions/s.jsonl", "a symbolic link"),
    ("ln -s /dev/full b/sessions/s.jsonl", "a symbolic link"),
  ])
  func whatIsNoLogIsRefusedAndTheRecordGoesOn(make: String, message: String) throws {
    try #require(try folder.shell("mkdir -p b/sessions && " + make).status == 0)
    let result = try log(text: #"{"session_id":"s"}"# + "\n" + #"{"session_id":"t"}"# + "\n")
    #expect(result.status == 74 && result.lines.count == 2 && result.errors.contains(message), "\(result)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
    #expect(try entries("t").count == 1)
    // A question does not hang on it either.
    #expect(try log(["pass-rate"]).status == 0)
  }

  @Test func aBrainThatCannotBeMadeCostsTheEntriesOnly() throws {
    let text = String(repeating: "{\"x\":1.0}\n", count: 5)
    let result = try folder.run("hg-log", ["--brain", "/dev/null/b", "--routing"], text: text)
    #expect(result.status == 74 && result.text == text, "\(result)")
    #expect(
      result.errors.contains("/dev/null") && result.errors.hasSuffix("5 entries could not be logged\n"), "\(result)")
  }

  @Test func whatFitsOnAFullDiskStays() throws {
    let text = (1...50).map { "{\"id\":\($0),\"text\":\"\(String(repeating: "x", count: 100))\"}\n" }.joined()
    let result = try folder.shell("{ ulimit -f 4; hg-log --brain b; } | cat", text: text)
    let kept = try entries().count
    #expect(result.status == 74 && result.text == text && kept > 1, "\(result)")
    #expect(result.errors.contains("cannot write: File too large\n"), "\(result)")
    #expect(result.errors.hasSuffix("\(50 - kept) entries could not be logged\n"), "\(result)")
  }

  @Test func aDecisionIsLoggedToo() throws {
    let route = #""model":"qwen35","route":{"decision":"local","pass_rate":0.94}"#
    let failed = #""error":{"stage":"hg-route","kind":"kill_switch","message":"off"}"#
    let text = #"{"skill":"review",\#(route)}"# + "\n" + #"{"skill":"spec",\#(failed)}"# + "\n{}\n"
    #expect(try log(["--routing"], text: text).status == 0)
    let decisions = try entries().filter { $0.contains("_routing") }
    #expect(
      decisions == [
        #"{"session_id":"default","timestamp":"T","skill":"_routing","phase":"decide","final_status":"skip","#
          + #""message":"review: local — model=qwen35, pass_rate=0.94"}"#,
        #"{"session_id":"default","timestamp":"T","skill":"_routing","phase":"decide","final_status":"fail","message":"spec: off"}"#,
      ])
    #expect(try entries().count == 5)
  }

  @Test func aLineThatIsNoRecordIsLogged() throws {
    let result = try log(["--session", "o"], text: #"{"id":1}"# + "\n{oops sk-abcdefgh\n")
    #expect(result.status == 1 && result.lines.count == 2 && result.lines[1].contains("oops sk-"), "\(result)")
    let found = try entries("o")
    #expect(found.count == 2 && found[1].contains(#""final_status":"error""#), "\(found)")
    #expect(found[1].contains(#""stage":"hg-log""#) && !found[1].contains("abcdefgh"), "\(found)")
    #expect(try log(["verify"]).status == 0)
  }

  /// Root may write everywhere: the test gives the root's rights up.
  @Test func aDirectoryThatMayOnlyBeReadCostsTheEntriesOnly() throws {
    let result = try folder.shell(
      """
      mkdir -p b/sessions && chmod 755 . && chmod 555 b b/sessions
      if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid 65534 --regid 65534 --clear-groups; fi
      "$@" "$(command -v hg-log)" --brain b
      status=$?
      chmod 755 b b/sessions
      exit $status
      """, text: "{\"x\":1.0}\n")
    #expect(result.status == 74 && result.text == "{\"x\":1.0}\n", "\(result)")
    #expect(result.errors.contains("b/sessions/default.jsonl: cannot create: Permission denied"), "\(result)")
    #expect(try folder.shell("ls b/sessions").text.isEmpty)
  }

  /// The order of a log is that in which it was written, whatever the clock said then.
  @Test func aClockThatJumpsChangesNoOrder() throws {
    let times = ["2026-11-21T10:00:00.000Z", "2099-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"]
    let lines = times.enumerated().map { number, time in
      #"{"session_id":"s","timestamp":"\#(time)","id":\#(number),"skill":"k\#(number)","final_status":"pass"}"# + "\n"
    }
    try folder.write("b/sessions/s.jsonl", text: lines.joined())
    #expect(try log(["history", "--session", "s"]).lines.dropFirst() == ["- k0: pass", "- k1: pass", "- k2: pass"])
    #expect(try log(["show"]).text == lines[2] + lines[0] + lines[1])
    #expect(try log(["verdict", "--session", "s", "fail"]).status == 0)
    #expect(try entries("s").last?.contains(#""id":2,"skill":"k2","final_status":"fail""#) == true)
    #expect(
      try log(["pass-rate"]).lines == [
        #"{"skill":"k0","pass":1,"fail":0,"total":1,"pass_rate":1}"#,
        #"{"skill":"k1","pass":1,"fail":0,"total":1,"pass_rate":1}"#,
        #"{"skill":"k2","pass":0,"fail":1,"total":1,"pass_rate":0}"#,
      ])
    #expect(try log(["verify"]).status == 0)
  }

  /// Many writers, kill -9, a full disk, logs that go away, a loss of power, EINTR: `make soak` runs the long form of the same script.
  @Test func noEntryIsLostTornOrGlued() throws {
    let soak = sourceRoot + "/bench/log/soak"
    let result = try folder.run(
      "python3",
      [soak, "--processes", "8", "--entries", "100", "--largest", "20000", "--kills", "15"]
        + ["--crashes", "10", "--program", "hg-log"]
        + ["writers", "kills", "file_limit", "rotation", "power", "interrupts", "counts"])
    #expect(result.status == 0 && result.lines.count == 7 && !result.text.contains("not run"), "\(result)")
  }
}
