import ChatCompletion
import CommandSupport
import NDJSON
import Platform
import Records

/// `--dry-run`: what would be sent.
struct Preview {
  let settings: Settings
  let filter: FilterOptions
  /// Whether to print the lines of a batch.
  var isBatch = false

  func run() throws(ProgramFailure) {
    var lines = filter
    // Bodies have no 'text': they are the output, whatever the answers would be.
    lines.output = .ndjson
    let source = try RecordSource(filter)
    let sink = RecordSink(stage: "hg-complete", options: lines)
    let preview = RequestPreview(settings.completion)
    while true {
      while let line = source.next() {
        switch line {
        case .bad(let error, let raw): try sink.write(bad: error, raw: raw)
        case .record(let record, let number): try print(record, number, preview, sink)
        }
      }
      if source.isAtEnd { break }
      if !isReadable(source.descriptor) { try sink.flush() }
      try source.fill()
    }
    let status = try sink.finish()
    if status != .success { throw ProgramFailure(status, "") }
  }

  private func print(
    _ record: Record, _ number: Int, _ preview: RequestPreview, _ sink: RecordSink
  ) throws(ProgramFailure) {
    if record.hasFailed { return try sink.write(record, RecordEdits(), line: number) }
    let body: [UInt8]
    do throws(RecordError) {
      body = try isBatch ? preview.batchLine(of: record) : preview.body(of: record)
    } catch {
      return try sink.write(record, failed: error, line: number)
    }
    try sink.write(json: body, line: number)
  }
}
