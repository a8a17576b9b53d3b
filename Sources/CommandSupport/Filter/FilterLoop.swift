public import NDJSON
import Platform
import Records
import SystemPackage

/// Runs a stage that looks at one record at a time: all input and output, errors as data, positions and flushing.
public struct FilterLoop {
  private let stage: String
  private let options: FilterOptions
  private let takesErrors: Bool
  private let textMember: String
  private let beforeFlush: (() -> Void)?
  private let onFailure: ((Record) -> Void)?
  private let parser = JSONParser()

  /// Describes a stage.
  ///
  /// - Parameters:
  ///   - stage: The program's name.
  ///   - options: How records come in and go out.
  ///   - takesErrors: Whether records that carry an `error` go to the stage too, instead of past it.
  ///   - textMember: The member that `--in text` fills.
  ///   - beforeFlush: Is called before records leave, and before the loop waits for more input.
  ///   - onFailure: Gets each record that failed here as it leaves, with its `error`; also those that stand for lines
  ///     that are not records.
  public init(
    stage: String, options: FilterOptions, takesErrors: Bool = false, textMember: String = "user",
    beforeFlush: (() -> Void)? = nil, onFailure: ((Record) -> Void)? = nil
  ) {
    self.stage = stage
    self.options = options
    self.takesErrors = takesErrors
    self.textMember = textMember
    self.beforeFlush = beforeFlush
    self.onFailure = onFailure
  }

  /// Reads all records, transforms each, and writes them in their order.
  ///
  /// Output is flushed whenever the input has nothing more at once, so that a trickling pipe sees each record and a
  /// bulk pipe large writes.
  ///
  /// - Parameter transform: Gets a record and notes what changes. What it throws becomes the record's `error`.
  /// - Throws: `ProgramFailure` when reading or writing fails, or with `recordsFailed` when a record failed.
  public func run(
    _ transform: (Record, inout RecordEdits) throws(RecordError) -> Void
  ) throws(ProgramFailure) {
    let status = try runCollectingStatus(transform)
    if status != .success { throw ProgramFailure(status, "") }
  }

  /// As `run`, for a stage that has to do something at the end whatever happened to its records.
  ///
  /// - Parameter transform: As for `run`.
  /// - Returns: `success`, or `recordsFailed`.
  /// - Throws: `ProgramFailure` when reading or writing fails.
  public func runCollectingStatus(
    _ transform: (Record, inout RecordEdits) throws(RecordError) -> Void
  ) throws(ProgramFailure) -> ExitStatus {
    let source = try RecordSource(options, textMember: textMember)
    let sink = RecordSink(stage: stage, options: options, beforeFlush: beforeFlush)
    var edits = RecordEdits()
    while true {
      try handleLines(of: source, transform, &edits, sink)
      if source.isAtEnd { return try sink.finish() }
      if (!sink.isFlushed || beforeFlush != nil) && !isReadable(source.descriptor) {
        beforeFlush?()
        try sink.flush()
      }
      do throws(ProgramFailure) {
        try source.fill()
      } catch {
        // What was read before belongs to the user.
        beforeFlush?()
        try sink.flush()
        throw error
      }
    }
  }

  /// Transforms and writes what was read already.
  func handleLines(
    of source: RecordSource, _ transform: (Record, inout RecordEdits) throws(RecordError) -> Void,
    _ edits: inout RecordEdits, _ sink: RecordSink
  ) throws(ProgramFailure) {
    while let line = source.next() { try handle(line, transform, &edits, sink) }
  }

  private func handle(
    _ line: InputLine, _ transform: (Record, inout RecordEdits) throws(RecordError) -> Void,
    _ edits: inout RecordEdits, _ sink: RecordSink
  ) throws(ProgramFailure) {
    switch line {
    case .bad(let error, let raw):
      reportFailure { $0 = error.record(stage: stage, raw: raw) }
      try sink.write(bad: error, raw: raw)
    case .record(let record, let number):
      edits.removeAll()
      if takesErrors || !record.hasFailed {
        do throws(RecordError) {
          try transform(record, &edits)
        } catch {
          reportFailure { bytes in
            var failed = RecordEdits()
            failed.set("error") { error.write(stage: stage, to: &$0) }
            failed.append(record, to: &bytes)
          }
          return try sink.write(record, failed: error, line: number)
        }
      }
      try sink.write(record, edits, line: number)
    }
  }

  private func reportFailure(_ makeRecord: (inout [UInt8]) -> Void) {
    guard let onFailure else { return }
    var bytes: [UInt8] = []
    makeRecord(&bytes)
    bytes.withUnsafeBytes { bytes in
      if let record = try? parser.record(bytes) { onFailure(record) }
    }
  }
}
