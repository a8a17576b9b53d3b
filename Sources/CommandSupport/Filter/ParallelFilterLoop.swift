public import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Runs a stage that keeps nothing from one record to the next on several threads: what comes out, records, messages
/// and their order, is what `FilterLoop` writes.
///
/// The threads do all the same: read whole lines, one thread at a time, transform them, and write, in the order in which
/// they read. So a trickling pipe sees each record at once here too.
///
/// `@unchecked Sendable`: `place` and `piecesRead` change within `reading` only; `failures` only in a
/// thread's turn, which passes from one to the next through `sequencer`.
public final class ParallelFilterLoop: @unchecked Sendable {
  /// What a stage does to a record.
  public typealias Transform = (Record, inout RecordEdits) throws(RecordError) -> Void

  /// How much a thread reads at a time, in bytes: enough that passing the turn costs little beside it.
  private static let pieceSize = 512 << 10

  private let stage: String
  private let options: FilterOptions
  private let textMember: String
  private let makeTransform: @Sendable () -> Transform

  private let reading = Monitor()
  private var place = LineReader.Checkpoint()
  private var piecesRead = 0

  private let sequencer = WriteSequencer()
  private let failures = FailureCount()

  /// Describes a stage.
  ///
  /// - Parameters:
  ///   - stage: The program's name.
  ///   - options: How records come in and go out.
  ///   - textMember: The member that `--in text` fills.
  ///   - makeTransform: Makes what transforms records, once for each thread.
  public init(
    stage: String, options: FilterOptions, textMember: String = "user",
    makeTransform: @escaping @Sendable () -> Transform
  ) {
    self.stage = stage
    self.options = options
    self.textMember = textMember
    self.makeTransform = makeTransform
  }

  /// Reads all records, transforms each, and writes them in their order.
  ///
  /// When it throws, threads of it may still wait: the process is to end then.
  ///
  /// - Parameter threads: How many share the work, at least 1.
  /// - Throws: `ProgramFailure` when reading or writing fails, or with `recordsFailed` when a record failed.
  public func run(threads: Int) throws(ProgramFailure) {
    // A text is one record. A terminal is refused before anything starts.
    let isAlone = threads < 2 || options.input == .text
    let started = isAlone ? 0 : try start(threads)
    // Where the system has no threads to give, this one does it all.
    guard started > 0 else {
      let loop = FilterLoop(stage: stage, options: options, textMember: textMember)
      return try loop.run(makeTransform())
    }
    if let failure = sequencer.waitForThreads(started) { throw failure }
    let status = failures.finish(Diagnostics(program: stage))
    if status != .success { throw ProgramFailure(status, "") }
  }

  private func start(_ threads: Int) throws(ProgramFailure) -> Int {
    _ = try RecordSource(options)
    var started = 0
    while started < threads, let thread = startThread({ self.work() }) {
      pthread_detach(thread)
      started += 1
    }
    return started
  }

  /// What each thread does.
  private func work() {
    do throws(ProgramFailure) {
      let loop = FilterLoop(stage: stage, options: options)
      let source = try RecordSource(options, bufferSize: Self.pieceSize)
      let turn = WriteTicket(sequencer)
      // What is taken off makes a piece shorter or little longer.
      let output = RecordOutput(.standardOutput, limit: Self.pieceSize * 2, beforeFlush: turn.wait)
      let sink = RecordSink(stage: stage, options: options, output: output, failures: failures, turn: turn.wait)
      let transform = makeTransform()
      var edits = RecordEdits()
      while try read(source, turn) {
        try loop.handleLines(of: source, transform, &edits, sink)
        turn.wait()
        try sink.flush()
        turn.end()
      }
      sequencer.endThread(nil)
    } catch {
      sequencer.endThread(error)
    }
  }

  /// Reads whole lines, and takes the turn in which they are to be written.
  ///
  /// - Returns: False at the end of the input.
  /// - Throws: `ProgramFailure` when reading fails, after all that was read before has been written.
  private func read(_ source: RecordSource, _ turn: WriteTicket) throws(ProgramFailure) -> Bool {
    let result = reading.withLock { () -> Result<Bool, ProgramFailure> in
      guard !place.isAtEnd else { return .success(false) }
      turn.number = piecesRead
      piecesRead += 1
      do throws(ProgramFailure) {
        try source.fill(from: &place)
        return .success(true)
      } catch {
        return .failure(error)
      }
    }
    if case .failure = result { turn.wait() }
    return try result.get()
  }
}
