import Foundation
import TestSupport
import Testing

/// What hg-log answers from logs that it wrote itself.
@Suite struct LogQueryTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    let records = [
      #"{"id":1,"session_id":"s","skill":"review","phase":"analyze","user":"q1","text":"a1\nline 2","model_used":"q","file_path":"a.c","duration_ms":10,"cost_usd":0.5,"usage":{"prompt_tokens":3,"completion_tokens":4},"attempts":[{},{}]}"#,
      #"{"id":"two","session_id":"s","skill":"debug","user":"q2","text":"a2","model_used":"c","duration_ms":20}"#,
      #"{"id":3,"session_id":"s","skill":"spec","user":"q3","error":{"stage":"hg-complete","kind":"x","message":"no\nanswer"}}"#,
      #"{"session_id":"t","skill":"spec","messages":[{"role":"user","content":"q0"},{"role":"user","content":"q4"}],"text":"a4"}"#,
    ]
    let result = try folder.run(
      "hg-log", ["--full", "--brain", "brain"], text: records.joined(separator: "\n"))
    try #require(result.status == 0, "\(result)")
  }

  private func ask(_ arguments: String..., text: String = "") throws -> CommandResult {
    try folder.run("hg-log", arguments, text: text)
  }

  @Test func historyIsABlockForAPrompt() throws {
    #expect(
      try ask("history", "--session", "s").text == """
        ## Session history

        - review/analyze: ok: a1 line 2 (a.c)
        - debug: ok: a2
        - spec: error: no answer

        """)
    #expect(
      try ask("history", "--session", "s", "--exclude-phase", "analyze", "--last", "1").text
        == "## Session history\n\n(earlier entries are not shown)\n- spec: error: no answer\n")
    let both = try ask("history", "--session", "s", "--exclude-phase", "analyze", "--last", "2")
    #expect(!both.text.contains("earlier") && both.lines.count == 3, "\(both)")
    let nobody = try ask("history", "--session", "nobody")
    #expect(nobody.status == 0 && nobody.text.isEmpty, "\(nobody)")
    #expect(try ask("history").status == 64)
  }

  /// A prompt has room for the end of a long session only.
  @Test func historyIsTheEndOfALongSession() throws {
    let records = (1...1000).map { #"{"session_id":"long","skill":"k","text":"a\#($0)"}"# }
    try #require(try ask("--brain", "brain", text: records.joined(separator: "\n")).status == 0)
    let end = (951...1000).map { "- k: ok: a\($0)" }
    let heading = ["## Session history", "(earlier entries are not shown)"]
    #expect(try ask("history", "--session", "long").lines == heading + end)
    let all = try ask("history", "--session", "long", "--last", "0").lines
    #expect(all.count == 1001 && all[1] == "- k: ok: a1", "\(all)")
    let prompt = try ask("history", "--prepend", text: #"{"session_id":"long","user":"Go on."}"#).text
    #expect(prompt.contains((heading + end).joined(separator: "\\n").replacing("history\\n", with: "history\\n\\n")))
  }

  @Test func historyStandsBehindKnowledge() throws {
    let knowledge = "## Relevant knowledge\n\n### A\nx\n\n---\n\n### B\ny\n\n---\n\n"
    let task = knowledge + "Do it.\n\n---\n"
    let record = try JSONSerialization.data(withJSONObject: ["session_id": "t", "user": task, "knowledge": [[:], [:]]])
    let result = try ask("history", "--prepend", text: String(decoding: record, as: UTF8.self))
    let object = try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any]
    let block = "## Session history\n\n- spec: ok: a4\n\n---\n\n"
    #expect(object?["user"] as? String == knowledge + block + "Do it.\n\n---\n", "\(result)")
    let plain = try ask("history", "--prepend", text: #"{"session_id":"t","user":"Do it."}"#)
    #expect(plain.text.contains(###""user":"## Session history\n\n- spec: ok: a4\n\n---\n\nDo it.""###), "\(plain)")
    let other = #"{"session_id":"nobody", "user":"u"}"# + "\n"
    #expect(try ask("history", "--prepend", text: other).text == other)
  }

  @Test func messagesAreTheTurnsThatWentWell() throws {
    let first = #"{"role":"user","content":"q1"},{"role":"assistant","content":"a1\nline 2"}"#
    let second = #"{"role":"user","content":"q2"},{"role":"assistant","content":"a2"}"#
    #expect(try ask("messages", "--session", "s").text == "[\(first),\(second)]\n")
    #expect(try ask("verdict", "--session", "s", "--id", "1", "fail").status == 0)
    #expect(try ask("messages", "--session", "s").text == "[\(second)]\n")
    #expect(
      try ask("messages", "--session", "t").text
        == #"[{"role":"user","content":"q4"},{"role":"assistant","content":"a4"}]"# + "\n")
    #expect(try ask("messages", "--session", "nobody").text == "[]\n")
  }

  @Test func theLastVerdictCounts() throws {
    for outcome in ["pass", "fail", "pass"] {
      #expect(try ask("verdict", "--session", "s", "--id", "two", outcome).status == 0)
    }
    #expect(try ask("verdict", "--session", "s", "--id", "1", "fail", "--message", "sk-12345678").status == 0)
    #expect(
      try ask("pass-rate", "--by", "skill,model", "--window", "1h").lines == [
        #"{"skill":"debug","model":"c","pass":1,"fail":0,"total":1,"pass_rate":1}"#,
        #"{"skill":"review","model":"q","pass":0,"fail":1,"total":1,"pass_rate":0}"#,
        #"{"skill":"spec","model":null,"pass":0,"fail":0,"total":0,"pass_rate":null}"#,
      ])
    #expect(
      try ask("pass-rate", "--skill", "none").text
        == #"{"skill":"none","pass":0,"fail":0,"total":0,"pass_rate":null}"# + "\n")
    for unknown in [["--session", "s", "--id", "9"], ["--session", "nobody"]] {
      let result = try folder.run("hg-log", ["verdict", "pass"] + unknown)
      #expect(result.status == 66 && result.errors.contains("no job"), "\(result)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("brain/sessions/nobody.jsonl")))
  }

  @Test func statisticsCountCallsNotVerdicts() throws {
    try #require(try ask("verdict", "--session", "s", "pass").status == 0)
    #expect(
      try ask("stats", "--by", "skill").lines == [
        #"{"skill":"debug","calls":1,"errors":0,"retries":0,"p50_ms":20,"p95_ms":20,"p99_ms":20,"prompt_tokens":0,"cached_tokens":0,"completion_tokens":0,"reasoning_tokens":0,"cost_usd":null,"failed_cost_usd":null}"#,
        #"{"skill":"review","calls":1,"errors":0,"retries":1,"p50_ms":10,"p95_ms":10,"p99_ms":10,"prompt_tokens":3,"cached_tokens":0,"completion_tokens":4,"reasoning_tokens":0,"cost_usd":0.5,"failed_cost_usd":null}"#,
        #"{"skill":"spec","calls":2,"errors":1,"retries":0,"p50_ms":null,"p95_ms":null,"p99_ms":null,"prompt_tokens":0,"cached_tokens":0,"completion_tokens":0,"reasoning_tokens":0,"cost_usd":null,"failed_cost_usd":null}"#,
      ])
  }

  /// A model that failed and was paid, the one that answered, and a record that nobody answered.
  @Test func failedTriesCostWhatTheyCost() throws {
    let folder = try TestFolder()
    let usage =
      #"{"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":60},"#
      + #""completion_tokens_details":{"reasoning_tokens":15}}"#
    let input = """
      {"text":"a","model_used":"b","usage":\(usage),"cost_usd":0.75,"attempts":[{"model":"a","error":"empty_answer",\
      "cost_usd":0.25},{"model":"b","error":"truncated","cost_usd":0.125},{"model":"b","error":null}]}
      {"error":{"kind":"empty_answer"},"cost_usd":0.5,"attempts":[{"model":"a","error":"empty_answer","cost_usd":0.5}]}
      {"text":"c","model_used":"b","cost_usd":1,"attempts":[{"model":"a","error":"timeout","cost_usd":9},{"model":"b",\
      "error":null},{"model":"b","error":null}]}

      """
    #expect(try folder.run("hg-log", ["--brain", "b"], text: input).status == 0)
    let columns = "[.cached_tokens, .reasoning_tokens, .cost_usd, .failed_cost_usd]"
    let all = try folder.shell("hg-log stats --brain b --by skill | jq -c '\(columns)'")
    #expect(all.lines == ["[60,15,2.25,0.875]"], "\(all)")
    let models = try folder.shell("hg-log stats --brain b --by model | jq -c '[.model] + \(columns)'")
    #expect(
      models.lines == [
        #"[null,0,0,0.5,0.5]"#, #"["a",0,0,0.25,0.25]"#, #"["b",60,15,1.5,0.125]"#,
      ], "\(models)")
    let report = try folder.shell("hg-log report --brain b -o report.html; cat report.html")
    #expect(report.text.contains("2.2500 USD together") && report.text.contains("0.8750 of it"), "\(report)")
  }

  @Test func entriesAreShownInTheOrderOfTime() throws {
    try folder.write(
      "brain/sessions/old.jsonl",
      text: #"{"session_id":"old","timestamp":"2020-01-01T00:00:01Z"}"# + "\ntorn\n"
        + #"{"session_id":"old","timestamp":"2019-01-01T00:00:01Z"}"# + "\n")
    let all = try ask("show")
    #expect(all.lines.count == 6 && all.lines[0].contains("2019") && all.lines[1].contains("2020"), "\(all)")
    #expect(try ask("show", "--since", "1h").lines.count == 4)
    #expect(try ask("show", "--session", "old", "--since", "2019-06-01").lines.count == 1)
  }

  @Test(arguments: [
    ["pass-rate", "--by", "weather"], ["pass-rate", "--window", "7"], ["pass-rate", "--by", ""],
    ["verdict", "--session", "s", "maybe"], ["verdict", "pass"], ["history", "--session", "s", "--last", "-1"],
    ["show", "--since", "later"], ["append", "--fsync", "often"], ["append", "--session", ""],
  ])
  func wrongUsageIsRefused(arguments: [String]) throws {
    let result = try folder.run("hg-log", arguments)
    #expect(result.status == 64 && result.text.isEmpty && result.errors.hasPrefix("hg-log: "), "\(result)")
  }
}
