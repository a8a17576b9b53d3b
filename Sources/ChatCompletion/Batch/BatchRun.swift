public import NDJSON
import Platform
public import Servers
public import SystemPackage

/// Takes records through the batch API: reads them all, submits what was not submitted before, waits, and hands each
/// record with its answer to a ``CompletionRun``.
public final class BatchRun {
  /// How a batch ended.
  struct End {
    var files: [FileDescriptor] = []
    /// What a request of it that has no answer failed with.
    var failure: CompletionFailure
  }

  /// Files that are not there yet are looked for so many times.
  static let mostLate = 6

  /// Gets how far the batches are.
  public var onProgress: (BatchProgress) -> Void = { _ in }
  /// Gets what a person should know although nothing failed.
  public var onWarning: (String) -> Void = { _ in }

  let options: CompletionOptions
  let state: BatchState
  let server: BatchServer
  let policy: RetryPolicy
  var plan: BatchPlan
  var ends: [Int: End] = [:]
  private var hasBegun = false
  private var answers: [Int32: (answers: BatchAnswers, left: Int)] = [:]
  var progress = BatchProgress()

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - options: What holds for all records.
  ///   - address: The server.
  ///   - key: Its key.
  ///   - client: Carries the requests; nothing else may be on its way.
  ///   - state: What was submitted before.
  ///   - earlier: The output of an earlier run.
  /// - Throws: When there is no room for the records.
  public init(
    _ options: CompletionOptions, address: BaseURL, key: APIKey, client: HTTPClient, state: BatchState,
    earlier: ResumeFile?
  ) throws(BatchStop) {
    self.options = options
    self.state = state
    server = BatchServer(options, address: address, key: key, client: client)
    policy = RetryPolicy(options: options)
    do throws(Errno) {
      try state.begin(answeredLines: earlier?.lineCount ?? 0)
      plan = try BatchPlan(options, earlier: earlier?.index)
    } catch { throw .system(error) }
  }

  /// Takes a record; all are taken before `wait`.
  ///
  /// - Parameters:
  ///   - record: The record; its bytes are copied.
  ///   - line: Its line in the input, from 1.
  /// - Throws: When there is no room for it.
  public func add(_ record: Record, line: Int) throws(BatchStop) { try plan.add(record, line: line, state) }

  /// Takes a line that is not a record.
  ///
  /// - Parameters:
  ///   - error: What is wrong with it.
  ///   - raw: The line, unless it was too long to keep.
  /// - Throws: When there is no room for it.
  public func add(bad error: RecordError, raw: UnsafeRawBufferPointer?) throws(BatchStop) {
    try plan.add(bad: error, raw: raw)
  }

  /// Submits what was not submitted before, and waits until all batches have ended and are fetched.
  ///
  /// - Throws: Why the run stops here.
  public func wait() throws(BatchStop) {
    try plan.finish(state)
    if plan.headedCount > 0 {
      onWarning("a batch carries no headers: tags, sessions and traces of \(plan.headedCount) records are not sent")
    }
    let deadline = options.batch.wait.map { MonotonicTime.now.adding(seconds: $0) } ?? .never
    progress.batches = plan.files.count
    progress.requests = plan.files.reduce(0) { $0 + $1.lineCount }
    for file in plan.files { try submit(file) }
    var states: [Int: BatchServer.Status] = [:]
    var late: [Int: Int] = [:]
    var interval = options.batch.firstInterval
    var trouble: CompletionFailure?
    while true {
      var least = 0.0
      trouble = nil
      for file in plan.files where ends[file.number] == nil {
        guard let batch = state.entries[file.number]?.batchID else { continue }
        do throws(BatchServer.Failure) {
          let status = try server.status(of: batch)
          states[file.number] = status
          least = max(least, status.retryAfter ?? 0)
          guard status.hasEnded else { continue }
          ends[file.number] = try end(file, status, isLast: late[file.number, default: 0] >= Self.mostLate)
          if ends[file.number] == nil { late[file.number, default: 0] += 1 }
        } catch .refused(let failure) {
          if failure.kind == .keyRefused { throw .keyRefused(failure.message) }
          if failure.isTransient {
            trouble = failure
            least = max(least, failure.retryAfter ?? 0)
          } else if failure.status == 404 || failure.status == 410 {
            // A list or a replica may be behind for a while.
            late[file.number, default: 0] += 1
            guard late[file.number, default: 0] > Self.mostLate else { continue }
            ends[file.number] = End(
              failure: CompletionFailure(.batchLost, "the server does not know batch \(batch) any more"))
          } else {
            trouble = failure
          }
        } catch { throw stop(error) }
      }
      tell(states)
      if ends.count == plan.files.count { return }
      let next = MonotonicTime.now.adding(seconds: min(max(interval, least), 3600))
      if next > deadline {
        try pause(until: deadline)
        throw .running(whatRuns(trouble))
      }
      try pause(until: next)
      interval = min(interval * 1.5, max(options.batch.longestInterval, options.batch.firstInterval))
    }
  }

  /// Hands the next lines of the input to a run, with what the batches said of them.
  ///
  /// - Parameter run: Has room for more.
  /// - Returns: False when there are no more.
  /// - Throws: The error of writing.
  public func feed(_ run: CompletionRun) throws(Errno) -> Bool {
    let parser = JSONParser()
    // Records point into the parser's memory.
    defer { withExtendedLifetime(parser) {} }
    if !hasBegun { run.summary.skipped += plan.skipped }
    hasBegun = true
    while run.wantsInput {
      guard let (head, bytes) = try plan.spool.next() else { return false }
      try bytes.withBytes { (line) throws(Errno) in
        switch head.kind {
        case .bad, .tooLong: try submit(bad: line, head, run)
        case .other, .request:
          guard let record = try? parser.record(line) else { throw .ioError }
          guard head.kind == .request else { return try run.submit(record, line: head.line) }
          try run.submit(record, line: head.line) { (_, hash) throws(Errno) in try answer(head, hash) }
        }
      }
    }
    return true
  }

  private func submit(bad line: UnsafeRawBufferPointer, _ head: BatchSpool.Head, _ run: CompletionRun) throws(Errno) {
    let parts = line.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .ioError }
    let error = RecordError(
      kind: String(decoding: parts[0], as: UTF8.self), message: String(decoding: parts[1], as: UTF8.self),
      line: head.line)
    try run.submit(bad: error, raw: head.kind == .tooLong ? nil : UnsafeRawBufferPointer(rebasing: parts[2]))
  }

  private func answer(_ head: BatchSpool.Head, _ digits: [UInt8]) throws(Errno) -> BatchAnswer {
    let number = Int(head.batch)
    guard let end = ends[number] else { throw .ioError }
    if answers[head.batch] == nil {
      answers[head.batch] = (try BatchAnswers(end.files), plan.files[number].lineCount)
      for file in end.files { closeQuietly(file) }
      ends[number]?.files = []
    }
    guard let found = answers[head.batch] else { throw .ioError }
    let hash = digits.withUnsafeBytes { CustomID.hash($0) } ?? 0
    let line = try found.answers.take(CustomID(hash: hash, occurrence: head.occurrence))
    answers[head.batch]?.left -= 1
    if found.left == 1 { forget(head.batch, found.answers) }
    return line.map { .line($0) } ?? .none(end.failure)
  }

  /// All records of a batch have what they get of it.
  private func forget(_ number: Int32, _ answers: BatchAnswers) {
    let name = state.entries[Int(number)]?.batchID ?? "batch \(number + 1)"
    if answers.repeatedCount > 0 {
      onWarning("\(name): \(answers.repeatedCount) requests were answered twice; the first answer holds")
    }
    if answers.leftCount > 0 { onWarning("\(name): \(answers.leftCount) lines are of no request; they are left") }
    self.answers[number] = nil
  }
}
