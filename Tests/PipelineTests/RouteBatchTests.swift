import TestSupport
import Testing

/// Lines of the OpenAI Batch API, and other shapes of a prompt, through hg-route.
@Suite struct RouteBatchTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func route(_ line: String, _ arguments: [String] = []) throws -> CommandResult {
    try folder.run("hg-route", arguments, text: line + "\n")
  }

  private static let hash = #""hash":"d9a85eb23dd96f9c""#
  private static let messages = #"[{"role":"system","content":"sys"}, {"role":"user","content":"user"}]"#

  /// The same prompt has the same hash, and the model is where hg-complete looks for it.
  @Test(arguments: [
    (#"{"system":"sys","user":"user"}"#, #"{"system":"sys","user":"user","model":"qwen35","fallbacks":"#),
    (
      #"{"system":"sys","user":[{"type":"text","text":"user"}]}"#,
      #"{"system":"sys","user":[{"type":"text","text":"user"}],"model":"qwen35","fallbacks":"#
    ),
    (#"{"messages":\#(messages)}"#, #"{"messages":\#(messages),"model":"qwen35","fallbacks":"#),
    (
      #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{"n":1.0, "messages":\#(messages)}}"#,
      #"{"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{"n":1.0, "messages":\#(messages),"model":"qwen35"},"fallbacks":"#
    ),
    (
      #"{"custom_id":1,"body":{"model":null,"messages":\#(messages)}}"#,
      #"{"custom_id":1,"body":{"model":"qwen35","messages":\#(messages)},"fallbacks":"#
    ),
    (
      #"{"custom_id":"c","body":"Dear all","system":"sys","user":"user"}"#,
      #"{"custom_id":"c","body":"Dear all","system":"sys","user":"user","model":"qwen35","fallbacks":"#
    ),
  ])
  func theDecisionIsWhereTheModelIs(line: String, expected: String) throws {
    let result = try route(line)
    #expect(result.status == 0 && result.text.hasPrefix(expected), "\(result)")
    #expect(result.text.contains(Self.hash), "\(result)")
  }

  @Test func aBatchLineThatNamesItsModelKeepsIt() throws {
    let line = #"{"custom_id":"c","url":"/v1/chat/completions","body":{"model":"mine","messages":\#(Self.messages)}}"#
    let result = try route(line)
    #expect(
      result.text == line.dropLast() + #","route":{"decision":"override","reason":"override","policy":"threshold"}}"#
        + "\n")
    let refused = try route(line, ["--allow", "x"])
    #expect(refused.status == 1 && refused.text.contains(#""kind":"model_not_allowed""#), "\(refused)")
    let named = try route(#"{"user":"a","params":{"model":"mine"}}"#)
    #expect(named.text.contains(#""decision":"override""#) && !named.text.contains("fallbacks"), "\(named)")
  }

  @Test func aBatchLineIsEscalated() throws {
    let line = { (model: String, more: String) in
      #"{"custom_id":"c","body":{"model":"\#(model)","messages":[{"role":"user","content":"q"}\#(more)]}"#
    }
    let rejected = #","verdict":{"accept":false,"feedback":"shorter"},"text":"long","model_used":"qwen35"}"#
    let result = try route(line("qwen35", "") + rejected, ["--escalate"])
    let more = #",{"role":"user","content":"Prior attempt feedback: shorter"}"#
    #expect(
      result.text.hasPrefix(line("claude-sonnet-4-6", more) + #","model_used":"qwen35","fallbacks":[]"#), "\(result)")
    #expect(!result.text.contains(#""text""#) && !result.text.contains("verdict\":{"), "\(result)")
    // The feedback goes where hg-complete reads.
    let both = #"{"user":"id-7","messages":[{"role":"user","content":"q"}],"model":"qwen35"\#(rejected)"#
    #expect(
      try route(both, ["--escalate"]).text.hasPrefix(
        #"{"user":"id-7","messages":[{"role":"user","content":"q"}\#(more)]"#))
    let parts = #"{"user":[{"type":"text","text":"q"}],"model":"qwen35"\#(rejected)"#
    let added = #"{"type":"text","text":"Prior attempt feedback: shorter"}"#
    #expect(try route(parts, ["--escalate"]).text.hasPrefix(#"{"user":[{"type":"text","text":"q"},\#(added)]"#))
  }

  /// An `error` of others that says that all went well is none.
  @Test(arguments: [#""""#, "false", "0", "0.0", "{}", "{ }", "null"])
  func anErrorThatSaysNothingIsNone(error: String) throws {
    let result = try route(#"{"user":"a","error":\#(error)}"#)
    #expect(
      result.status == 0 && result.text.hasPrefix(#"{"user":"a","error":\#(error),"model":"qwen35""#), "\(result)")
  }

  @Test(arguments: [#""x""#, "true", "1", "[]", #"{"kind":"x"}"#])
  func aFailedRecordGoesThroughUntouched(error: String) throws {
    let line = #"{"user":"a","error":\#(error)}"#
    #expect(try route(line, ["--skill", "s"]).text == line + "\n")
  }
}
