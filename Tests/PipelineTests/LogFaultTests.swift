import Foundation
import TestSupport
import Testing

/// What went wrong with logs in the wild: hg-log on broken places, foreign times, wild numbers and other programs' files.
@Suite struct LogFaultTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func log(
    _ arguments: [String] = [], text: String = "", _ environment: [String: String] = [:]
  ) throws -> CommandResult {
    try folder.run("hg-log", arguments + ["--brain", "b"], text: text, environment: environment)
  }

  private func entries(_ session: String = "default") throws -> [String] {
    String(decoding: try folder.read("b/sessions/\(session).jsonl"), as: UTF8.self).split(separator: "\n").map(
      String.init)
  }

  // MARK: Places

  private static let questions = [
    ["pass-rate"], ["stats"], ["report"], ["show"], ["verify"], ["verify", "--repair"], ["history", "--session", "s"],
    ["messages", "--session", "s"], ["show", "--session", "s"], ["verify", "--session", "s"],
    ["verify", "--repair", "--session", "s"], ["verdict", "--session", "s", "pass"],
  ]

  @Test(arguments: [
    "ln -s /nonexistent b/sessions", "ln -s /nonexistent/x b/sessions", "ln -s sessions b/sessions",
    "mkfifo b/sessions", "touch b/sessions", "rmdir b; ln -s /nonexistent b", "rmdir b; touch b", "rmdir b; mkfifo b",
  ])
  func sessionsThatAreNoDirectoryAreAnErrorAtOnce(make: String) throws {
    try #require(try folder.shell("mkdir b; " + make).status == 0)
    let text = "{\"session_id\":\"s\",\"x\":1.0}\n"
    // `timeout` ends a program that waits or spins, with 124.
    let appended = try folder.run("timeout", ["20", "hg-log", "--brain", "b"], text: text)
    #expect(appended.status == 74 && appended.text == text, "\(appended)")
    #expect(appended.errors.hasSuffix("1 entries could not be logged\n"), "\(appended)")
    for question in Self.questions {
      let result = try folder.run("timeout", ["20", "hg-log"] + question + ["--brain", "b"])
      #expect(result.status == 74 && result.output.isEmpty && result.errors.contains("hg-log: b"), "\(result)")
    }
    #expect(try folder.shell("find b/ -name '*.jsonl' 2>/dev/null || true").text.isEmpty)
  }

  /// Root may read everything: the test gives the root's rights up.
  @Test func aDirectoryThatMayNotBeReadIsAnErrorAtOnce() throws {
    let result = try folder.shell(
      """
      mkdir -p b/sessions; chmod 755 . b; chmod 0 b/sessions
      if [ "$(id -u)" = 0 ]; then set -- setpriv --reuid 65534 --regid 65534 --clear-groups; fi
      hg=$(command -v hg-log)
      set +e
      for command in append pass-rate stats report show verify 'history --session s' 'messages --session s' \
          'verdict --session s pass' 'verify --session s --repair'; do
        echo '{"session_id":"s"}' | timeout 20 "$@" "$hg" $command --brain b >out 2>err
        echo "$? $command $(grep -c denied err)"
      done
      chmod 755 b/sessions
      """)
    #expect(result.lines.count == 10, "\(result)")
    for line in result.lines { #expect(line.hasPrefix("74 ") && line.hasSuffix(" 1"), "\(line)") }
  }

  @Test(arguments: [[], ["--repair"]])
  func verifySaysThatThereIsNoSuchSessionAndMakesNothing(repair: [String]) throws {
    for make in ["true", "mkdir b", "mkdir b/sessions"] {
      try #require(try folder.shell(make).status == 0)
      let result = try log(["verify", "--session", "nosuch"] + repair)
      #expect(result.status == 66 && result.output.isEmpty && result.errors.contains("session nosuch"), "\(result)")
      #expect(try folder.shell("find . -name '*nosuch*'; find b -type f 2>/dev/null || true").text.isEmpty)
    }
    #expect(try log(["verify"] + repair).status == 0)
    #expect(try log(["verify", "--session", ""] + repair).status == 64)
  }

  // MARK: Secrets

  @Test func aShortKeyRenamesNoModelAndBreaksNoNumber() throws {
    let record =
      #"{"id":123456789,"skill":"ollama","model_used":"ollama/llama3","duration_ms":123456,"text":"ollama","#
      + #""usage":{"prompt_tokens":12345678},"attempts":[{"model":"secret-model-1","error":null}],"tags":["secret-model-1"]}"#
    let keys = [
      "OPENAI_API_KEY": "ollama", "LITELLM_API_KEY": "123456", "LITELLM_MASTER_KEY": "12345678",
      "ANTHROPIC_API_KEY": "secret-model-1", "BRAIN_TOKEN": "", "HF_TOKEN": "  ",
    ]
    #expect(try log(text: record, keys).status == 0)
    let entry = try #require(try entries().first)
    for part in [
      #""id":123456789"#, #""skill":"ollama""#, #""model_used":"ollama/llama3""#, #""duration_ms":123456,"#,
      #"{"prompt_tokens":12345678}"#, #"{"model":"secret-model-1","error":null}"#, #""message":"ollama""#,
      #""tags":["secret-model-1"]"#,
    ] { #expect(entry.contains(part), "\(part) is not in \(entry)") }
    #expect(try log(["verify"]).status == 0)
  }

  @Test func aSecretInWordsIsTakenOutWhereverTheyStand() throws {
    let key = "geheim-\"77"
    let escaped = #"geheim-\"77"#
    let record = """
      {"message":"m \(escaped)","user":[{"type":"text","text":"u \(escaped)"}],\
      "error":{"stage":"hg-complete","kind":"server_error","message":"Bearer ghp_abcdefghijklmnopqrstuvwxyz0123456789",\
      "detail":{"said":["sk-abcdefgh12 \(escaped)"]},"status":500},"attempts":[{"model":"q","error":"\(escaped)"}]}
      """
    let result = try log(["--full"], text: record + "\n", ["LITELLM_API_KEY": key])
    #expect(result.text == record + "\n")
    let entry = try #require(try entries().first)
    #expect(!entry.contains("geheim") && !entry.contains("ghp_") && !entry.contains("sk-abc"), "\(entry)")
    #expect(entry.contains(#""message":"m [redacted]""#) && entry.contains(#""text":"u [redacted]""#), "\(entry)")
    #expect(
      entry.contains(#""stage":"hg-complete","kind":"server_error""#) && entry.contains(#""status":500"#), "\(entry)")
    #expect(try log(["verify"]).status == 0)
    #expect(
      try log(["verdict", "--session", "default", "fail", "--message", "is \(key)"], ["LITELLM_API_KEY": key]).status
        == 0)
    #expect(try entries().last?.contains(#""message":"is [redacted]""#) == true)
  }

  // MARK: Messages

  @Test(arguments: [
    (#"{"message":"own"}"#, #""message":"own""#), (#"{"text":"","message":"own"}"#, #""message":"own""#),
    (#"{"text":null,"message":"own"}"#, #""message":"own""#), (#"{"text":"t","message":"own"}"#, #""message":"t""#),
    (#"{"text":""}"#, #""message":"""#), (#"{"text":["t"],"message":"own"}"#, #""message":"own""#),
  ])
  func theRecordsOwnMessageIsKeptWhenThereIsNoText(record: String, expected: String) throws {
    #expect(try log(text: record).status == 0)
    #expect(try entries().first?.contains(expected) == true)
  }

  @Test(arguments: ["null", "false", "0", "\"\"", "{}"])
  func anErrorThatSaysNothingIsNone(error: String) throws {
    #expect(try log(text: #"{"error":\#(error)}"#).status == 0)
    #expect(try entries().first?.hasSuffix(#""final_status":"ok"}"#) == true)
    #expect(try log(["stats"]).text.contains(#""errors":0"#))
  }

  // MARK: Times

  private static let moments = [
    "2026-11-21T03:12:01.452Z", "2026-11-21 03:12:01.452Z", "2026-11-21t03:12:01.452z", "2026-11-21T03:12:01Z",
    "2026-11-20T23:12:01.4-04:00", "2026-11-21T05:12:01+0200", "2026-11-21 03:12:01.452123 +0000",
    #"2026-11-21T04:12:01\u002B01:00"#,
  ]

  private func writeMoments() throws {
    let lines = Self.moments.enumerated().map { number, time in
      #"{"session_id":"s","timestamp":"\#(time)","id":\#(number),"skill":"k","final_status":"pass"}"# + "\n"
    }
    let outside = ["2026-11-21 03:12:00.999Z", "2026-11-21T03:12:00.999+00:00", "2026-11-20", "yesterday"].map { time in
      #"{"session_id":"s","timestamp":"\#(time)","id":"out","skill":"k","final_status":"fail"}"# + "\n"
    }
    try folder.write("b/sessions/s.jsonl", text: "\u{FEFF}" + (lines + outside).joined())
  }

  @Test func timesInOtherFormsAreCountedAsTimes() throws {
    try writeMoments()
    let shown = try log(["show", "--since", "2026-11-21T03:12:01Z"])
    #expect(shown.lines.count == Self.moments.count && !shown.text.contains("\"out\""), "\(shown)")
    #expect(
      try log(["pass-rate"]).text == #"{"skill":"k","pass":8,"fail":4,"total":12,"pass_rate":0.6666666666666666}"#
        + "\n")
    let days = try log(["pass-rate", "--by", "day"]).lines
    #expect(
      days == [
        #"{"day":null,"pass":0,"fail":1,"total":1,"pass_rate":0}"#,
        #"{"day":"2026-11-20","pass":0,"fail":1,"total":1,"pass_rate":0}"#,
        #"{"day":"2026-11-21","pass":8,"fail":2,"total":10,"pass_rate":0.8}"#,
      ])
    #expect(try log(["stats", "--by", "day"]).lines.count == 3)
    #expect(try log(["history", "--session", "s", "--last", "0"]).lines.count == 13)
    let report = try log(["report"])
    #expect(report.status == 0 && report.text.contains("12 calls, 2026-11-20 to 2026-11-21"), "\(report)")
    // "yesterday" is the only line that is no entry.
    #expect(try log(["verify"]).lines.count == 1)
  }

  /// The window ends now, so the times lie around its start, which is exact to the second here.
  @Test func aWindowCountsByTheTimeAndNotByTheText() throws {
    let now = Date()
    let hour = ISO8601DateFormatter()
    func stamp(_ secondsAgo: Double, _ change: (String) -> String) -> String {
      change(hour.string(from: now.addingTimeInterval(-secondsAgo)))
    }
    let forms: [@Sendable (String) -> String] = [
      { $0 }, { $0.replacing("T", with: " ") }, { $0.lowercased() }, { $0.replacing("Z", with: "+00:00") },
      { $0.replacing("Z", with: ".123Z") }, { $0.replacing("T", with: " ").replacing("Z", with: ".123Z") },
    ]
    let lines = forms.flatMap { form in
      [(1800.0, "pass"), (5400.0, "fail")].map { age, status in
        #"{"session_id":"s","timestamp":"\#(stamp(age, form))","skill":"k","model_used":"q","final_status":"\#(status)"}"#
      }
    }
    try folder.write("b/sessions/s.jsonl", text: "\u{FEFF}" + lines.joined(separator: "\n"))
    #expect(try log(["pass-rate", "--window", "1h"]).text.contains(#""pass":6,"fail":0"#))
    #expect(try log(["pass-rate", "--window", "2h"]).text.contains(#""pass":6,"fail":6"#))
    #expect(try log(["stats", "--window", "1h"]).text.contains(#""calls":6"#))
    #expect(try log(["report", "--window", "1h"]).text.contains("6 calls"))
    #expect(try log(["show", "--since", "1h"]).lines.count == 6)
    // Routing learns from the same window: half of them failed, so the strong model is asked.
    for (window, decision) in [("1h", "local"), ("2h", "strong")] {
      let routed = try folder.run(
        "hg-route", ["--brain", "b", "--window", window, "--local-model", "q", "--claude-model", "c"],
        text: #"{"skill":"k","user":"x"}"#)
      #expect(routed.text.contains(#""decision":"\#(decision)""#), "\(routed)")
    }
  }

  @Test(arguments: ["999999d", "999999999999999999d", "9223372036854775807s", "1e5d", "-1d", "0d", "∞d"])
  func aWindowThatIsNoLengthOfTimeIsRefused(window: String) throws {
    for command in [["pass-rate", "--window"], ["stats", "--window"], ["report", "--window"], ["show", "--since"]] {
      let result = try log([command[0], command[1] + "=" + window])
      #expect(result.status == 64 && result.errors.contains(window), "\(result)")
    }
    #expect(try log(["pass-rate", "--window", "36500d"]).status == 0)
    #expect(try log(["history", "--session", "s", "--last", "9223372036854775807"]).status == 0)
  }

  @Test func aListIsTrimmed() throws {
    #expect(try log(text: #"{"skill":"k","model_used":"q","final_status":"pass"}"#).status == 0)
    let spaced = try log(["pass-rate", "--by", " skill ,\tmodel\n"])
    #expect(spaced.text == #"{"skill":"k","model":"q","pass":1,"fail":0,"total":1,"pass_rate":1}"# + "\n", "\(spaced)")
    for list in ["", ",", "skill,", "skill,skill", "skill;model"] {
      #expect(try log(["stats", "--by", list]).status == 64)
    }
  }

  // MARK: Numbers

  @Test(arguments: [
    "9223372036854775807", "18446744073709551616", "1e400", "-1e400", "-9223372036854775808", "-1", "0.5", "1e30", "-0",
    "\"7\"", "null", "[]",
  ])
  func numbersOfAnySizeAreNoTrap(number: String) throws {
    let entry =
      #"{"session_id":"s","timestamp":"2026-11-21T10:00:00.000Z","skill":"k","model_used":"q","final_status":"pass","#
      + #""duration_ms":\#(number),"cost_usd":\#(number),"usage":{"prompt_tokens":\#(number),"completion_tokens":\#(number)},"#
      + #""attempts":[{"status":\#(number),"duration_ms":\#(number)}],"verdict":\#(number)}"#
    try folder.write("b/sessions/s.jsonl", text: String(repeating: entry + "\n", count: 3))
    try folder.write("b/sessions/t.jsonl", text: entry.replacing(##""session_id":"s""##, with: ##""session_id":"t""##))
    for question in Self.questions.dropLast() + [
      ["stats", "--by", "model,day,tag"], ["pass-rate", "--by", "session"],
    ] {
      let result = try log(question)
      #expect(result.status == 0, "\(result)")
    }
    let stats = try folder.shell("hg-log stats --brain b | jq -c '[.calls, .prompt_tokens >= 0]'")
    #expect(stats.text == "[4,true]\n", "\(stats)")
    // And on their way into the log.
    let record =
      #"{"model_used":"c","usage":{"prompt_tokens":\#(number)},"attempts":[{"model":"q","status":\#(number),"error":"x","#
      + #""duration_ms":\#(number)},{"model":"q","error":"x","duration_ms":\#(number)},{"model":"c"}]}"#
    #expect(try log(text: record).status == 0 && entries().count == 2)
  }

  // MARK: Files of other programs

  @Test func aFileNamedWithCapitalsIsRead() throws {
    let entry = #"{"session_id":"MySession","timestamp":"2026-11-21T10:00:00.000Z","id":1,"skill":"old","#
    try folder.write(
      "b/sessions/MySession.jsonl", text: entry + #""final_status":"ok","message":"m","user":"u","text":"t"}"# + "\n")
    let session = ["--session", "MySession"]
    #expect(try log(["history"] + session).lines.last == "- old: ok: m")
    #expect(
      try log(["messages"] + session).text == #"[{"role":"user","content":"u"},{"role":"assistant","content":"t"}]"#
        + "\n")
    #expect(try log(["show"] + session).lines.count == 1)
    #expect(try log(["verify"] + session).status == 0 && log(["verify"]).status == 0)
    #expect(try log(["verdict"] + session + ["--id", "1", "pass"]).status == 0)
    #expect(try log(["pass-rate"]).text.contains(#""skill":"old","pass":1"#))
    #expect(try log(text: #"{"session_id":"MySession","skill":"new","final_status":"pass"}"#).status == 0)
    #expect(try folder.shell("ls b/sessions").text == "MySession.jsonl\n")
    #expect(try entries("MySession").count == 3)
    #expect(try log(["report"]).text.contains("2 calls"))
  }

  /// A version that did not know them has written a second file for the session.
  @Test func aSessionInTwoFilesIsOneSession() throws {
    func entry(_ id: Int) -> String {
      #"{"session_id":"My S","timestamp":"2026-11-2\#(id)T10:00:00.000Z","id":\#(id),"skill":"k\#(id)","final_status":"ok"}"#
        + "\n"
    }
    try folder.write("b/sessions/My S.jsonl", text: entry(1) + entry(2))
    try folder.write("b/sessions/%4Dy%20%53.jsonl", text: entry(3))
    let session = ["--session", "My S"]
    #expect(try log(["history"] + session).lines.dropFirst() == ["- k1: ok", "- k2: ok", "- k3: ok"])
    #expect(try log(["history", "--last", "2"] + session).lines.dropFirst(2) == ["- k2: ok", "- k3: ok"])
    #expect(try log(["show"] + session).lines.count == 3)
    #expect(try log(["verify"] + session).status == 0)
    #expect(try log(["verdict"] + session + ["--id", "1", "pass"]).status == 0)
    #expect(try log(["verdict"] + session + ["fail"]).status == 0)
    #expect(try log(["pass-rate"]).lines.filter { $0.contains(#""total":1"#) }.count == 2)
    #expect(try entries("My S").count == 3 && entries("%4Dy%20%53").count == 2)
    #expect(try log(["verdict"] + session + ["--id", "9", "pass"]).status == 66)
  }

  @Test func noSessionIsFoundByAnothersName() throws {
    try folder.write("b/sessions/%41.jsonl", text: #"{"session_id":"A","timestamp":"2026-11-21","skill":"a"}"# + "\n")
    #expect(try log(["history", "--session", "%41"]).text.isEmpty)
    #expect(try log(["history", "--session", "A"]).lines.count == 2)
    #expect(try log(["history", "--session", "../sessions/A"]).text.isEmpty)
  }

  // MARK: Decisions, and models that failed

  @Test func decisionsAreCountedWhenTheyAreAskedFor() throws {
    let text = """
      {"skill":"review","model":"q","route":{"decision":"local"},"verdict":{"accept":false}}
      {"skill":"review","model":"c","route":{"decision":"strong"},"verdict":{"accept":true}}
      {"skill":"spec","error":{"stage":"hg-route","kind":"kill_switch","message":"off"}}
      """
    #expect(try log(["--routing"], text: text).status == 0)
    let asked = try log(["pass-rate", "--skill", "_routing"])
    #expect(asked.text == #"{"skill":"_routing","pass":2,"fail":1,"total":3,"pass_rate":0.6666666666666666}"# + "\n")
    let stats = try log(["stats", "--skill", "_routing", "--by", "skill"])
    #expect(stats.text.contains(#""skill":"_routing","calls":3,"errors":1"#), "\(stats)")
    #expect(try !log(["pass-rate"]).text.contains("_routing") && !log(["stats"]).text.contains("_routing"))
  }

  @Test func aLocalFailureThatFellOpenIsAFailOfTheLocalModel() throws {
    let record = """
      {"id":7,"session_id":"s","skill":"review","text":"fine","model":"qwen35","model_used":"claude","verdict":{"accept":true},\
      "attempts":[{"model":"qwen35","status":503,"error":"server_error","duration_ms":3},\
      {"model":"qwen35","status":null,"error":"timeout","duration_ms":4},{"model":"claude","status":200,"error":null,"duration_ms":9}]}
      """
    let result = try log(text: record + "\n")
    #expect(result.status == 0 && result.text == record + "\n", "\(result)")
    let found = try entries("s")
    #expect(
      found.count == 2 && found[0].contains(#""final_status":"fail","model_used":"qwen35","duration_ms":7,"#),
      "\(found)")
    #expect(found[0].contains(#""message":"qwen35: timeout; claude answered""#), "\(found)")
    #expect(
      found[0].hasSuffix(#""fell_open_to":"claude"}"#) && found[1].contains(#""final_status":"pass""#), "\(found)")
    #expect(
      try log(["pass-rate", "--by", "model"]).lines == [
        #"{"model":"claude","pass":1,"fail":0,"total":1,"pass_rate":1}"#,
        #"{"model":"qwen35","pass":0,"fail":1,"total":1,"pass_rate":0}"#,
      ])
    // One job, whoever did it.
    #expect(try log(["pass-rate"]).text == #"{"skill":"review","pass":1,"fail":0,"total":1,"pass_rate":1}"# + "\n")
    #expect(try log(["stats", "--by", "skill"]).text.contains(#""calls":1,"errors":0"#))
    #expect(try log(["stats"]).text.contains(#""model":"qwen35","calls":1,"errors":1"#))
    #expect(try log(["history", "--session", "s"]).lines.count == 2)
    #expect(try log(["verify"]).status == 0)
    // A verdict is about the job, not about the model that failed at it.
    #expect(try log(["verdict", "--session", "s", "--id", "7", "fail"]).status == 0)
    #expect(
      try log(["pass-rate", "--by", "model"]).lines.first
        == #"{"model":"claude","pass":0,"fail":1,"total":1,"pass_rate":0}"#)
    // And the router learns from it.
    let routed = try folder.run(
      "hg-route", ["--brain", "b", "--local-model", "qwen35", "--claude-model", "claude"],
      text: #"{"skill":"review","user":"x"}"#)
    #expect(routed.text.contains(#""decision":"strong""#), "\(routed)")
  }

  @Test(arguments: [
    // It answered when it was asked again.
    #"{"model_used":"q","attempts":[{"model":"q","error":"timeout"},{"model":"q","error":null}]}"#,
    // Nobody answered: no model is to blame.
    #"{"error":{"kind":"unreachable"},"attempts":[{"model":"q","error":"unreachable"},{"model":"c","error":"unreachable"}]}"#,
    // An earlier answer was judged and logged then.
    #"{"model_used":"c","attempts":[{"model":"q","error":"timeout"},{"model":"p"},{"model":"c"}]}"#,
    #"{"model_used":"c","attempts":[]}"#, #"{"model_used":"c","attempts":[{}]}"#,
    #"{"attempts":[{"model":"q","error":"x"}]}"#,
    #"{"model_used":"q-2026","attempts":[{"model":"q","error":null}]}"#,
    #"{"model_used":"c","attempts":{"model":"q"}}"#,
    #"{"model_used":"c","attempts":[{"model":7,"error":"x"},{"model":"c"}]}"#,
  ])
  func noOtherRecordHasAModelThatFailed(record: String) throws {
    #expect(try log(text: record).status == 0)
    #expect(try entries().count == 1 && !entries()[0].contains("fell_open_to"))
  }

  @Test func aFallbackBehindOurBackIsAFailToo() throws {
    let record =
      #"{"model_used":"claude","warnings":["server_fallback"],"attempts":[{"model":"q","status":200,"error":null,"duration_ms":3}]}"#
    #expect(try log(text: record).status == 0)
    #expect(try entries().count == 2 && entries()[0].contains(#""final_status":"fail","model_used":"q""#))
  }

  // MARK: Prompts and variables

  @Test func historyStandsInFrontOfMessagesToo() throws {
    try #require(try log(text: #"{"skill":"k","text":"done"}"#).status == 0)
    let text = #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"Go on."}]}"#
    let result = try log(["history", "--prepend"], text: text)
    #expect(
      result.text.contains(###"{"role":"user","content":"## Session history\n\n- k: ok: done\n\n---\n\nGo on."}"###),
      "\(result)")
  }

  @Test(arguments: ["", " ", "\t"])
  func anEmptyVariableIsAnUnsetOne(value: String) throws {
    let result = try log(text: "{}", ["BRAIN_URL": value, "BRAIN_TOKEN": value, "LITELLM_API_KEY": value])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(try entries().count == 1)
  }
}
