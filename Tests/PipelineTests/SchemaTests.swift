import Foundation
import TestSupport
import Testing

/// What the programs write is what schema/ says, checked by the reference validator.
@Suite struct SchemaTests {
  @Test func thePipelinesRecordsAndEntriesFollowTheirSchemas() throws {
    let folder = try TestFolder()
    let tasks = #"""
      {"id":1,"skill":"qa","session_id":"s","max_tokens":8,"user":"What is two and two?"}
      {"id":2,"skill":"qa","session_id":"s","max_tokens":8,"user":"Say yes.","model":"broken-local"}
      {"id":"three","skill":"qa","session_id":"s","user":""}
      [not a record]

      """#
    let script = """
      hg-brain context | hg-route | hg-complete --retries 0 | hg-strip | hg-log --routing > out.ndjson || true
      cat data/hyperguild/brain/sessions/s.jsonl > entries.ndjson
      """
    let run = try folder.shell(script, text: tasks, environment: try LiteLLM.shared().environment)
    try #require(run.status == 0, "\(run)")
    try Self.validate(folder, "out.ndjson", against: "record.schema.json", lines: 4)
    try Self.validate(folder, "entries.ndjson", against: "entry.schema.json", lines: nil)
  }

  /// Fails unless every line of a file is valid.
  static func validate(_ folder: TestFolder, _ file: String, against schema: String, lines: Int?) throws {
    let program = """
      import json, jsonschema, sys
      validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
      count = 0
      for number, line in enumerate(open(sys.argv[2]), 1):
          count += 1
          for error in validator.iter_errors(json.loads(line)):
              print(f"line {number}: {error.json_path}: {error.message}: {line}")
      print("lines:", count, file=sys.stderr)
      """
    let result = try folder.run(
      Downloads.programs() + "/python", ["-c", program, sourceRoot + "/schema/" + schema, folder.file(file)])
    #expect(result.status == 0 && result.output.isEmpty, "\(result)")
    if let lines { #expect(result.errors == "lines: \(lines)\n", "\(result)") }
  }
}
