import Foundation
import TestSupport
import Testing

/// The checks that the documents show, against the real proxy: `jq`, and a model as judge.
@Suite("hg-complete and checks against the real LiteLLM proxy")
struct CompleteCheckExampleTests {
  @Test("jq: what the small model misses, the second model meets; the log and the route know it")
  func jq() throws {
    let run = try ExampleRun()
    let result = try run.shell(
      #"""
      export HYPERGUILD_PASS_RATE_TTL_SECONDS=0 HYPERGUILD_CLAUDE_MODEL=canned-items
      # Whether the text holds the wanted object.
      check='hg-strip --extract | jq -e ".json | objects | .items | length > 0" || exit 1'
      ask() {
        echo '{"session_id":"s","skill":"lists","user":"Say hello.","max_tokens":8,"temperature":0}' |
          hg-route | hg-complete --check "$check" | hg-log
      }
      for round in 1 2; do
        ask | jq -c '[.route.reason, .model_used, .verdict, [.attempts[] | [.model, .error]]]'
      done
      hg-log pass-rate --by model | jq -c '[.model, .pass, .fail]'
      """#)
    #expect(
      result.lines == [
        #"["no_data","canned-items",{"accept":true},[["qwen35","rejected"],["qwen35","rejected"],["canned-items",null]]]"#,
        #"["below_ceil","canned-items",{"accept":true},[["canned-items",null]]]"#,
        #"["canned-items",2,0]"#, #"["qwen35",0,1]"#,
      ], "\(result)")
  }

  @Test("a schema: what the small model misses, the second model meets; the log and the route know it")
  func schema() throws {
    let run = try ExampleRun()
    let result = try run.shell(
      #"""
      export HYPERGUILD_PASS_RATE_TTL_SECONDS=0 HYPERGUILD_CLAUDE_MODEL=canned-items
      echo '{"type":"object","properties":{"items":{"type":"array","items":{"type":"integer"},"minItems":3}},
        "required":["items"],"additionalProperties":false}' > items.json
      # The small model has no room for three numbers.
      for round in 1 2; do
        echo '{"session_id":"s","skill":"lists","user":"Name three primes.","max_tokens":6,"temperature":0}' |
          hg-route | hg-complete --schema items.json | hg-log |
          jq -c '[.route.reason, .model_used, .json, .verdict, [.attempts[] | [.model, .error]]]'
      done
      hg-log pass-rate --by model | jq -c '[.model, .pass, .fail]'
      """#)
    #expect(
      result.lines == [
        #"["no_data","canned-items",{"items":[2,3,5]},{"accept":true},"#
          + #"[["qwen35","rejected"],["qwen35","rejected"],["canned-items",null]]]"#,
        #"["below_ceil","canned-items",{"items":[2,3,5]},{"accept":true},[["canned-items",null]]]"#,
        #"["canned-items",2,0]"#, #"["qwen35",0,1]"#,
      ], "\(result)")
  }

  static let task = #"{"id":1,"user":"Is 7 odd?","model":"canned-items","fallbacks":["canned-nothing"]}"# + "\n"

  @Test(
    "examples/judge accepts, rejects with its reason, or is a broken check",
    arguments: [
      ("canned-accept", "accept"), ("canned-reject", "rejected"), ("canned-nothing", "check_failed"),
      ("broken-local", "check_failed"),
    ])
  func judge(model: String, outcome: String) throws {
    let run = try ExampleRun()
    try run.folder.write("in", text: Self.task)
    let result = try run.shell(
      """
      ln -s "$EXAMPLES" examples; export JUDGE_API_KEY=$LITELLM_API_KEY JUDGE_MODEL=\(model)
      hg-complete --retries 0 --repair 0 --check 'examples/judge' < in || echo $?
      """)
    let record = try object(try #require(result.lines.first, "\(result)"))
    let error = record["error"] as? [String: Any]
    #expect(error?["kind"] as? String == (outcome == "accept" ? nil : outcome), "\(result)")
    #expect(result.lines.count == (outcome == "accept" ? 1 : 2), "\(result)")
    let verdict = record["verdict"] as? [String: Any]
    #expect(verdict?["accept"] as? Bool == ["accept": true, "rejected": false][outcome], "\(result)")
    if outcome == "rejected" {
      #expect(verdict?["feedback"] as? String == "it does not say which file.", "\(result)")
      #expect(CompleteCheckTests.attempts(record) == "canned-items:rejected canned-nothing:rejected", "\(result)")
    }
  }

  @Test("examples/judge says what it lacks, and gives no verdict without it")
  func judgeWithoutAKey() throws {
    let run = try ExampleRun()
    let result = try run.shell(
      "JUDGE_MODEL=canned-accept hg-complete --check \"$EXAMPLES/judge\" || true", text: Self.task)
    let error = try object(try #require(result.lines.first, "\(result)"))["error"] as? [String: Any]
    #expect(error?["kind"] as? String == "check_failed", "\(result)")
    let message = error?["message"] as? String
    #expect(message?.contains("JUDGE_API_KEY is not set") == true, "\(result)")
    for record in ["", "{"] {
      let alone = try run.folder.run("\(examples)/judge", text: record, environment: run.environment)
      #expect(alone.status > 1, "\(alone)")
    }
  }
}
