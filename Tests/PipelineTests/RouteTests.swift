import Foundation
import TestSupport
import Testing

/// hg-route as it is used: the real program, real files.
@Suite struct RouteTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func route(
    _ line: String, _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) throws -> CommandResult {
    try folder.run("hg-route", arguments, text: line + "\n", environment: environment)
  }

  /// `{"skill","model","pass","fail"}` lines for `review`.
  private func rates(pass: Int, fail: Int) throws -> String {
    try folder.write(
      "rates.ndjson", text: #"{"skill":"review","model":"qwen35","pass":\#(pass),"fail":\#(fail)}"# + "\n")
    return "rates.ndjson"
  }

  @Test func withoutEvidenceItIsLocal() throws {
    let result = try route(#"{"user":"hi","n":1.10}"#)
    #expect(
      result.text == #"{"user":"hi","n":1.10,"model":"qwen35","fallbacks":["claude-sonnet-4-6"],"#
        + #""route":{"decision":"local","reason":"no_data","pass_rate":null,"samples":0,"expected_gain":null,"#
        + #""hash":"e6908025cd50ce38","policy":"threshold"}}"# + "\n", "\(result)")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  /// The hash of `sys` and `user` is even, that of `sys` and `else` is odd.
  @Test(arguments: [
    (95, 5, "user", "local", "at_or_above_floor"), (90, 10, "else", "local", "at_or_above_floor"),
    (69, 31, "user", "strong", "below_ceil"), (0, 1, "else", "strong", "below_ceil"),
    (80, 20, "user", "local", "sample_band"), (80, 20, "else", "strong", "sample_band"),
    (70, 30, "else", "strong", "sample_band"),
  ])
  func theThresholdsDecide(pass: Int, fail: Int, user: String, decision: String, reason: String) throws {
    let line = #"{"skill":"review","system":"sys","user":"\#(user)"}"#
    let result = try route(line, ["--pass-rates", try rates(pass: pass, fail: fail)])
    let model = decision == "local" ? "qwen35" : "claude-sonnet-4-6"
    let fallbacks = decision == "local" ? #"["claude-sonnet-4-6"]"# : "[]"
    #expect(result.text.contains(#""model":"\#(model)","fallbacks":\#(fallbacks),"#), "\(result)")
    #expect(result.text.contains(#"{"decision":"\#(decision)","reason":"\#(reason)","pass_rate":"#), "\(result)")
    #expect(result.text.contains(#""samples":\#(pass + fail),"#), "\(result)")
  }

  @Test func sessionLogsAreEvidence() throws {
    let now = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
    let entry = { (status: String, model: String) in
      #"{"session_id":"s","timestamp":"\#(now)Z","skill":"review","final_status":"\#(status)"\#(model)}"# + "\n"
    }
    let log =
      String(repeating: entry("pass", #","model_used":"qwen35""#), count: 3) + entry("fail", "")
      + String(repeating: entry("fail", #","model_used":"claude-sonnet-4-6""#), count: 5) + entry("ok", "")
    try folder.write("brain/sessions/s.jsonl", text: log)
    let result = try route(#"{"skill":"review","user":"a"}"#)
    #expect(result.text.contains(#""reason":"sample_band","pass_rate":0.75,"samples":4,"#), "\(result)")
    // A second process has them from the cache, also when the log has gone.
    try folder.write("brain/sessions/s.jsonl", text: "")
    #expect(try route(#"{"skill":"review","user":"a"}"#).text == result.text)
    let fresh = try route(#"{"skill":"review","user":"a"}"#, ["--ttl", "0"])
    #expect(fresh.text.contains(#""reason":"no_data""#), "\(fresh)")
  }

  @Test func theUsersModelWins() throws {
    let result = try route(#"{"model":"mine","user":"a"}"#, ["--allow", "other,mine"])
    #expect(
      result.text == #"{"model":"mine","user":"a","#
        + #""route":{"decision":"override","reason":"override","policy":"threshold"}}"# + "\n")
    let refused = try route(#"{"model":"mine","user":"a"}"#, ["--allow", "x", "--allow", "y,z"])
    #expect(refused.status == 1)
    #expect(
      refused.text.contains(
        #""error":{"stage":"hg-route","kind":"model_not_allowed","message":"'mine' is not allowed; supported: x, y, z"}"#
      ),
      "\(refused)")
    for model in ["5", #""""#, "{}"] {
      let bad = try route(#"{"model":\#(model),"user":"a"}"#)
      #expect(bad.status == 1 && bad.text.contains(#""kind":"bad_model""#), "\(bad)")
    }
    #expect(try route(#"{"model":null,"user":"a"}"#).text.contains(#""model":"qwen35""#))
  }

  @Test func theKillSwitchComesFirst() throws {
    let result = try route(
      #"{"user":"a"}"#, ["--pass-rates", "/nowhere"],
      ["HYPERGUILD_KILL_SWITCH": "on", "HYPERGUILD_MODELS": "/nowhere", "HYPERGUILD_ROUTE_LOCAL_FLOOR": "x"])
    #expect(result.status == 1)
    #expect(result.text.contains(#""error":{"stage":"hg-route","kind":"kill_switch","#), "\(result)")
    #expect(try route(#"{"user":"a"}"#, [], ["HYPERGUILD_KILL_SWITCH": "off"]).status == 0)
    let wrong = try route(#"{"user":"a"}"#, [], ["HYPERGUILD_KILL_SWITCH": "maybe"])
    #expect(wrong.status == 78 && wrong.text.isEmpty && wrong.errors.contains("'maybe'"), "\(wrong)")
  }

  @Test func anErrorRecordGoesThroughUntouched() throws {
    let line = #"{"user":"a","error":{"stage":"hg-brain","kind":"x","message":"y"}}"#
    #expect(try route(line, ["--skill", "s"]).text == line + "\n")
  }

  @Test func chainsOfModels() throws {
    try folder.write(
      "config/hyperguild/models.yaml",
      text: "default_chain: [a, b, c]\nskills:\n  review: {chain: [x]}\n")
    #expect(try route(#"{"user":"a"}"#).text.contains(#""model":"a","fallbacks":["b","c"],"#))
    #expect(try route(#"{"user":"a","skill":"review"}"#).text.contains(#""model":"x","fallbacks":[],"#))
    try folder.write("up.ndjson", text: #"{"reachable":true,"models":["b","c"]}"#)
    let result = try route(#"{"user":"a"}"#, ["--available", "up.ndjson"])
    #expect(result.text.contains(#""model":"b","fallbacks":["c"],"route":{"decision":"local","reason":"unavailable""#))
    let missing = try route(#"{"user":"a"}"#, ["--available", "nothing"])
    #expect(missing.status == 0 && missing.text.contains(#""model":"a""#) && !missing.errors.isEmpty, "\(missing)")
    let named = try route(#"{"user":"a"}"#, ["--models", "nothing.yaml"])
    #expect(named.status == 66, "\(named)")
    try folder.write("bad.yaml", text: "default_chain: []\n")
    let bad = try route(#"{"user":"a"}"#, ["--models", "bad.yaml"])
    #expect(bad.status == 78, "\(bad)")
    #expect(bad.errors == "hg-route: bad.yaml:1:16: default_chain is empty: it needs at least one model\n", "\(bad)")
  }

  @Test func standardsAreForRecordsWithoutTheirOwn() throws {
    let arguments = ["--skill", "review", "--session", "s1"]
    let result = try route(#"{"user":"a"}"#, arguments)
    #expect(result.text.hasPrefix(#"{"user":"a","skill":"review","session_id":"s1","model":"#), "\(result)")
    let own = try route(#"{"skill":"tdd","session_id":7,"user":"a"}"#, arguments)
    #expect(own.text.hasPrefix(#"{"skill":"tdd","session_id":7,"user":"a","model":"#), "\(own)")
  }

  @Test func textIn() throws {
    let result = try folder.run("hg-route", ["--in", "text", "--skill", "review"], text: "a\n")
    #expect(result.text.hasPrefix(#"{"user":"a","skill":"review","model":"qwen35","#), "\(result)")
  }

  @Test(arguments: [
    "nothing", "{}\n", "[1]\n", #"{"skill":"review","pass":-1,"fail":0}"#, #"{"skill":"review","pass":1.5,"fail":0}"#,
    #"{"skill":7,"pass":1,"fail":0}"#, #"{"skill":"review","pass":1e99,"fail":0}"#, "<html>",
  ])
  func brokenRatesAreAWarningAndNoRate(content: String) throws {
    try folder.write("rates", text: content)
    let result = try route(#"{"skill":"review","user":"a"}"#, ["--pass-rates", "rates"])
    #expect(result.status == 0 && result.text.contains(#""reason":"no_data""#), "\(result)")
    #expect(result.errors.hasPrefix("hg-route: rates: line 1: "), "\(result)")
  }

  @Test func theConfigurationIsChecked() throws {
    let result = try route(
      "", ["--check-config", "--policy", "gain", "--strong-share", "0.3"], ["BRAIN_TOKEN": "secret"])
    #expect(result.status == 0 && result.text.contains(#""policy":"gain","strong_share":0.3,"#), "\(result)")
    #expect(!result.text.contains("secret"))
    let wrong = try route("", ["--check-config"], ["HYPERGUILD_ROUTE_LOCAL_FLOOR": "0.5"])
    #expect(wrong.status == 78 && wrong.text.isEmpty, "\(wrong)")
    let usage = try route("", ["--strong-share", "0.3"])
    #expect(usage.status == 64 && usage.errors.contains("--strong-share needs --policy gain"), "\(usage)")
  }

  @Test func gainSendsTheShareWithTheMostToGain() throws {
    let lines = [("easy", 95, 96), ("hard", 40, 85), ("hopeless", 5, 6)].flatMap { skill, local, strong in
      [
        #"{"skill":"\#(skill)","model":"qwen35","pass":\#(local),"fail":\#(100 - local)}"#,
        #"{"skill":"\#(skill)","model":"claude-sonnet-4-6","pass":\#(strong),"fail":\#(100 - strong)}"#,
      ]
    }
    try folder.write("rates", text: lines.joined(separator: "\n"))
    let input = ["easy", "hard", "hopeless"].map { #"{"skill":"\#($0)","user":"a"}"# }.joined(separator: "\n")
    for measure in [["--min-gain", "0.1"], ["--strong-share", "0.3333"]] {
      let result = try route(input, ["--policy", "gain", "--pass-rates", "rates"] + measure)
      let decisions = result.lines.map { $0.contains(#""decision":"strong","reason":"gain""#) }
      #expect(decisions == [false, true, false], "\(result)")
    }
    // The threshold would send the hopeless skill to the strong model for nothing.
    let threshold = try route(input, ["--pass-rates", "rates"])
    #expect(threshold.lines[2].contains(#""decision":"strong","reason":"below_ceil""#), "\(threshold)")
  }

  @Test func exploringTakesTheOtherWay() throws {
    let input = (0..<400).map { #"{"user":"\#($0)"}"# }.joined(separator: "\n")
    let result = try route(input, ["--explore", "0.25"])
    let explored = result.lines.filter { $0.contains(#""decision":"strong","reason":"explore""#) }.count
    #expect(explored > 60 && explored < 140, "\(explored) of 400")
    #expect(try route(input, ["--explore", "0.25"]).text == result.text)
  }

  @Test func thompsonTriesBothWhileLittleIsKnown() throws {
    let arguments = ["--policy", "gain", "--thompson"]
    let input = (0..<400).map { #"{"skill":"a","user":"\#($0)"}"# }.joined(separator: "\n")
    let unknown = try route(input, arguments)
    let strong = unknown.lines.filter { $0.contains(#""decision":"strong","reason":"thompson""#) }.count
    #expect(strong > 40 && strong < 200, "\(strong) of 400")
    #expect(unknown.lines.allSatisfy { $0.contains(#""reason":"thompson""#) })
    #expect(try route(input, arguments).text == unknown.text)
    try folder.write(
      "rates",
      text: #"{"skill":"a","model":"qwen35","pass":10,"fail":90}"# + "\n"
        + #"{"skill":"a","model":"claude-sonnet-4-6","pass":90,"fail":10}"#)
    let known = try route(input, arguments + ["--pass-rates", "rates"])
    #expect(known.lines.filter { $0.contains(#""decision":"strong""#) }.count > 390, "\(known)")
    #expect(try route("", arguments + ["--strong-share", "0.1"]).status == 64)
    #expect(try route("", ["--thompson"]).status == 64)
  }

  /// More skills than plans are kept for, each with its own rates.
  @Test func tenThousandSkills() throws {
    let rates = (0..<10_000).map {
      #"{"skill":"s\#($0)","model":"qwen35","pass":\#($0 % 2),"fail":\#(1 - $0 % 2)}"# + "\n"
    }
    try folder.write("rates", text: rates.joined())
    let input = (0..<10_000).map { #"{"skill":"s\#($0)","user":"a"}"# + "\n" }.joined()
    let result = try folder.run("hg-route", ["--pass-rates", "rates"], text: input + input)
    let strong = result.lines.enumerated().filter { $1.contains(#""decision":"strong","reason":"below_ceil""#) }
    #expect(result.lines.count == 20_000 && strong.count == 10_000, "\(result.status) \(result.errors)")
    #expect(strong.allSatisfy { $0.offset % 2 == 0 })
  }

  /// What a stage does not own goes through byte for byte, also what it replaces stays in its place.
  @Test func everythingElseGoesThroughByteForByte() throws {
    let line = #"{ "model" : null , "x":1e400,"y":12345678901234567890,"a":1,"a":2,"route":7 , "user":"\u00e9" }"#
    let result = try route(line)
    #expect(
      result.text == #"{ "model" : "qwen35" , "x":1e400,"y":12345678901234567890,"a":1,"a":2,"#
        + #""route":{"decision":"local","reason":"no_data","pass_rate":null,"samples":0,"expected_gain":null,"#
        + #""hash":"7e8d20ac6fc3f5ff","policy":"threshold"} , "user":"\u00e9","fallbacks":["claude-sonnet-4-6"] }"#
        + "\n",
      "\(result)")
  }
}
