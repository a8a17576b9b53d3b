import AnswerChecking
public import NDJSON
public import Platform
import Records
public import Servers
public import SystemPackage

/// Asks a server for the answers to a stream of records: several at once, in order, each record exactly once.
///
/// The caller submits records while `wantsInput`, and calls `step` until `isDone`. Everything happens on its thread.
/// Three parts share the work, each with its own state: ``RequestScheduler`` says what to ask next, ``AttemptRunner``
/// has the requests on their way, ``CompletionOutput`` what goes out.
public final class CompletionRun {
  /// What became of the records so far.
  public internal(set) var summary = Summary()

  /// Gets each failure, with the record's line, for a person.
  public var onFailure: (RecordError, Int?) -> Void = { _, _ in }
  /// Gets what a person should know although nothing failed.
  public var onWarning: (String) -> Void = { _ in }

  let options: CompletionOptions
  let builder: RequestBuilder
  var scheduler: RequestScheduler
  var attempts: AttemptRunner
  var checks: CheckQueue?
  var output: CompletionOutput
  let cache: AnswerCache?
  var now = MonotonicTime.now
  private(set) var isStopped = false
  /// Whether an answer had no price although the budget is in dollars.
  private var hasUnpriced = false
  private let client: HTTPClient
  var resume: ResumeIndex?
  /// Made for the first answer that must fit a schema.
  private(set) lazy var schemaJudge = SchemaJudge()

  /// Prepares a run; nothing is sent yet.
  ///
  /// - Parameters:
  ///   - options: What holds for all records.
  ///   - address: The server.
  ///   - key: Its key.
  ///   - client: Carries the requests.
  ///   - output: Gets the records; stays open.
  ///   - resume: What an earlier run answered already.
  public init(
    _ options: CompletionOptions, address: BaseURL, key: APIKey, client: HTTPClient,
    output: FileDescriptor, resume: ResumeIndex? = nil
  ) {
    self.options = options
    self.client = client
    self.resume = resume
    builder = RequestBuilder(options: options)
    scheduler = RequestScheduler(options)
    attempts = AttemptRunner(options, client: client, key: key, address: address)
    if let limit = scheduler.limit { attempts.limit = limit }
    self.output = CompletionOutput(options, output) { TerminationSignal.wake() }
    checks = CheckQueue(options.judging, client)
    cache = options.caching.map { AnswerCache($0, server: address.url("chat/completions")) }
    cache?.onWarning = { [unowned self] in onWarning($0) }
  }

  /// Whether there is room for one more record.
  public var wantsInput: Bool {
    !isStopped && attempts.room > 0 && !isHeldBack && output.hasRoom && checks?.hasRoom ?? true
  }

  /// Whether all submitted records have ended, and nothing keeps more from being submitted.
  public var isDone: Bool { output.isEmpty && !isHeldBack && checks?.isIdle ?? true }

  private var isHeldBack: Bool { output.isHeldBack(room: attempts.room) }

  /// Takes a record, and starts its request if that is possible.
  ///
  /// - Parameters:
  ///   - record: The record; its bytes are copied.
  ///   - line: Its line in the input, from 1.
  /// - Throws: The error of writing.
  public func submit(_ record: Record, line: Int) throws(Errno) {
    if record.hasFailed { return try pass(record, line) }
    let request: ChatRequest
    do throws(CompletionFailure) { request = try builder.request(of: record) } catch {
      report(error, line)
      return try output.write(output.lines.rejected(record, error))
    }
    for warning in builder.misspelt.take() { onWarning("line \(line): \(warning)") }
    var hash: [UInt8]?
    if resume != nil {
      let digits = RequestHash.hex(of: request.identity)
      if resume?.takeAnswer(hash: digits, id: request.id) ?? false {
        summary.skipped += 1
        return
      }
      hash = digits
    }
    let started = InFlightRecord(
      number: output.open(lineBytes: record.line.count), lineNumber: line, line: Array(record.line),
      placeToAdd: AnswerRenderer.placeToAdd(record), request: request, hash: hash, usesCache: usesCache(record))
    guard try !answerFromCache(started) else { return }
    try launch(started)
  }

  /// Takes a line that is not a record.
  ///
  /// - Parameters:
  ///   - error: What is wrong with it.
  ///   - raw: The line, unless it was too long to keep.
  /// - Throws: The error of writing.
  public func submit(bad error: RecordError, raw: UnsafeRawBufferPointer?) throws(Errno) {
    summary.failed += 1
    onFailure(error, error.line)
    try output.write(output.lines.bad(error, raw: raw))
  }

  /// Writes what is finished, starts what is due, and waits until something happens.
  ///
  /// - Parameters:
  ///   - input: Watched for input, if there is room for more.
  ///   - moment: The latest to return.
  /// - Returns: Why it returned.
  /// - Throws: The error of writing or of waiting.
  public func step(input: FileDescriptor?, until moment: MonotonicTime = .never) throws(Errno) -> HTTPClient.Wake {
    defer {
      summary.running = attempts.runningCount
      summary.waiting = scheduler.waitingCount
      summary.limit = scheduler.limit
    }
    try output.check()
    if attempts.room > 0 {
      for record in scheduler.takeDue(now: now) { try launch(record) }
    }
    if isDone && input == nil {
      try output.flush()
      return []
    }
    try output.flushIfDue(now)
    let spent = MonotonicTime.now.seconds(since: now)
    // A reader that made this process wait is not the server's fault.
    if spent > 0.1 { client.extendDeadlines(by: spent) }
    // First without waiting: only if there is nothing to do, what was written has to go out before the wait.
    let isFlushed = output.isFlushed
    let mayWait = isFlushed && (!isHeldBack || output.awaitProgress())
    let next = min(
      attempts.room > 0 ? max(scheduler.nextMoment, now) : .never, checks?.nextMoment ?? .never,
      cache?.nextMoment ?? .never)
    var wake = try client.wait(until: mayWait ? min(moment, next) : .past, input: input)
    now = .now
    var isIdle = wake.isEmpty
    while let event = client.next() {
      isIdle = false
      try handle(event)
    }
    if checks != nil { try advanceChecks() }
    cache?.writeIfDue(now)
    try output.flush(isIdle: isIdle && !isFlushed)
    if TerminationSignal.signal != nil {
      wake.insert(.interruption)
      if !isStopped { try cancelAll() }
    }
    return wake
  }

  /// Writes everything that is finished; nothing may be submitted afterwards.
  ///
  /// - Throws: The error of writing.
  public func finish() throws(Errno) {
    cache?.write()
    try output.finish()
  }

  /// Starts a record's request, or lets it wait.
  func launch(_ record: InFlightRecord) throws(Errno) {
    now = .now
    guard attempts.room > 0 else { return scheduler.wait(record, until: now) }
    switch scheduler.permission(for: record, running: attempts.runningCount, now: now) {
    case .never(let failure): return try fail(record, failure)
    case .later(let moment): return scheduler.wait(record, until: moment)
    case .now: break
    }
    do throws(CompletionFailure) {
      let body = try attempts.start(record, now: now)
      scheduler.start(record, body: body.bytes, running: attempts.runningCount)
      if !record.attempts.isEmpty { summary.retries += 1 }
    } catch {
      return try fail(record, error)
    }
  }

  private func handle(_ event: HTTPClient.Event) throws(Errno) {
    switch event {
    case .received(let transfer):
      guard let record = attempts.record(of: transfer) else { return }
      try takeStream(record, transfer)
    case .finished(let transfer, let failure):
      guard let record = attempts.record(of: transfer) else { return }
      try takeStream(record, transfer)
      try finish(record, transfer, failure)
    case .readable(let descriptor): checks?.read(descriptor)
    }
  }

  private func takeStream(_ record: InFlightRecord, _ transfer: HTTPTransfer) throws(Errno) {
    let piece = attempts.takeStream(record, transfer, now: now)
    if !piece.isEmpty && output.showsPieces && !isJudged(record) { try output.write(piece, of: record) }
  }

  private func finish(_ record: InFlightRecord, _ transfer: HTTPTransfer, _ failure: HTTPFailure?) throws(Errno) {
    let hasBegun = record.transmission?.stream?.hasDelivered ?? false
    let started = transfer.started
    let outcome = attempts.finish(record, transfer, failure, now: now)
    summary.add(outcome)
    scheduler.observe(record, outcome, started: started, running: attempts.runningCount, now: now)
    if let limit = scheduler.limit { attempts.limit = limit }
    let isFirst = scheduler.budget.answerCount == 0
    scheduler.settle(record, outcome)
    switch outcome.result {
    case .success:
      if options.maximumCost != nil && !hasUnpriced && outcome.cost == nil && outcome.estimatedCost == nil {
        hasUnpriced = true
        onWarning("nobody names a price for \(outcome.model): --max-cost cannot be kept")
      }
      if isFirst && options.maximumTokens != nil && outcome.totalTokens == nil {
        onWarning("the server counts no tokens: --max-tokens-total cannot be kept")
      }
      try judge(record, outcome)
    case .failure(let failure):
      // What was shown cannot be taken back. A model whose answer broke off half-way is not asked for it again, which
      // would be paid once more; the next one is.
      var failure = failure
      if hasBegun { failure.isTransient = false }
      if !isStopped, !record.hasShownText, attempts.learn(failure, record) {
        return scheduler.wait(record, until: now)
      }
      try askAgain(record, failure)
    }
  }

  /// Counts a failure, and tells a person.
  func report(_ failure: CompletionFailure, _ line: Int) {
    summary.add(failure)
    onFailure(failure.recordError, line)
  }

  /// Ends everything that is not finished: the records on their way and those that wait.
  private func cancelAll() throws(Errno) {
    isStopped = true
    var unfinished = scheduler.takeAll()
    for (record, outcome) in attempts.cancelAll(now: now) {
      summary.add(outcome)
      scheduler.settle(record, outcome)
      if case .success = outcome.result {
        try judge(record, outcome)
      } else {
        unfinished.append(record)
      }
    }
    for record in checks?.cancelAll(now: now) ?? [] {
      record.failLastAttempt(.cancelled)
      unfinished.append(record)
    }
    for record in unfinished.sorted(by: { $0.number < $1.number }) {
      try fail(record, CompletionFailure(.cancelled, "cancelled"))
    }
    try output.flush()
  }

  private func pass(_ record: Record, _ line: Int) throws(Errno) {
    if resume?.takePassed(record.line) ?? false {
      summary.skipped += 1
      return
    }
    if options.format == .text {
      let error = record["error"]
      let stage = error?["stage"]?.string.map { "\($0): " } ?? ""
      summary.failed += 1
      let message = "\(stage)\(error?["message"]?.string ?? error?.text ?? "")"
      onFailure(RecordError(kind: error?["kind"]?.string ?? "", message: message), line)
    } else {
      summary.passed += 1
    }
    try output.write(output.lines.passThrough(record))
  }
}
