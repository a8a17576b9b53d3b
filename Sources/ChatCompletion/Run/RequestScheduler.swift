import ModelInfo
import NDJSON
import Platform

/// What to ask next, and when: limits, holds, retries, fallbacks and the budget of a run.
struct RequestScheduler {
  /// Whether a record's next request may be started.
  enum Permission {
    case now
    case later(MonotonicTime)
    case never(CompletionFailure)
  }

  /// What becomes of a record whose attempt failed.
  enum Verdict {
    /// It is asked again, and waits for that.
    case again
    /// It has failed.
    case failed(CompletionFailure)
  }

  /// What was spent and may be.
  private(set) var budget: Budget

  private let options: CompletionOptions
  private let policy: RetryPolicy
  private var requests: TokenBucket?
  private var tokens: TokenBucket?
  /// Models that asked to be left alone, and until when.
  private var holds: [String: MonotonicTime] = [:]
  private var auto: AutoConcurrency?
  private var rates: ServerRates?
  /// The last refusal was for too many at once: fewer are on their way now, and nobody has to wait for that.
  private var isRelieved = false
  private var waiting: [InFlightRecord] = []
  /// No waiting record can be asked before.
  private var nextStart = MonotonicTime.never

  init(_ options: CompletionOptions) {
    self.options = options
    policy = RetryPolicy(options: options)
    budget = Budget(options)
    if options.findsConcurrency {
      auto = AutoConcurrency(ceiling: options.concurrency, longestLatency: options.attemptTimeout / 2)
      rates = ServerRates(longestWait: options.retryMaximum)
    }
    requests = options.requestsPerMinute.map { TokenBucket(perMinute: $0, least: 1, now: .now) }
    tokens = options.tokensPerMinute.map { TokenBucket(perMinute: $0, least: 0, now: .now) }
  }

  /// How many requests may be on their way; nil when that is not looked for.
  var limit: Int? { auto?.limit }

  /// How many records wait for their next try, or for a limit.
  var waitingCount: Int { waiting.count }

  /// When a waiting record may be due.
  var nextMoment: MonotonicTime { waiting.isEmpty ? .never : nextStart }

  /// Lets a record wait.
  mutating func wait(_ record: InFlightRecord, until moment: MonotonicTime) {
    waiting.append(record)
    nextStart = min(nextStart, moment)
  }

  /// Takes all waiting records when one of them may be due: those that are not are to wait again.
  ///
  /// - Returns: In the order of the input, for the oldest holds the order up.
  mutating func takeDue(now: MonotonicTime) -> [InFlightRecord] {
    guard nextStart <= now else { return [] }
    return takeAll()
  }

  /// Takes all waiting records.
  mutating func takeAll() -> [InFlightRecord] {
    defer {
      waiting = []
      nextStart = .never
    }
    return waiting.sorted { $0.number < $1.number }
  }

  /// Whether a record's next request may be started.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - running: How many requests are on their way.
  ///   - now: The moment.
  /// - Returns: Now, later, or why never.
  mutating func permission(for record: InFlightRecord, running: Int, now: MonotonicTime) -> Permission {
    switch budget.state(running: running) {
    case .spent: return .never(CompletionFailure(.budget, "not asked: the budget is spent"))
    // The end of a request on its way asks again.
    case .wait: return .later(.never)
    case .open: break
    }
    let deadline = record.schedule.deadline
    if deadline <= now { return .never(CompletionFailure(.deadline, "the deadline passed")) }
    let opening = max(
      record.schedule.notBefore, holds[record.model] ?? now, rates?.opening(record.model, now: now) ?? now,
      requests?.opening(now) ?? now, tokens?.opening(now) ?? now)
    return opening > now ? .later(min(opening, deadline)) : .now
  }

  /// Counts a request that goes out now.
  ///
  /// - Parameters:
  ///   - record: Whose it is.
  ///   - body: What is sent.
  ///   - running: How many are on their way with it.
  mutating func start(_ record: InFlightRecord, body: UnsafeRawBufferPointer, running: Int) {
    record.schedule.round = auto?.started(running: running)
    rates?.started(record.model)
    requests?.take(1)
    guard tokens != nil else { return }
    record.schedule.reservedTokens = Double(TokenEstimate.tokens(inRequest: JSONValue(body)))
    tokens?.take(record.schedule.reservedTokens)
  }

  /// Books what an attempt took, answer or not; what was reserved and not needed is there for others at once.
  mutating func settle(_ record: InFlightRecord, _ outcome: AttemptOutcome) {
    let isAnswer = if case .success = outcome.result { true } else { false }
    // An answer that does not say what it took is taken to have needed what was reserved.
    let used = outcome.totalTokens.map { Double($0) } ?? (isAnswer ? record.schedule.reservedTokens : 0)
    tokens?.take(used - record.schedule.reservedTokens)
    record.schedule.reservedTokens = 0
    let cost = outcome.cost ?? outcome.estimatedCost
    if isAnswer || cost != nil || outcome.totalTokens != nil {
      budget.book(cost: cost, tokens: outcome.totalTokens)
    }
    release()
  }

  /// Learns from what came of an attempt how many requests at once the server likes; before it is settled or judged.
  ///
  /// - Parameters:
  ///   - record: Its record.
  ///   - outcome: What came of it.
  ///   - started: When it went out.
  ///   - running: How many others are on their way.
  ///   - now: The moment.
  mutating func observe(
    _ record: InFlightRecord, _ outcome: AttemptOutcome, started: MonotonicTime, running: Int, now: MonotonicTime
  ) {
    guard auto != nil else { return }
    rates?.finished(record.model, outcome.rates, tokens: outcome.totalTokens, now: now)
    let signal = AutoConcurrency.Signal(outcome)
    let isLoad = auto?.finished(signal, started: started, round: record.schedule.round, running: running, now: now)
    isRelieved = signal == .refused && isLoad ?? false
    nextStart = .past
  }

  /// A request has ended: who waits for a budget or for tokens looks again.
  mutating func release() {
    if tokens != nil || budget.isLimited { nextStart = .past }
  }

  /// Decides what becomes of a record whose attempt failed, or whose answer was rejected: the same model again, the next one, or nothing more.
  ///
  /// - Parameters:
  ///   - record: The record; waits, when it is to be asked again.
  ///   - failure: Why.
  ///   - mayAskAgain: False when what came cannot be taken back, or the run is to stop.
  ///   - now: The moment.
  /// - Returns: Whether it waits, or has failed.
  mutating func judge(
    _ record: InFlightRecord, _ failure: CompletionFailure, mayAskAgain: Bool, now: MonotonicTime
  ) -> Verdict {
    let wait = policy.wait(retry: record.schedule.retries, least: failure.retryAfter)
    let next = now.adding(seconds: wait)
    if failure.isTransient && (failure.kind == .rateLimit || failure.retryAfter != nil) && !isRelieved {
      holds[record.model] = max(holds[record.model] ?? next, next)
    }
    if failure.kind != .keyRefused { record.schedule.ownFailure = failure }
    // Where one model's key was refused and another failed, the other's failure says more.
    let last = record.schedule.ownFailure ?? failure
    guard mayAskAgain, failure.kind != .deadline else { return .failed(failure) }
    if failure.kind == .rejected && record.schedule.repairs < options.judging.repairs {
      record.schedule.repairs += 1
      record.schedule.retries = 0
      record.schedule.notBefore = now
    } else if failure.isTransient && record.schedule.retries < options.retries && next < record.schedule.deadline {
      record.schedule.retries += 1
      record.schedule.notBefore = next
    } else if record.schedule.modelIndex + 1 < record.request.models.count {
      record.schedule.modelIndex += 1
      record.schedule.retries = 0
      record.schedule.repairs = 0
      record.schedule.notBefore = now
    } else {
      return .failed(last)
    }
    self.wait(record, until: record.schedule.notBefore)
    return .again
  }
}

extension AutoConcurrency.Signal {
  /// What an attempt says about the server's load.
  fileprivate init(_ outcome: AttemptOutcome) {
    switch outcome.result {
    case .success: self = .answered
    case .failure(let failure):
      switch failure.kind {
      case .rateLimit: self = .refused
      case .timeout, .idleTimeout, .unreachable, .disconnected, .serverError: self = .troubled
      default: self = .unrelated
      }
    }
  }
}
