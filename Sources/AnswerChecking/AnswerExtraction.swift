public import NDJSON

/// Finds the JSON value in the answers of records and judges it by a schema: what `hg-strip --extract --schema` does to
/// each. One thread.
public final class AnswerExtraction {
  private let judge = SchemaJudge()
  private let schemas: SchemaCache

  /// Makes an extraction.
  ///
  /// - Parameter schema: What the answers of records must fit that bring no `schema` of their own.
  public init(schema: AnswerSchema) { schemas = SchemaCache(standard: schema) }

  /// Notes what changes in a record: `json` and `verdict`. A record without a string `text` stays.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - edits: Gets the changes.
  /// - Throws: `bad_input` when the record's own schema cannot be used.
  public func extract(_ record: Record, _ edits: inout RecordEdits) throws(RecordError) {
    guard let text = record["text"], text.isString else { return }
    let schema: AnswerSchema?
    do throws(SchemaError) { schema = try schemas.schema(own: record["schema"]) } catch {
      throw RecordError(kind: "bad_input", message: "'schema' cannot be used: \(error)")
    }
    guard let schema else { return }
    let judgement = judge.judge(text, by: schema)
    if let json = judgement.json {
      edits.set("json") { $0.raw(json) }
    } else {
      // One of an earlier answer would be taken for this one's.
      edits.remove("json")
    }
    edits.set("verdict") { writer in
      writer.object { verdict in
        verdict.member("accept", judgement.feedback == nil)
        if let feedback = judgement.feedback { verdict.member("feedback", feedback) }
      }
    }
  }
}
