public import NDJSON

/// The session that a record belongs to.
public enum SessionID {
  /// Reads `session_id`.
  ///
  /// - Parameter record: Any record.
  /// - Returns: The id, a number as it is written; nil when the record names none.
  /// - Throws: `RecordError` for what can be no id.
  public static func of(_ record: Record) throws(RecordError) -> String? {
    guard let value = record["session_id"] else { return nil }
    switch value.kind {
    case .null: return nil
    case .number: return value.text
    case .string:
      let id = value.string ?? ""
      return id.isEmpty ? nil : id
    case .object, .array, .bool:
      throw RecordError(kind: "bad_session", message: "session_id must be a string or a number")
    }
  }
}
