import TestSupport
import Testing

/// What people set, as they set it: with white space, in any case, past every limit.
@Suite struct RouteSettingsTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func route(
    _ line: String, _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) throws -> CommandResult {
    try folder.run("hg-route", arguments, text: line + "\n", environment: environment)
  }

  @Test(
    arguments: [
      ("1", true), ("true", true), ("yes", true), ("on", true), ("True", true), ("YES", true), (" On\r\n", true),
      ("0", false), ("false", false), ("no", false), ("off", false), ("OFF", false), (" False ", false), ("", false),
      ("  ", false), ("2", nil), ("enabled", nil), ("-1", nil), ("1e0", nil),
    ] as [(String, Bool?)])
  func theKillSwitchIsABooleanInAnyCase(value: String, isKilled: Bool?) throws {
    let result = try route(#"{"user":"a"}"#, [], ["HYPERGUILD_KILL_SWITCH": value])
    #expect(result.status == isKilled.map { $0 ? 1 : 0 } ?? 78, "\(result)")
    #expect(result.text.contains(#""kind":"kill_switch""#) == (isKilled == true), "\(result)")
    if isKilled == nil { #expect(result.text.isEmpty && result.errors.contains("HYPERGUILD_KILL_SWITCH"), "\(result)") }
  }

  @Test func listsAndNamesLoseWhiteSpace() throws {
    for allow in [["--allow", "a, b"], ["--allow", " a ", "--allow", "\tb\r\n,"]] {
      #expect(try route(#"{"model":"b"}"#, allow).status == 0)
      #expect(try route(#"{"model":"c"}"#, allow).text.contains("supported: a, b"))
    }
    #expect(try route("{}", ["--allow", " , "]).status == 64)
    let named = ["HYPERGUILD_LOCAL_MODEL": " l\r\n", "HYPERGUILD_CLAUDE_MODEL": "\u{FEFF}c "]
    #expect(try route("{}", [], named).text.hasPrefix(#"{"model":"l","fallbacks":["c"],"#))
    #expect(
      try route("{}", ["--local-model", " x ", "--claude-model", "y\r"], named)
        .text.hasPrefix(#"{"model":"x","fallbacks":["y"],"#))
    try folder.write("models.yaml", text: "\u{FEFF}# ours\r\ndefault_chain: [\" a\\r\", b, c]\r\n")
    try folder.write("up", text: "\u{FEFF} b \r\nc\r\n")
    let result = try route("{}", ["--models", "models.yaml", "--available", "up"])
    #expect(
      result.text.hasPrefix(#"{"model":"b","fallbacks":["c"],"route":{"decision":"local","reason":"unavailable""#))
  }

  @Test(arguments: ["HYPERGUILD_LOCAL_MODEL", "HYPERGUILD_CLAUDE_MODEL", "HYPERGUILD_ROUTE_LOCAL_FLOOR", "BRAIN_URL"])
  func anEmptyVariableIsAnUnsetOne(name: String) throws {
    let unset = try route(#"{"user":"a"}"#)
    for value in ["", " ", "\r\n"] { #expect(try route(#"{"user":"a"}"#, [], [name: value]).text == unset.text) }
  }

  // MARK: the strong model

  private func rates(_ model: String, pass: Int, fail: Int) throws -> [String] {
    try folder.write("rates", text: #"{"skill":"s","model":"\#(model)","pass":\#(pass),"fail":\#(fail)}"# + "\n")
    return ["--pass-rates", "rates"]
  }

  @Test func aChainOfOneModelBesideAStrongOne() throws {
    try folder.write("one.yaml", text: "default_chain: [iguana/q]\n")
    let arguments = try rates("iguana/q", pass: 1, fail: 9) + ["--models", "one.yaml"]
    let record = #"{"skill":"s","user":"a"}"#
    let strong = #""model":"c","fallbacks":[],"route":{"decision":"strong","reason":"below_ceil""#
    for result in [
      try route(record, arguments, ["HYPERGUILD_CLAUDE_MODEL": "c"]),
      try route(record, arguments + ["--claude-model", "c"]),
    ] { #expect(result.text.contains(strong) && result.errors.isEmpty, "\(result)") }
    // Without one there is nothing stronger, and nothing is called so.
    let alone = try route(record, arguments)
    #expect(alone.text.contains(#""model":"iguana/q","fallbacks":[],"route":{"decision":"local""#), "\(alone)")
    let explored = try route(record, arguments + ["--explore", "1"])
    #expect(explored.text.contains(#"{"decision":"local","reason":"below_ceil""#), "\(explored)")
    for more in [["--available", "up"], ["--local-model", "iguana/q", "--claude-model", "iguana/q"]] {
      try folder.write("up", text: "iguana/q\n")
      let result = try route(record, arguments + more, ["HYPERGUILD_CLAUDE_MODEL": "c"])
      #expect(result.text.contains(#""model":"iguana/q""#) && !result.text.contains("strong"), "\(result)")
    }
  }

  @Test func aStrongModelThatIsNotUsedIsSaid() throws {
    try folder.write("two.yaml", text: "default_chain: [a, b]\n")
    let result = try route("{}", ["--models", "two.yaml"], ["HYPERGUILD_CLAUDE_MODEL": "c"])
    #expect(result.status == 0 && result.text.hasPrefix(#"{"model":"a","fallbacks":["b"]"#), "\(result)")
    #expect(
      result.errors
        == "hg-route: HYPERGUILD_CLAUDE_MODEL c: not used, for two.yaml names the strong model of every chain\n")
    let option = try route("{}", ["--models", "two.yaml", "--claude-model", "c"])
    #expect(option.errors.hasPrefix("hg-route: --claude-model c: not used"), "\(option)")
    #expect(try route("{}", ["--models", "two.yaml"], ["HYPERGUILD_CLAUDE_MODEL": "b"]).errors.isEmpty)
  }

  // MARK: numbers

  static let numbers = [
    "0", "-1", "9007199254740992", "9223372036854775807", "18446744073709551616", "1e30", "inf", "nan", "00.5", "1.e5",
    "-0.5", "1e400", "0x1", "", "½",
  ]

  /// Which of the extremes an option takes; all others are refused, by its name, its value and what is allowed.
  static let options: [(arguments: [String], accepted: Set<String>)] = [
    (["--ceil", "0", "--floor"], ["0", "00.5"]), (["--ceil"], ["0", "00.5"]), (["--explore"], ["0", "00.5"]),
    (["--policy", "gain", "--strong-share"], ["0", "00.5"]),
    (["--policy", "gain", "--min-gain"], ["0", "-1", "00.5", "-0.5"]), (["--ttl"], ["0", "1.e5"]), (["--window"], []),
    (["--max-line"], []),
  ]

  @Test(arguments: options)
  func everyExtremeIsTakenOrRefused(option: (arguments: [String], accepted: Set<String>)) throws {
    for number in Self.numbers {
      let result = try route(#"{"user":"a"}"#, option.arguments + [number])
      guard !option.accepted.contains(number) else {
        #expect(result.status == 0 && result.errors.isEmpty && result.lines.count == 1, "\(number): \(result)")
        continue
      }
      let name = try #require(option.arguments.last)
      #expect(result.status == 64 && result.text.isEmpty, "\(number): \(result)")
      #expect(result.errors.contains(name) && result.errors.contains("'\(number)'"), "\(number): \(result)")
      #expect(result.errors.contains("allowed"), "\(number): \(result)")
    }
  }

  @Test(arguments: [
    ("HYPERGUILD_ROUTE_LOCAL_FLOOR", ["1", "0.7"]), ("HYPERGUILD_ROUTE_LOCAL_CEIL", ["0", "00.5"]),
    ("HYPERGUILD_PASS_RATE_TTL_SECONDS", ["0", "1.e5"]),
  ])
  func everyExtremeInAVariable(name: String, accepted: [String]) throws {
    for number in Self.numbers + accepted where !number.isEmpty && (number != "0" || accepted.contains("0")) {
      if name.hasSuffix("FLOOR"), number == "00.5" { continue }
      let result = try route(#"{"user":"a"}"#, [], [name: number])
      if accepted.contains(number) {
        #expect(result.status == 0 && result.errors.isEmpty, "\(number): \(result)")
      } else {
        #expect(result.status == 78 && result.text.isEmpty, "\(number): \(result)")
        #expect(result.errors.hasPrefix("hg-route: \(name): '\(number)' is not allowed: "), "\(number): \(result)")
      }
    }
  }

  @Test(
    arguments: [
      (["--floor", "0.5"], [:], "--floor: '0.5' is not allowed: 0.7 to 1"),
      (["--ceil", "0.95"], [:], "--ceil: '0.95' is not allowed: 0 to 0.9"),
      ([], ["HYPERGUILD_ROUTE_LOCAL_CEIL": "0.95"], "HYPERGUILD_ROUTE_LOCAL_CEIL: '0.95' is not allowed: 0 to 0.9"),
      (["--ceil", "0.8"], ["HYPERGUILD_ROUTE_LOCAL_FLOOR": "0.75"], "--ceil: '0.8' is not allowed: 0 to 0.75"),
    ] as [([String], [String: String], String)])
  func aFloorBelowTheCeiling(arguments: [String], environment: [String: String], message: String) throws {
    let result = try route("{}", arguments, environment)
    #expect(result.status == 78 && result.errors.hasPrefix("hg-route: " + message), "\(result)")
  }

  /// Counts of other programs: `94.0` is 94, sums beyond the largest number stay there, and no number ends the program.
  @Test(
    arguments: [
      ("94.0", "6", #""pass_rate":0.94,"samples":100,"#), ("9.4e1", "6.00", #""pass_rate":0.94,"samples":100,"#),
      ("0", "0.0", #""pass_rate":null,"samples":0,"#), ("-1", "0", nil), ("0.5", "0", nil), ("1e30", "0", nil),
      ("1e400", "0", nil), ("9223372036854775807", "0", nil), ("18446744073709551616", "0", nil), ("null", "0", nil),
      ("\"94\"", "0", nil), ("1e-400", "5", #""pass_rate":0,"samples":5,"#),
    ] as [(String, String, String?)])
  func countsOfAFile(pass: String, fail: String, route expected: String?) throws {
    try folder.write("rates", text: "\u{FEFF}" + #"{"skill":"s","pass":\#(pass),"fail":\#(fail)}"# + "\r\n")
    let result = try route(#"{"skill":"s","user":"a"}"#, ["--pass-rates", "rates"])
    #expect(result.status == 0 && result.text.contains(expected ?? #""pass_rate":null"#), "\(result)")
    #expect(result.errors.isEmpty == (expected != nil), "\(result)")
  }

  @Test(arguments: ["threshold", "gain"])
  func sumsOfHugeCountsDoNotEndTheProgram(policy: String) throws {
    let line = { (model: String) in #"{"skill":"s","model":"\#(model)","pass":1000000000000000,"fail":1e15}"# + "\n" }
    try folder.write("rates", text: String(repeating: line("qwen35") + line("claude-sonnet-4-6"), count: 9300))
    let result = try route(#"{"skill":"s","user":"a"}"#, ["--policy", policy, "--pass-rates", "rates"])
    #expect(result.status == 0 && result.text.contains(#""pass_rate":0.5,"samples":9223372036854775807"#), "\(result)")
  }

  @Test(arguments: ["1e400", "-1e400", "18446744073709551616", "-1", "1e-400", "9007199254740993", "\"1\"", "null"])
  func costsOfAReplay(cost: String) throws {
    let entry = #"{"skill":"s","model_used":"qwen35","final_status":"pass","cost_usd":\#(cost)}"# + "\n"
    let result = try folder.run("hg-route", ["--replay"], text: entry + entry)
    #expect(result.status == 0 && result.lines.last?.contains(#""all":true,"entries":2"#) == true, "\(result)")
  }
}
