import NDJSON

/// Writes the lines that are no end of a request: what is not sent, and the pieces of a stream.
struct LineRenderer {
  /// The name of this stage in errors.
  static let stage = "hg-complete"

  let format: CompletionOptions.Format

  /// A record that goes through as it is.
  func passThrough(_ record: Record) -> [UInt8] {
    format == .text ? [] : Array(record.line) + [0x0A]
  }

  /// A line that is not a record.
  func bad(_ error: RecordError, raw: UnsafeRawBufferPointer?) -> [UInt8] {
    format == .text ? [] : error.record(stage: Self.stage, raw: raw) + [0x0A]
  }

  /// A record that cannot be sent at all.
  func rejected(_ record: Record, _ failure: CompletionFailure) -> [UInt8] {
    switch format {
    case .text: return []
    case .batch:
      let id = record["custom_id"] ?? record["id"]
      return BatchLine.text(id: id.map { Array($0.bytes) } ?? [], hash: [], nil, failure)
    case .records: break
    }
    var edits = RecordEdits()
    edits.set("error") { failure.recordError.write(stage: Self.stage, to: &$0) }
    var output: [UInt8] = []
    edits.append(record, to: &output)
    return output + [0x0A]
  }

  /// The line for a piece of a stream: JSON string content, still escaped.
  func delta(_ record: InFlightRecord, _ content: [UInt8]) -> [UInt8] {
    let quoted = [UInt8(ascii: "\"")] + content + [UInt8(ascii: "\"")]
    if format == .text { return Self.unescaped(quoted) }
    var writer = JSONWriter()
    writer.object { object in
      object.name("id")
      if record.request.id.isEmpty { object.null() } else { object.raw(record.request.id) }
      object.name("delta")
      object.raw(quoted)
    }
    return writer.bytes + [0x0A]
  }

  /// What a JSON string says.
  static func unescaped(_ json: [UInt8]) -> [UInt8] {
    json.withUnsafeBytes { JSONValue($0).stringBytes ?? [] }
  }
}
