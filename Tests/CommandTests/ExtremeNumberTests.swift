import Foundation
import TestSupport
import Testing

/// Numbers from outside never trap: those of the command line are refused with the option's name or work, those of
/// records, files and servers are whatever somebody wrote.
@Suite struct ExtremeNumberTests {
  /// What people and programs write where a number belongs.
  static let typed = [
    "0", "-1", "9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e30",
    "1e400", "-1e400", "inf", "nan", "00.5", "1.e5", "", " 5 ", "1e-400", "5d", "9223372036854775807d", "16777216T",
    "99999999999G",
  ]

  /// The same for JSON, which knows no inf and no nan.
  static let literals = [
    "0", "-0", "-1", "0.5", "9007199254740992", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "18446744073709551616", "1e30", "-1e30", "1e400", "-1e400", "1e-400",
  ]

  /// The options of all commands whose value is a number, from the programs' own help: a new one is among them.
  static let options: [(words: [String], option: String, positionals: [String])] = {
    let kinds = ["time", "length"]  // of a window, and for --since
    return HelpDump.programs.flatMap { program in
      let commands = (try? HelpDump.of(program).command.all()) ?? []
      return commands.filter { $0.words.last != "help" }.flatMap { words, command in
        let arguments = command.arguments ?? []
        let positionals = arguments.filter { $0.kind == "positional" }
          .map { $0.valueName == "outcome" ? "pass" : "a.md" }
        return arguments.filter { $0.kind == "option" && ($0.isNumeric || kinds.contains($0.valueName ?? "")) }
          .compactMap { argument in argument.longName.map { "--\($0)" } ?? argument.names?.first.map { "-\($0.name)" } }
          .map { (words, $0, positionals) }
      }
    }
  }()

  @Test func theOptionsWithNumbersAreFound() {
    #expect(Self.options.count >= 40)
    #expect(Set(Self.options.map { $0.words[0] }) == Set(HelpDump.programs))
  }

  @Test(arguments: options.indices)
  func anOptionTakesItOrRefusesItByName(index: Int) throws {
    let (words, option, positionals) = Self.options[index]
    let folder = try TestFolder()
    try folder.write("a.md", text: #"{"tools":[]}"#)
    let server = try ScriptedServer { _, connection in connection.answer("x") }
    let record = #"{"id":1,"session_id":"s","user":"a","text":"b"}"#
    for number in Self.typed {
      // A search with words on the command line does not read stdin.
      let result = try folder.run(
        words[0], Array(words.dropFirst()) + positionals + ["\(option)=\(number)"], text: record,
        environment: ["LITELLM_BASE_URL": server.url])
      #expect(result.status < 126, "\(result)")
      if [64, 78].contains(result.status) {
        // The configuration's own name for it, which has no dashes, when two values do not go together.
        let name = result.status == 64 ? option : String(option.drop { $0 == "-" })
        #expect(result.errors.contains(name), "\(result)")
        #expect(result.output.isEmpty, "\(result)")
      }
    }
  }

  /// One record in, one record out, whatever its numbers are; then all that reads the log, and routing by it.
  @Test(arguments: literals)
  func aRecordCarriesIt(number: String) throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { _, connection in connection.answer("x") }
    let members = [
      #""id":@"#, #""duration_ms":@"#, #""ttft_ms":@"#, #""cost_usd":@"#, #""confidence":@"#, #""seed":@"#,
      #""temperature":@"#, #""max_tokens":@"#, #""params":{"top_p":@,"max_tokens":@}"#, #""knowledge":[{"score":@}]"#,
      #""usage":{"prompt_tokens":@,"completion_tokens":@,"total_tokens":@}"#,
      #""attempts":[{"model":"m","status":@,"duration_ms":@,"error":{"status":@,"retry_after_s":@}}]"#,
      #""route":{"decision":"local","reason":"no_data","pass_rate":@,"samples":@,"expected_gain":@,"policy":"gain"}"#,
      #""error":{"stage":"x","kind":"x","message":"x","status":@,"retry_after_s":@,"line":@}"#,
      #""verdict":{"accept":@,"feedback":@}"#, #""stripped":[@]"#, #""k":@"#,
    ]
    let lines = members.flatMap { member in
      // Twice: sums are where numbers end.
      Array(repeating: #"{"session_id":"s","skill":"k","model":"m","user":"a","text":"b",\#(member)}"#, count: 2)
    }
    let input = lines.joined(separator: "\n").replacing("@", with: number) + "\n"
    for command in [
      "hg-brain context", "hg-route", "hg-route --escalate", "hg-complete --retries 0", "hg-strip", "hg-log --full",
      "hg-route --policy gain", "hg-log history --prepend",
    ] {
      let words = command.split(separator: " ").map(String.init)
      let result = try folder.run(
        words[0], Array(words.dropFirst()), text: input, environment: ["LITELLM_BASE_URL": server.url])
      #expect(result.status <= 1 && result.lines.count == lines.count, "\(result)")
    }
    for command in ["stats", "pass-rate --by skill,model", "report", "show", "messages --session s", "verify"] {
      let result = try folder.run("hg-log", command.split(separator: " ").map(String.init))
      #expect(result.status <= 1 && !result.text.contains("nan") && !result.text.contains(":inf"), "\(result)")
    }
    let entries = try folder.shell("cat data/hyperguild/brain/sessions/*.jsonl")
    let replay = try folder.run("hg-route", ["--replay"], stdin: entries.output)
    #expect(replay.status <= 1, "\(replay)")
  }

  @Test(arguments: literals)
  func aFileOfPassRatesHasIt(number: String) throws {
    let folder = try TestFolder()
    let rates = #"{"skill":"k","model":"m","pass":@,"fail":1}"# + "\n" + #"{"skill":"k","model":"m","pass":@,"fail":@}"#
    try folder.write("rates", text: (rates + "\n" + rates + "\n").replacing("@", with: number))
    for policy in ["threshold", "gain"] {
      let result = try folder.run(
        "hg-route", ["--pass-rates", "rates", "--policy", policy], text: #"{"skill":"k","user":"a"}"#)
      #expect([0, 78].contains(result.status), "\(result)")
      #expect(result.status == 0 || result.errors.contains("rates"), "\(result)")
    }
  }

  @Test(arguments: literals, [false, true])
  func aServerAnswersWithIt(number: String, isStream: Bool) throws {
    let usage =
      #"{"prompt_tokens":@,"completion_tokens":@,"total_tokens":@,"cost":@,"#
      + #""prompt_tokens_details":{"cached_tokens":@}}"#
    let head = #""id":"c","model":"m","created":@"#
    let body =
      isStream
      ? """
      data: {\(head),"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":null}]}

      data: {\(head),"choices":[{"index":@,"delta":{"tool_calls":[{"index":@,"id":"t","function":{"name":"f"}}]}}]}

      data: {\(head),"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":\(usage)}

      data: [DONE]


      """
      : #"{\#(head),"choices":[{"index":@,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}],"#
        + #""usage":\#(usage)}"#
    let answer = body.replacing("@", with: number)
    let type = "Content-Type: \(isStream ? "text/event-stream" : "application/json")"
    let server = try ScriptedServer { _, connection in
      connection.respond(200, answer, headers: [type, "x-litellm-response-cost: \(number)"])
    }
    // Two records: their sums are held against the limits.
    let input = (1...2).map { #"{"id":\#($0),"user":"a","model":"m","stream":\#(isStream)}"# + "\n" }.joined()
    for limits in [[], ["--max-cost", "1", "--max-tokens-total", "10", "--tpm", "1000000000"]] {
      let result = try TestFolder().run(
        "hg-complete", limits + ["-j", "1"], text: input, environment: ["LITELLM_BASE_URL": server.url])
      #expect([0, 1, 75].contains(result.status) && result.lines.count == 2, "\(result)")
    }
  }

  @Test(arguments: typed)
  func aServerSaysHowLongToWait(number: String) throws {
    for name in ["Retry-After", "retry-after-ms", "x-ratelimit-reset-tokens", "llm_provider-retry-after"] {
      let server = try ScriptedServer { request, connection in
        if request.number == 0 {
          connection.respond(
            429, #"{"error":{"message":"try again in \#(number) s","code":429}}"#, headers: ["\(name): \(number)"])
        } else {
          connection.answer("x")
        }
      }
      let result = try TestFolder().run(
        "hg-complete", ["--retries", "1", "--retry-base", "0.001", "--retry-max", "0.01"],
        text: #"{"user":"a","model":"m"}"#,
        environment: ["LITELLM_BASE_URL": server.url])
      #expect(result.status == 0 && result.lines.count == 1, "\(name)\n\(result)")
    }
  }

  @Test(arguments: literals)
  func embeddingsHaveIt(number: String) throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "# Koala\n\nIt sleeps.\n")
    let server = try ScriptedServer { _, connection in
      connection.respond(
        200,
        #"{"data":[{"index":0,"embedding":[@,1,@]},{"index":@,"embedding":[@]}],"usage":{"total_tokens":@}}"#
          .replacing("@", with: number))
    }
    let result = try folder.run(
      "hg-brain", ["search", "--embed", "m", "koala"], environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0 && result.lines.count == 1, "\(result)")
  }
}
