import NDJSON
import Records
import Testing

/// What each member means, whatever else is in the record.
@Suite struct RecordShapeTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let line: String
    var shape = RecordShape.record
    var place = RecordPrompt.Place.nowhere
    var task: String?
    var model: String?
    var testDescription: String { line }
  }

  static let cases = [
    Case(line: #"{}"#),
    Case(line: #"{"user":"q","model":"m"}"#, place: .user, task: "q", model: #""m""#),
    Case(line: #"{"user":null,"model":null}"#),
    Case(line: #"{"user":7,"model":7}"#, place: .user, model: "7"),
    Case(line: #"{"user":[{"type":"text","text":"a"},{"type":"image_url"},{"text":"b"}]}"#, place: .user, task: "a\nb"),
    Case(
      line: #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"user":"id-7"}"#,
      place: .messages, task: "a"),
    Case(line: #"{"messages":null,"user":"q"}"#, place: .user, task: "q"),
    Case(line: #"{"messages":[]}"#, place: .messages),
    Case(
      line: #"{"user":"q","params":{"messages":[{"role":"user","content":"p"}],"model":"m"}}"#, place: .parameters,
      task: "p", model: #""m""#),
    Case(line: #"{"user":"q","model":"m","params":{"model":"p"}}"#, place: .user, task: "q", model: #""m""#),
    Case(
      line: #"{"custom_id":1,"body":{"messages":[{"role":"user","content":"q"}]},"model":"top"}"#,
      shape: .batchRequest, place: .body, task: "q"),
    Case(
      line: #"{"custom_id":"c","url":"/v1/chat/completions","body":{"model":"m","messages":[]}}"#,
      shape: .batchRequest, place: .body, model: #""m""#),
    Case(line: #"{"custom_id":"c","url":"/v1/chat/completions","body":7}"#, shape: .batchRequest),
    Case(line: #"{"id":"b","custom_id":"c","response":{"status_code":200},"error":null}"#, shape: .batchResult),
    Case(line: #"{"id":"b","custom_id":"c","response":null,"error":{"code":"x"}}"#, shape: .batchResult),
    // Members of the user's own, named like those of a Batch line.
    Case(line: #"{"custom_id":"c","user":"q"}"#, place: .user, task: "q"),
    Case(line: #"{"custom_id":"c","body":"Dear all","user":"q"}"#, place: .user, task: "q"),
    Case(
      line: #"{"custom_id":"c","body":{"html":""},"user":"q","model":"m"}"#, place: .user, task: "q", model: #""m""#),
    Case(line: #"{"custom_id":"c","body":"Dear all"}"#),
    Case(line: #"{"custom_id":"c","response":"gold","user":"q"}"#, place: .user, task: "q"),
    Case(line: #"{"response":"gold","user":"q"}"#, place: .user, task: "q"),
    Case(line: #"{"body":{"messages":[]},"user":"q"}"#, place: .user, task: "q"),
  ]

  @Test(arguments: cases)
  func members(test: Case) throws {
    try withRecord(test.line) { record in
      #expect(record.shape == test.shape)
      #expect(record.isBatchLine == (test.shape != .record))
      #expect(record.prompt.place == test.place)
      #expect(record.prompt.taskText == test.task)
      #expect(record.namedModel?.text == test.model)
    }
  }

  @Test(arguments: [
    ("", false), (#""error":null"#, false), (#""error":false"#, false), (#""error":0"#, false),
    (#""error":-0.0"#, false), (#""error":"""#, false), (#""error":{}"#, false), (#""error":{ }"#, false),
    (#""error":{"kind":"x"}"#, true), (#""error":"x""#, true), (#""error":true"#, true), (#""error":1"#, true),
    (#""error":[]"#, true), (#""error":" ""#, true), (#""error":{"kind":"x"},"error":null"#, false),
  ])
  func whetherARecordHasFailed(members: String, hasFailed: Bool) throws {
    try withRecord("{\(members)}") { record in #expect(record.hasFailed == hasFailed) }
  }

  enum Change: Sendable { case model, prepend, append }

  static let edits: [(line: String, change: Change, expected: String?)] = [
    (#"{"user":"q"}"#, .model, #"{"user":"q","model":"m"}"#),
    (#"{"model":"x", "user":"q"}"#, .model, #"{"model":"m", "user":"q"}"#),
    (#"{"custom_id":1,"body":{ "x":1.10 }}"#, .model, #"{"custom_id":1,"body":{ "x":1.10,"model":"m" }}"#),
    (#"{"custom_id":1,"body":{"model":null}}"#, .model, #"{"custom_id":1,"body":{"model":"m"}}"#),
    (#"{"custom_id":1,"body":"mail"}"#, .model, #"{"custom_id":1,"body":"mail","model":"m"}"#),
    (#"{"user":"q"}"#, .prepend, #"{"user":"NEWq"}"#),
    (#"{"user":[{"text":"q"}]}"#, .prepend, #"{"user":[{"type":"text","text":"NEW"},{"text":"q"}]}"#),
    (
      #"{"messages":[ {"role":"user","content":"q"}, {"role":"assistant"}]}"#, .prepend,
      #"{"messages":[ {"role":"user","content":"NEWq"}, {"role":"assistant"}]}"#
    ),
    (
      #"{"custom_id":1,"body":{"n":1.0,"messages":[{"role":"user","content":[1]}]}}"#, .prepend,
      #"{"custom_id":1,"body":{"n":1.0,"messages":[{"role":"user","content":[{"type":"text","text":"NEW"},1]}]}}"#
    ),
    (
      #"{"params":{"messages":[{"role":"user","content":"q"}]}}"#, .prepend,
      #"{"params":{"messages":[{"role":"user","content":"NEWq"}]}}"#
    ),
    (#"{"user":7}"#, .prepend, nil), ("{}", .prepend, nil), (#"{"messages":[]}"#, .prepend, nil),
    (#"{"custom_id":"c","response":{}}"#, .prepend, nil), ("{}", .append, nil), (#"{"messages":"x"}"#, .append, nil),
    (#"{"user":"q"}"#, .append, #"{"user":"q\n\nNEW"}"#), (#"{"user":"q\n"}"#, .append, #"{"user":"q\n\nNEW"}"#),
    (#"{"user":[1]}"#, .append, #"{"user":[1,{"type":"text","text":"NEW"}]}"#),
    (#"{"messages":[1]}"#, .append, #"{"messages":[1,{"role":"user","content":"NEW"}]}"#),
    (
      #"{"custom_id":1,"body":{"messages":[1],"x":1}}"#, .append,
      #"{"custom_id":1,"body":{"messages":[1,{"role":"user","content":"NEW"}],"x":1}}"#
    ),
  ]

  @Test(arguments: edits)
  func changes(line: String, change: Change, expected: String?) throws {
    try withRecord(line) { record in
      var edits = RecordEdits()
      var isChanged = true
      switch change {
      case .model: edits.setModel(Array(#""m""#.utf8), of: record)
      case .prepend: isChanged = edits.prependToTask("NEW", of: record)
      case .append: isChanged = edits.appendToPrompt("NEW", of: record)
      }
      var output: [UInt8] = []
      edits.append(record, to: &output)
      #expect(String(decoding: output, as: UTF8.self) == expected ?? line)
      #expect(isChanged == (expected != nil))
    }
  }

  @Test func oneChangeWorksOnTopOfAnother() throws {
    let line = #"{"custom_id":1,"body":{"messages":[{"role":"user","content":"q"}],"model":"x"}}"#
    try withRecord(line) { record in
      var edits = RecordEdits()
      edits.setModel(Array(#""m""#.utf8), of: record)
      let isAppended = edits.appendToPrompt("B", of: record)
      let isPrepended = edits.prependToTask("A", of: record)
      #expect(isAppended && isPrepended)
      var output: [UInt8] = []
      edits.append(record, to: &output)
      let expected =
        #"{"custom_id":1,"body":{"messages":[{"role":"user","content":"q"},{"role":"user","content":"AB"}],"model":"m"}}"#
      #expect(String(decoding: output, as: UTF8.self) == expected)
    }
  }

  private func withRecord(_ line: String, _ body: (Record) throws -> Void) throws {
    let parser = JSONParser()
    // The record points into the parser.
    try withExtendedLifetime(parser) {
      try Array(line.utf8).withUnsafeBytes { try body(try parser.record($0)) }
    }
  }
}
