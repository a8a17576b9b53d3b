public import NDJSON
import Platform
import Records
import SystemPackage

/// Where a stage's records go: stdout as NDJSON or as text, and failures to stderr and into the exit status too.
public final class RecordSink {
  /// The program's name: the `stage` of its errors.
  public let stage: String

  /// The program's voice on stderr.
  public let diagnostics: Diagnostics

  private let format: FilterOptions.Format
  private let output: RecordOutput
  private let failures: FailureCount
  private let turn: (() -> Void)?
  private var edits = RecordEdits()
  private let parser = JSONParser()

  /// Makes a sink that writes stdout.
  ///
  /// - Parameters:
  ///   - stage: The program's name.
  ///   - options: The output format.
  ///   - beforeFlush: Is called each time before records leave.
  public convenience init(stage: String, options: FilterOptions, beforeFlush: (() -> Void)? = nil) {
    let output = RecordOutput(.standardOutput, beforeFlush: beforeFlush)
    self.init(stage: stage, options: options, output: output, failures: FailureCount(), turn: nil)
  }

  /// Makes a sink that may write in turn with others.
  ///
  /// - Parameters:
  ///   - stage: The program's name.
  ///   - options: The output format.
  ///   - output: Gets the records.
  ///   - failures: Counts those of all sinks.
  ///   - turn: Is called before a failure is told; returns when it is this sink's turn.
  init(
    stage: String, options: FilterOptions, output: RecordOutput, failures: FailureCount, turn: (() -> Void)?
  ) {
    self.stage = stage
    diagnostics = Diagnostics(program: stage)
    format = options.output
    self.output = output
    self.failures = failures
    self.turn = turn
  }

  /// Whether everything was handed to the system.
  public var isFlushed: Bool { output.isFlushed }

  /// Writes a record with its changes.
  ///
  /// - Parameters:
  ///   - record: The record as it was read.
  ///   - edits: What this stage changes.
  ///   - line: Its number in the input, from 1.
  /// - Throws: `ProgramFailure` when stdout cannot take it.
  public func write(_ record: Record, _ edits: RecordEdits, line: Int) throws(ProgramFailure) {
    if edits.isEmpty && format == .ndjson {
      do throws(Errno) { try output.line(record.line) } catch { throw .writing(error) }
    } else {
      try writeLine(line) { edits.append(record, to: &$0) }
    }
  }

  /// Writes a record that failed here: it gets the `error`, and nothing else changes.
  ///
  /// - Parameters:
  ///   - record: The record as it was read.
  ///   - error: Why it failed.
  ///   - line: Its number in the input, from 1.
  /// - Throws: `ProgramFailure` when stdout cannot take it.
  public func write(_ record: Record, failed error: RecordError, line: Int) throws(ProgramFailure) {
    noteFailure(error, line: line)
    guard format == .ndjson else { return }
    edits.removeAll()
    edits.set("error") { error.write(stage: stage, to: &$0) }
    try writeLine(line) { edits.append(record, to: &$0) }
  }

  /// Writes the record that stands for a line that is not a record.
  ///
  /// - Parameters:
  ///   - error: What is wrong with the line.
  ///   - raw: The line, unless it was too long to keep.
  /// - Throws: `ProgramFailure` when stdout cannot take it.
  public func write(bad error: RecordError, raw: UnsafeRawBufferPointer?) throws(ProgramFailure) {
    noteFailure(error, line: error.line)
    guard format == .ndjson else { return }
    try writeLine(0) { $0.append(contentsOf: error.record(stage: stage, raw: raw)) }
  }

  /// Writes a whole record that this stage built.
  ///
  /// - Parameters:
  ///   - json: One JSON object without a line end.
  ///   - line: The number in the input of the record it answers, from 1.
  /// - Throws: `ProgramFailure` when stdout cannot take it.
  public func write(json: [UInt8], line: Int) throws(ProgramFailure) {
    try writeLine(line) { $0.append(contentsOf: json) }
  }

  /// Counts a record that failed here, and tells a person.
  ///
  /// - Parameters:
  ///   - error: Why it failed.
  ///   - line: Its number in the input, from 1.
  public func noteFailure(_ error: RecordError, line: Int?) {
    reportFailure("\(error.message)", line: line)
  }

  /// Hands everything to the system.
  ///
  /// - Throws: `ProgramFailure` when stdout cannot take it.
  public func flush() throws(ProgramFailure) {
    do throws(Errno) { try output.flush() } catch { throw .writing(error) }
  }

  /// Flushes, tells how many failures were not told one by one, and gives the exit status.
  ///
  /// - Returns: `success`, or `recordsFailed`.
  /// - Throws: `ProgramFailure` when stdout cannot take the rest.
  public func finish() throws(ProgramFailure) -> ExitStatus {
    try flush()
    return failures.finish(diagnostics)
  }

  private func reportFailure(_ message: String, line: Int?) {
    turn?()
    failures.add(line.map { "stdin:\($0): \(message)" } ?? message, diagnostics)
  }

  private func writeLine(_ line: Int, _ body: (inout [UInt8]) -> Void) throws(ProgramFailure) {
    do throws(Errno) {
      switch format {
      case .ndjson: try output.line(body)
      case .text: try writeText(line, body)
      }
    } catch {
      throw .writing(error)
    }
  }

  /// Writes only the `text` of a record, with a line end when it has none.
  private func writeText(_ line: Int, _ body: (inout [UInt8]) -> Void) throws(Errno) {
    var json: [UInt8] = []
    body(&json)
    var text: [UInt8] = []
    json.withUnsafeBytes { bytes in
      guard let record = try? parser.record(bytes) else { return }
      if record.hasFailed, let error = record["error"] {
        let stage = error["stage"]?.string.map { "\($0): " } ?? ""
        reportFailure("\(stage)\(error["message"]?.string ?? error.text)", line: line)
      } else {
        record["text"]?.appendStringBytes(to: &text)
      }
    }
    guard !text.isEmpty else { return }
    if text.last != 0x0A { text.append(0x0A) }
    try text.withBytes { (bytes) throws(Errno) in try output.append(bytes) }
  }
}
