public import NDJSON
public import Platform
import Secrets
public import Servers
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Asks a server for the answers of a stream of records: so many at once, in order, each record exactly once.
///
/// The caller submits records while `wantsInput`, and calls `step` until `isDone`. Everything happens on its thread.
public final class CompletionRun {
  /// What became of the records, for the exit status and for the progress.
  public struct Summary: Sendable, Equatable {
    /// Records that got an answer.
    public internal(set) var answered = 0
    /// Records that failed here.
    public internal(set) var failed = 0
    /// Records that came with an error and went through.
    public internal(set) var passed = 0
    /// Records that were answered by an earlier run.
    public internal(set) var skipped = 0
    /// Tries that were not the first of their record.
    public internal(set) var retries = 0
    /// Failures because the budget was spent.
    public internal(set) var overBudget = 0
    /// Failures because the key was refused.
    public internal(set) var keyRefused = 0
    /// Failures because the server wanted fewer requests.
    public internal(set) var rateLimited = 0
    /// Failures without any connection.
    public internal(set) var unreachable = 0
    /// Whether any server answered anything.
    public internal(set) var hasResponse = false
    /// Prompt and completion tokens together.
    public internal(set) var tokens = 0
    /// US dollars, of the answers whose price is known.
    public internal(set) var cost = 0.0
    /// Answers whose price is known.
    public internal(set) var priced = 0
    /// Requests on their way.
    public internal(set) var running = 0
    /// Records that wait for their next try, or for a limit.
    public internal(set) var waiting = 0
  }

  /// What became of the records so far.
  public internal(set) var summary = Summary()

  /// Gets each failure, with the record's line, for a person.
  public var onFailure: (RecordError, Int?) -> Void = { _, _ in }
  /// Gets what a person should know although nothing failed.
  public var onWarning: (String) -> Void = { _ in }

  let options: CompletionOptions
  let client: HTTPClient
  let key: APIKey
  let address: BaseURL
  let builder: RequestBuilder
  let reader = ResponseReader(parser: JSONParser())
  let policy: RetryPolicy
  let lineParser = JSONParser()
  let lines: LineRenderer
  var output: OrderedOutput
  var budget: Budget
  var requests: TokenBucket?
  var tokens: TokenBucket?
  /// Models that asked to be left alone, and until when.
  var holds: [String: MonotonicTime] = [:]
  /// Records on their way, by the transfer's token.
  var running: [InFlightRecord?] = []
  var freeTokens: [Int] = []
  /// Records to be asked later, in the order of the input.
  var waiting: [InFlightRecord] = []
  /// No waiting record can be asked before.
  var nextStart = MonotonicTime.past
  /// Bytes of lines that are read and not written.
  var pendingBytes = 0
  var now = MonotonicTime.now
  var isStopped = false
  var endpoint: (key: String?, endpoint: HTTPEndpoint, redactor: Redactor)?
  var resume: ResumeIndex?
  private var unflushedSince: MonotonicTime?

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
    self.address = address
    self.key = key
    self.client = client
    self.resume = resume
    self.output = OrderedOutput(
      output, format: options.format, isOrdered: options.isOrdered, kind: OutputKind(of: output)
    ) { TerminationSignal.wake() }
    builder = RequestBuilder(options: options)
    policy = RetryPolicy(options: options)
    lines = LineRenderer(format: options.format)
    budget = Budget(options)
    requests = options.requestsPerMinute.map { TokenBucket(perMinute: $0, least: 1, now: .now) }
    tokens = options.tokensPerMinute.map { TokenBucket(perMinute: $0, least: 0, now: .now) }
    running = Array(repeating: nil, count: options.concurrency)
    freeTokens = Array((0..<options.concurrency).reversed())
  }

  /// Whether there is room for one more record.
  public var wantsInput: Bool {
    guard !isStopped, !freeTokens.isEmpty, !isHeldBack, output.openCount < options.window else { return false }
    return output.openCount < options.concurrency || pendingBytes + output.heldBytes < 10 << 20
  }

  /// Whether all submitted records have ended, and nothing keeps more from being submitted.
  public var isDone: Bool { output.openCount == 0 && !isHeldBack }

  /// Whether so many answers are not yet safe in a file that a kill would cost more than what may be on its way.
  private var isHeldBack: Bool { output.unwrittenCount >= max(options.unwrittenMaximum, freeTokens.count) }

  /// Takes a record, and starts its request if that is possible.
  ///
  /// - Parameters:
  ///   - record: The record; its bytes are copied.
  ///   - line: Its line in the input, from 1.
  /// - Throws: The error of writing.
  public func submit(_ record: Record, line: Int) throws(Errno) {
    if record["error"].map({ !$0.isNull }) ?? false { return try pass(record, line) }
    let request: ChatRequest
    let identity: HTTPBody
    do throws(CompletionFailure) {
      request = try builder.request(of: record)
      identity = try builder.identity(of: record, model: request.models[0])
    } catch {
      let number = output.open()
      note(error, line)
      return try output.close(number, .bytes(lines.rejected(record, error)))
    }
    var hash = RequestHash.of(identity)
    if resume != nil {
      hash.make()
      if resume?.takeAnswer(hash: hash.hex, id: request.id) ?? false {
        summary.skipped += 1
        return
      }
    }
    let pending = InFlightRecord(
      number: output.open(), lineNumber: line, line: Array(record.line),
      placeToAdd: AnswerRenderer.placeToAdd(record), request: request, hash: hash)
    pendingBytes += pending.line.count
    try launch(pending, identity, record)
  }

  /// Takes a line that is no record.
  ///
  /// - Parameters:
  ///   - error: What is wrong with it.
  ///   - raw: The line, unless it was too long to keep.
  /// - Throws: The error of writing.
  public func submit(bad error: RecordError, raw: UnsafeRawBufferPointer?) throws(Errno) {
    let number = output.open()
    summary.failed += 1
    onFailure(error, error.line)
    try output.close(number, .bytes(lines.bad(error, raw: raw)))
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
      summary.running = client.runningCount
      summary.waiting = waiting.count
    }
    try output.check()
    try startDue()
    if isDone && input == nil {
      try output.flush()
      return []
    }
    try flushIfDue()
    let spent = MonotonicTime.now.seconds(since: now)
    // A reader that made this process wait is no fault of the server's.
    if spent > 0.1 { client.extendDeadlines(by: spent) }
    // First without waiting: only if there is nothing to do, what was written has to go out before the wait.
    let isFlushed = output.isFlushed
    let mayWait = isFlushed && (!isHeldBack || output.awaitProgress())
    var wake = try client.wait(until: mayWait ? min(moment, nextMoment) : .past, input: input)
    now = .now
    var isIdle = wake.isEmpty
    while let event = client.next() {
      isIdle = false
      try handle(event)
    }
    // Handing over to the thread that writes costs little, and what is written is not asked again after a kill.
    if isIdle && !isFlushed || output.isInBackground {
      unflushedSince = nil
      try output.flush()
    }
    if TerminationSignal.signal != nil {
      wake.insert(.interruption)
      if !isStopped { try cancelAll() }
    }
    return wake
  }

  /// Writes everything that is finished; nothing may be submitted afterwards.
  ///
  /// - Throws: The error of writing.
  public func finish() throws(Errno) { try output.finish() }

  private var nextMoment: MonotonicTime { waiting.isEmpty || freeTokens.isEmpty ? .never : max(nextStart, now) }

  /// Under load there is always an event; what is finished must not wait for a quiet moment.
  private func flushIfDue() throws(Errno) {
    guard !output.isFlushed else {
      unflushedSince = nil
      return
    }
    guard let since = unflushedSince else {
      unflushedSince = now
      return
    }
    guard now.seconds(since: since) > 0.005 else { return }
    unflushedSince = nil
    try output.flush()
  }

  private func pass(_ record: Record, _ line: Int) throws(Errno) {
    if resume?.takePassed(record.line) ?? false {
      summary.skipped += 1
      return
    }
    let number = output.open()
    if options.format == .text {
      let error = record["error"]
      let stage = error?["stage"]?.string.map { "\($0): " } ?? ""
      summary.failed += 1
      let message = "\(stage)\(error?["message"]?.string ?? error?.text ?? "")"
      onFailure(RecordError(kind: error?["kind"]?.string ?? "", message: message), line)
    } else {
      summary.passed += 1
    }
    try output.close(number, .bytes(lines.passThrough(record)))
  }
}
