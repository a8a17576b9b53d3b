import Foundation
import TestSupport
import Testing

/// What comes out of every stage, and of all of them behind one another, for every shape of record.
@Suite struct RecordMatrixTests {
  /// A row of the table. In what is expected, `…` stands for anything, `=` for the line as it went in, and `~` for the
  /// line without its last brace.
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let line: String
    /// What `hg-brain context` makes of it.
    var brain: String
    /// What `hg-route` makes of it.
    var route: String
    /// The body that is sent for it; nil when it is not asked.
    let asked: String?
    /// What `hg-complete` makes of it.
    var complete: String
    /// What `hg-strip` makes of it.
    var strip: String
    /// The entry that `hg-log` writes.
    var entry: String
    /// What `hg-route --escalate` makes of it, with an answer that was not accepted.
    var escalated: String
    /// What comes out of the pipeline.
    var pipeline: String
    var testDescription: String { name }

    /// A row of a record that is asked. `answered` is what hg-complete leaves of a line that has members of an answer.
    init(
      _ name: String, _ line: String, brain: String? = nil, model: String = Row.local, answered: String = "~",
      asked: String? = #"{"model":"qwen35","messages":[{"role":"user","content":"deploy?"}]}"#, strip: String = "=",
      entry: String = #"…"final_status":"ok"}"#, escalated: String? = nil, pipeline: String? = nil
    ) {
      let known = { (text: String) in
        text.replacingOccurrences(of: #""deploy?""#, with: "\"\(Row.block)deploy?\"")
      }
      (self.name, self.line, self.asked, self.strip, self.entry) = (name, line, asked, strip, entry)
      self.brain = brain ?? known(Self.open(line)) + Row.knowledge + "}"
      route = "~" + model + "}"
      complete = answered + Row.answer + "}"
      self.escalated =
        escalated
        ?? Self.open(line).replacingOccurrences(of: #""deploy?""#, with: #""deploy?\n\n\#(Row.feedback)""#)
        + Row.escalation
        + "}"
      self.pipeline =
        pipeline ?? known(answered == "~" ? Self.open(line) : answered) + Row.knowledge + model + Row.stripped + "}"
    }

    /// A row of a record that no server is asked for.
    init(
      notAsked name: String, _ line: String, route: String = "=", complete: String, entry: String, escalated: String
    ) {
      (self.name, self.line, self.route, self.complete, self.entry) = (name, line, route, complete, entry)
      (brain, asked, strip, self.escalated) = ("=", nil, "=", escalated)
      pipeline = complete.replacingOccurrences(of: "~", with: route == "=" ? "~" : Self.open(route))
    }

    /// The line without its last brace.
    static func open(_ line: String) -> String { String(line.dropLast()) }

    static let block = #"## Relevant knowledge…---\n\n"#
    static let knowledge = #","knowledge":[{"path":"knowledge/deploy.md","title":"Deploying","score":…}]"#
    static let choice = #","fallbacks":["claude-sonnet-4-6"],"route":{"decision":"local",…}"#
    static let local = #","model":"qwen35""# + choice
    static let override = #","route":{"decision":"override","reason":"override","policy":"threshold"}"#
    static let schema = #"\n\n{\"status\":\"pass\",\"phase\":\"p\"}"#
    static let answer = #","text":"It is 42.\#(schema)","model_used":"…","finish_reason":"stop",…,"attempts":[{…}]"#
    static let stripped =
      #","text":"It is 42.","model_used":"…",…,"attempts":[{…}],"stripped":[{"status":"pass","phase":"p"}]"#
    static let feedback = "Prior attempt feedback: better"
    static let message = #"{"role":"user","content":"deploy?"}"#
    static let twoMessages = message + #",{"role":"user","content":"\#(feedback)"}"#
    static let escalated = #","fallbacks":["claude-sonnet-4-6"],"route":{"decision":"escalate",…}"#
    static let escalation = #","model":"qwen35""# + escalated
  }

  static let batch = #""custom_id":"c","method":"POST","url":"/v1/chat/completions""#

  static let rows = [
    Row("user", #"{"id":1,"n":1.10,"user":"deploy?"}"#),
    Row(
      "user as parts", #"{"id":1,"user":[{"type":"text","text":"deploy?"},{"type":"image_url"}],"n":1e400}"#,
      brain: #"{"id":1,"user":[{"type":"text","text":"\#(Row.block)"},{"type":"text","text":"deploy?"},"#
        + #"{"type":"image_url"}],"n":1e400\#(Row.knowledge)}"#,
      asked: #"{"model":"qwen35","messages":[{"role":"user","content":[{"type":"text","text":"deploy?"},"#
        + #"{"type":"image_url"}]}]}"#,
      escalated: #"{"id":1,"user":[{"type":"text","text":"deploy?"},{"type":"image_url"},"#
        + #"{"type":"text","text":"\#(Row.feedback)"}],"n":1e400\#(Row.escalation)}"#,
      pipeline: #"{"id":1,"user":[{"type":"text","text":"\#(Row.block)"},{"type":"text","text":"deploy?"},"#
        + #"{"type":"image_url"}],"n":1e400\#(Row.knowledge + Row.local + Row.stripped)}"#),
    Row(
      "messages", #"{"id":1,"messages":[{"role":"system","content":"s"},\#(Row.message)],"x":1.10}"#,
      asked: #"{"model":"qwen35","messages":[{"role":"system","content":"s"},\#(Row.message)]}"#,
      escalated: #"{"id":1,"messages":[{"role":"system","content":"s"},\#(Row.twoMessages)],"x":1.10"#
        + Row.escalation + "}"),
    Row(
      "messages beside a user of the user's own", #"{"messages":[\#(Row.message)],"user":"customer-7"}"#,
      escalated: #"{"messages":[\#(Row.twoMessages)],"user":"customer-7"\#(Row.escalation)}"#),
    Row(
      "messages in params", #"{"user":"q","params":{"x":1.0,"messages":[\#(Row.message)]}}"#,
      asked: #"{"model":"qwen35","messages":[\#(Row.message)],"x":1.0}"#,
      escalated: #"{"user":"q","params":{"x":1.0,"messages":[\#(Row.twoMessages)]}\#(Row.escalation)}"#),
    Row(
      "Batch line with a model", #"{\#(batch),"body":{"model":"m5", "messages":[\#(Row.message)]}}"#,
      model: Row.override, asked: #"{"model":"m5", "messages":[\#(Row.message)]}"#,
      escalated: #"{\#(batch),"body":{"model":"claude-sonnet-4-6", "messages":[\#(Row.twoMessages)]},"fallbacks":[],"#
        + #""route":{"decision":"escalate",…}}"#),
    row(batchWithoutModel: "Batch line without a model", batch, #"{"n":1.0,"messages":[\#(Row.message)]MODEL}"#),
    row(
      batchWithoutModel: "Batch line without method and url", #""custom_id":7"#, #"{"messages":[\#(Row.message)]MODEL}"#
    ),
    Row(
      notAsked: "Batch output line",
      #"{"id":"b","custom_id":"c","response":{"status_code":200,"body":{}},"error":null}"#,
      complete: #"{"id":"b","custom_id":"c","response":{"status_code":200,"body":{}},"error":"#
        + #"{"stage":"hg-complete","kind":"bad_input",…}}"#,
      entry: #"…"id":"b","final_status":"ok"}"#, escalated: "="),
    Row(
      notAsked: "failed Batch output line", #"{"id":"b","custom_id":"c","response":null,"error":{"code":"x"}}"#,
      complete: "=", entry: #"…"id":"b","final_status":"error","error":{"code":"x"}}"#, escalated: "="),
    Row(
      notAsked: "failed record", #"{"id":1,"user":"deploy?","error":{"stage":"x","kind":"y","message":"z"}}"#,
      complete: "=", entry: #"…"id":1,"final_status":"error","error":{"stage":"x","kind":"y","message":"z"}}"#,
      escalated: "="),
    Row(
      notAsked: "failed record whose error is a text", #"{"id":1,"user":"deploy?","error":"out of memory"}"#,
      complete: "=", entry: #"…"final_status":"error","error":"out of memory"}"#, escalated: "="),
    Row("response of the user's own", #"{"id":1,"user":"deploy?","response":"gold"}"#),
    Row("body of the user's own", #"{"id":1,"user":"deploy?","body":"Dear all"}"#),
    Row("body of the user's own that looks like a request", #"{"user":"deploy?","body":{"messages":[]}}"#),
    Row("custom_id alone", #"{"custom_id":"c","user":"deploy?"}"#),
    Row("custom_id and a body that is a text", #"{"custom_id":"c","body":"Dear all","user":"deploy?"}"#),
    Row("custom_id and a body of the user's own", #"{"custom_id":"c","body":{"html":""},"user":"deploy?"}"#),
    Row(
      "custom_id and a response of the user's own",
      #"{"custom_id":"c","response":"gold","messages":[\#(Row.message)]}"#,
      escalated: #"{"custom_id":"c","response":"gold","messages":[\#(Row.twoMessages)]\#(Row.escalation)}"#),
    Row("empty error", #"{"id":1,"user":"deploy?","error":""}"#, answered: #"{"id":1,"user":"deploy?""#),
    Row("error that is false", #"{"id":1,"user":"deploy?","error":false}"#, answered: #"{"id":1,"user":"deploy?""#),
    Row("error that is 0", #"{"id":1,"user":"deploy?","error":0}"#, answered: #"{"id":1,"user":"deploy?""#),
    Row("error without members", #"{"id":1,"user":"deploy?","error":{}}"#, answered: #"{"id":1,"user":"deploy?""#),
    Row("error that is null", #"{"id":1,"user":"deploy?","error":null}"#, answered: #"{"id":1,"user":"deploy?""#),
    Row(
      "text of the user's own", #"{"id":1,"user":"deploy?","text":"gold\#(Row.schema)"}"#,
      answered: #"{"id":1,"user":"deploy?""#,
      strip: #"{"id":1,"user":"deploy?","text":"gold","stripped":[{"status":"pass","phase":"p"}]}"#,
      entry: #"…"final_status":"ok","message":"gold\#(Row.schema)"}"#,
      escalated: #"{"id":1,"user":"deploy?\n\n\#(Row.feedback)"\#(Row.escalation)}"#,
      pipeline: #"{"id":1,"user":"\#(Row.block)deploy?","text":"It is 42."\#(Row.knowledge + Row.local),"#
        + #""model_used":"qwen35",…,"stripped":[{"status":"pass","phase":"p"}]}"#),
    Row(
      notAsked: "custom_id and nothing else", #"{"custom_id":"c"}"#, route: "~" + Row.local + "}",
      complete: #"~,"error":{"stage":"hg-complete","kind":"no_prompt",…}}"#, entry: #"…"final_status":"ok"}"#,
      escalated: "~" + Row.escalation + "}"),
    Row(
      notAsked: "Batch line whose body is none", #"{\#(batch),"body":7}"#, route: "~" + Row.local + "}",
      complete: #"~,"error":{"stage":"hg-complete","kind":"bad_input",…}}"#, entry: #"…"final_status":"ok"}"#,
      escalated: "~" + Row.escalation + "}"),
  ]

  /// A Batch line that names no model: the decision goes into `body`, where `MODEL` stands.
  static func row(batchWithoutModel name: String, _ head: String, _ body: String) -> Row {
    let with = { (model: String) in body.replacingOccurrences(of: "MODEL", with: model) }
    let routed = #"{\#(head),"body":\#(with(#","model":"qwen35""#))"#
    var row = Row(
      name, #"{\#(head),"body":\#(with(""))}"#, asked: #"{"model":"qwen35","# + with("").dropFirst(),
      escalated: routed.replacingOccurrences(of: Row.message, with: Row.twoMessages) + Row.escalated + "}",
      pipeline: with(#","model":"qwen35""#).replacingOccurrences(of: "deploy?", with: Row.block + "deploy?"))
    row.route = routed + Row.choice + "}"
    row.pipeline =
      #"{\#(head),"body":"# + row.pipeline + Row.knowledge + Row.choice + Row.stripped + "}"
    return row
  }

  private let folder: TestFolder
  private let server: ScriptedServer

  init() throws {
    folder = try TestFolder()
    try folder.write("brain/knowledge/deploy.md", text: "# Deploying\n\nTag the commit, then deploy it.")
    server = try ScriptedServer { request, connection in
      connection.answer("It is 42.\n\n{\"status\":\"pass\",\"phase\":\"p\"}", model: Self.model(in: request.text))
    }
  }

  private static func model(in body: String) -> String {
    body.contains("claude") ? "claude-sonnet-4-6" : body.contains("m5") ? "m5" : "qwen35"
  }

  @Test(arguments: rows)
  func everyStageKnowsTheShape(_ row: Row) throws {
    try expect(row.brain, of: row.line, from: "hg-brain context")
    try expect(row.route, of: row.line, from: "hg-route")
    try expect(row.complete, of: row.line, from: "hg-complete")
    #expect(server.requests.map(\.text) == [row.asked].compactMap { $0 })
    try expect(row.strip, of: row.line, from: "hg-strip")
    try expect("=", of: row.line, from: "hg-log")
    let entry = try lastEntry()
    #expect(Self.matches(row.entry, entry), "\(entry)")
    // What has an answer of its own keeps it, the others get one.
    let verdict = (row.strip == "=" ? #","text":"t""# : "") + #","verdict":{"accept":false,"feedback":"better"}}"#
    try expect(row.escalated, of: row.line, as: Row.open(row.line) + verdict, from: "hg-route --escalate")
  }

  @Test(arguments: rows)
  func thePipelineKnowsTheShape(_ row: Row) throws {
    try expect(row.pipeline, of: row.line, from: "hg-brain context | hg-route | hg-complete | hg-strip | hg-log")
    let (asked, entry) = (server.requests.map(\.text), try lastEntry())
    if row.asked == nil {
      #expect(asked.isEmpty)
      #expect(entry.contains(#""final_status":"error""#), "\(entry)")
    } else {
      #expect(asked.count == 1)
      #expect(asked.allSatisfy { Self.matches("…\(Row.block)…deploy?…", $0) }, "\(asked)")
      #expect(Self.matches(#"…"final_status":"ok","model_used":…,"message":"It is 42."}"#, entry), "\(entry)")
    }
  }

  private func lastEntry() throws -> String {
    let log = String(decoding: try folder.read("brain/sessions/default.jsonl"), as: UTF8.self)
    return try #require(log.split(separator: "\n").last.map(String.init))
  }

  private func expect(_ pattern: String, of line: String, as input: String? = nil, from stages: String) throws {
    let input = input ?? line
    let result = try folder.shell(stages, text: input + "\n", environment: ["LITELLM_BASE_URL": server.url])
    let pattern = pattern == "=" ? input : pattern.replacingOccurrences(of: "~", with: Row.open(line))
    #expect(result.status == (pattern.contains(#""stage":"hg-complete""#) ? 1 : 0), "\(result)")
    #expect(
      result.text.hasSuffix("\n") && Self.matches(pattern, String(result.text.dropLast())), "\(pattern)\n\(result)")
  }

  /// Whether a text is the pattern with something in the place of each `…`.
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let pieces = pattern.components(separatedBy: "…")
    guard pieces.count > 1 else { return pattern == text }
    guard text.hasPrefix(pieces[0]) else { return false }
    var rest = text.dropFirst(pieces[0].count)
    for piece in pieces.dropFirst().dropLast() {
      guard let range = rest.range(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(pieces[pieces.count - 1])
  }
}
