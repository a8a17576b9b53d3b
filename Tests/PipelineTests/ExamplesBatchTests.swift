import Foundation
import TestSupport
import Testing

/// Many records: with a budget, resumed, by make, by GNU parallel, in the form of the Batch API.
@Suite struct ExamplesBatchTests {
  static func tasks(_ count: Int) -> String {
    (1...count).map { "{\"id\":\($0),\"skill\":\"b\",\"user\":\"q\($0)\",\"model\":\"canned-accept\"}\n" }.joined()
  }

  @Test func batchGoesOnWhereItStopped() throws {
    let run = try ExampleRun()
    try run.folder.write("tasks", text: Self.tasks(40))
    let first = try run.run("batch.sh", ["tasks", "answers", "-j", "2", "--max-tokens-total", "200"])
    #expect(first.status == 75, "\(first)")
    let answered = try run.shell("jq -c 'select(.text)' answers | wc -l").text
    #expect((1..<40).contains(Int(answered.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0), "\(answered)")
    let second = try run.run("batch.sh", ["tasks", "answers", "-j", "4"])
    #expect(second.status == 0, "\(second)")
    let ids = try run.shell("jq -c 'select(.text) | .id' answers | sort -n | uniq -c | awk '{print $1}' | uniq -c")
    #expect(ids.text.split(whereSeparator: \.isWhitespace) == ["40", "1"], "each is answered once: \(ids)")
    let third = try run.run("batch.sh", ["tasks", "answers"])
    #expect(third.status == 0, "\(third)")
    #expect(try run.shell("jq -c 'select(.text)' answers | wc -l").text.contains("40"))
  }

  @Test func batchFilesRunAsTheyAre() throws {
    let run = try ExampleRun()
    let body = #"{"model":"canned-accept","messages":[{"role":"user","content":"hi"}]}"#
    try run.folder.write(
      "requests.jsonl",
      text: ["a", "b"].map {
        #"{"custom_id":"\#($0)","method":"POST","url":"/v1/chat/completions","body":\#(body)}"# + "\n"
      }
      .joined())
    let result = try run.run("batch-openai.sh", ["requests.jsonl", "-j", "2"])
    #expect(result.status == 0, "\(result)")
    let lines = try result.lines.map(object)
    #expect(lines.map { $0["custom_id"] as? String } == ["a", "b"], "\(result)")
    for line in lines { #expect((line["response"] as? [String: Any])?["status_code"] as? Int == 200, "\(result)") }
  }

  @Test func makeAsksOnlyForWhatIsNew() throws {
    let run = try ExampleRun()
    for name in ["a", "b"] { try run.folder.write("prompts/\(name).txt", text: "hello \(name)\n") }
    let command = "make -j 2 -f \"$EXAMPLES/batch.mk\" PROMPTS=prompts"
    let model = "export HYPERGUILD_LOCAL_MODEL=canned-accept HYPERGUILD_CLAUDE_MODEL=canned-accept; "
    let first = try run.shell(model + command + "; cat prompts/*.md")
    #expect(first.status == 0 && first.text.hasSuffix("ACCEPT\nACCEPT\n"), "\(first)")
    let second = try run.shell(
      model + "touch -d '1 hour ago' prompts/*.txt; echo mine > prompts/a.md; echo new > prompts/b.txt; "
        + "touch -d '1 hour ago' prompts/b.md; \(command); cat prompts/*.md")
    #expect(second.status == 0 && second.text.hasSuffix("mine\nACCEPT\n"), "\(second)")
    let broken = "export HYPERGUILD_LOCAL_MODEL=broken-local HYPERGUILD_CLAUDE_MODEL=broken-local; "
    let failed = try run.shell(broken + "echo x > prompts/c.txt; ! \(command) -s; [ ! -e prompts/c.md ]")
    #expect(failed.status == 0, "\(failed)")
  }

  @Test func parallelGivesTheSameAnswers() throws {
    let run = try ExampleRun()
    let projected = "jq -c '[.id, .text, .model_used]'"
    let single = try run.shell("hg-route | hg-complete | hg-strip | \(projected)", text: Self.tasks(25))
    let parallel = try run.shell("BLOCK=4 \"$EXAMPLES/parallel.sh\" | \(projected)", text: Self.tasks(25))
    #expect(parallel.status == 0 && parallel.lines.count == 25, "\(parallel)")
    #expect(parallel.text == single.text, "\(parallel)")
  }
}
