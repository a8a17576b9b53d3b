import Foundation
import TestSupport
import Testing

@Suite struct RouteEscalateTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try folder.write("config/hyperguild/models.yaml", text: "default_chain: [a, b, c]\nskills:\n  one: {chain: [x]}\n")
  }

  private func escalate(_ line: String, _ arguments: [String] = []) throws -> CommandResult {
    try folder.run("hg-route", ["--escalate"] + arguments, text: line + "\n")
  }

  static let route = #""route":{"decision":"escalate","reason":"verdict","policy":"threshold"}"#

  struct Case: Sendable {
    let input: String
    let output: String
  }

  @Test(arguments: [
    Case(
      input: #"{"user":"t","model":"a","text":"bad","model_used":"a","verdict":{"accept":false,"feedback":"no"}}"#,
      output: #"{"user":"t\n\nPrior attempt feedback: no","model":"b","model_used":"a","fallbacks":["c"],\#(route)}"#),
    // The model that answered counts, not the one that was asked first.
    Case(
      input: #"{"user":"t\n","model":"a","fallbacks":["b"],"text":"","model_used":"b","verdict":{"accept":false}}"#,
      output: #"{"user":"t\n","model":"c","fallbacks":[],"model_used":"b",\#(route)}"#),
    Case(
      input: #"{"user":"t\n","model_used":"a","attempts":[1],"verdict":{"accept":false,"feedback":"\"é\""}}"#,
      output: #"{"user":"t\n\nPrior attempt feedback: \"é\"","model_used":"a","attempts":[1],"model":"b","#
        + #""fallbacks":["c"],\#(route)}"#),
    Case(
      input: #"{"messages":[{"role":"user", "content":"t"}],"model":"b","verdict":{"accept":false,"feedback":"no"}}"#,
      output: #"{"messages":[{"role":"user", "content":"t"},{"role":"user","content":"Prior attempt feedback: no"}],"#
        + #""model":"c","fallbacks":[],\#(route)}"#),
    // A model of the user's own, from outside of the chain: the strong one.
    Case(
      input: #"{"user":"t","model":"mine","verdict":{"accept":false,"feedback":""}}"#,
      output: #"{"user":"t","model":"c","fallbacks":[],\#(route)}"#),
  ])
  func theNextModelOfTheChain(_ row: Case) throws {
    let result = try escalate(row.input)
    #expect(result.text == row.output + "\n", "\(result)")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  @Test(arguments: [
    #"{"user":"t","model":"a","text":"good","verdict":{"accept":true}}"#, #"{"user":"t"}"#, #"{"verdict":null}"#,
    #"{"user":"t","verdict":{"accept":null}}"#, #"{"user":"t","verdict":{"accept":"false"}}"#, #"{"verdict":false}"#,
    #"{"user":"t","model":"c","verdict":{"accept":false},"error":{"stage":"s","kind":"k","message":"m"}}"#,
  ])
  func everythingElseGoesThroughUntouched(line: String) throws {
    let result = try escalate(line, ["--skill", "one", "--session", "s"])
    #expect(result.text == line + "\n" && result.status == 0, "\(result)")
  }

  @Test(arguments: [
    #"{"user":"t","model":"c","text":"bad","verdict":{"accept":false}}"#,
    #"{"skill":"one","user":"t","model":"x","text":"bad","verdict":{"accept":false}}"#,
  ])
  func withoutANextModelItIsAnError(line: String) throws {
    let result = try escalate(line)
    #expect(result.status == 1, "\(result)")
    #expect(result.text.hasPrefix(line.dropLast() + #","error":{"stage":"hg-route","kind":"chain_exhausted","#))
  }

  @Test func modelsThatAreNotUpAreSkipped() throws {
    let line = #"{"user":"t","model":"a","verdict":{"accept":false}}"#
    try folder.write("up", text: "c\n")
    #expect(try escalate(line, ["--available", "up"]).text.contains(#""model":"c","fallbacks":[]"#))
    // With none of them up the list is of no use.
    #expect(try escalate(line.replacing("}}", with: "},\"x\":1}"), ["--available", "up"]).status == 0)
    try folder.write("up", text: "a\n")
    let result = try escalate(line, ["--available", "up"])
    #expect(result.text.contains(#""model":"b""#) && result.text.contains(#""fallbacks":["c"]"#), "\(result)")
  }

  /// Generated, judged, escalated, judged again: the chain comes to its end.
  @Test func aPipelineOfAttemptsEnds() throws {
    let script = """
      judge() { sed 's/}$/,"text":"x","verdict":{"accept":false,"feedback":"again"}}/'; }
      echo '{"user":"t"}' | hg-route | judge | hg-route --escalate | judge | hg-route --escalate | judge \\
        | hg-route --escalate
      """
    let result = try folder.shell(script)
    #expect(result.status == 1 && result.text.contains(#""kind":"chain_exhausted""#), "\(result)")
    #expect(result.text.components(separatedBy: "Prior attempt feedback: again").count == 3, "\(result)")
  }
}
