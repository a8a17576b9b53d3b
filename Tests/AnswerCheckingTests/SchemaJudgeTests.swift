import AnswerChecking
import NDJSON
import Testing

@Suite struct SchemaJudgeTests {
  @Test func theValueIsFoundAsByExtract() throws {
    let schema = try Array("{}".utf8).withUnsafeBytes { try AnswerSchema($0) }
    let text = Array(#""Here:\n```json\n{\"a\": 1}\n```""#.utf8)
    let judgement = text.withUnsafeBytes { SchemaJudge().judge(JSONValue($0), by: schema) }
    #expect(judgement.json == Array(#"{"a":1}"#.utf8))
    #expect(judgement.feedback == nil)
  }
}
