import NDJSON
import Platform
import Servers

/// So much a minute, evenly: a bucket that holds no more than one second's worth, so that no minute sees more than
/// was asked for by more than that.
struct TokenBucket {
  private let perSecond: Double
  private let capacity: Double
  private let least: Double
  private var level: Double
  private var updated: MonotonicTime

  /// Makes a full bucket.
  ///
  /// - Parameters:
  ///   - perMinute: What flows in.
  ///   - least: What must be there before something is taken; what is taken may be more, and is owed then.
  ///   - now: The moment.
  init(perMinute: Double, least: Double, now: MonotonicTime) {
    perSecond = perMinute / 60
    capacity = max(least, perSecond)
    self.least = least
    level = capacity
    updated = now
  }

  /// When something may be taken.
  mutating func opening(_ now: MonotonicTime) -> MonotonicTime {
    level = min(capacity, level + now.seconds(since: updated) * perSecond)
    updated = now
    return level >= least ? now : now.adding(seconds: (least - level) / perSecond)
  }

  /// Takes from the bucket; a negative amount gives back.
  mutating func take(_ amount: Double) { level = min(capacity, level - amount) }
}

/// What may be spent in a run.
struct Budget {
  /// Whether a request may be started.
  enum State {
    case open
    /// The answers that are on their way decide.
    case wait
    case spent
  }

  let maximumCost: Double?
  let maximumTokens: Int?
  private(set) var cost = 0.0
  private(set) var tokens = 0
  /// Answers whose price is known.
  private(set) var pricedCount = 0
  private(set) var answerCount = 0

  /// Whether there is a limit at all.
  var isLimited: Bool { maximumCost != nil || maximumTokens != nil }

  init(_ options: CompletionOptions) {
    maximumCost = options.maximumCost
    maximumTokens = options.maximumTokens
  }

  /// Whether one more request may be started, with `running` already on their way: each of them, and the next one, is
  /// taken to cost what the answers so far cost on average. Before the first answer nothing is known, so one goes
  /// ahead.
  func state(running: Int) -> State {
    var isTight = false
    if let maximumCost {
      if cost >= maximumCost && pricedCount > 0 || maximumCost <= 0 { return .spent }
      let mean = pricedCount == 0 ? 0 : cost / Double(pricedCount)
      isTight = answerCount == 0 || cost + mean * Double(running) >= maximumCost
    }
    if let maximumTokens {
      if tokens >= maximumTokens { return .spent }
      let mean = answerCount == 0 ? 0 : Double(tokens) / Double(answerCount)
      isTight = isTight || answerCount == 0 || Double(tokens) + mean * Double(running) >= Double(maximumTokens)
    }
    return isTight && running > 0 ? .wait : .open
  }

  /// Books an answer.
  mutating func book(cost: Double?, tokens: Int?) {
    answerCount += 1
    if let cost {
      self.cost += cost
      pricedCount += 1
    }
    self.tokens = self.tokens.addingSaturated(tokens ?? 0)
  }
}

/// How long to wait before a model is asked again: exponential, with full jitter.
struct RetryPolicy {
  let options: CompletionOptions

  /// The wait before a try.
  ///
  /// - Parameters:
  ///   - retry: How often the model was asked again already.
  ///   - least: What the server asked for, in seconds.
  /// - Returns: Seconds, at most `retryMaximum`.
  func wait(retry: Int, least: Double?) -> Double {
    let end = min(options.retryMaximum, options.retryBase * Double(1 << min(max(retry, 0), 30)))
    let jitter = end > 0 ? Double.random(in: 0...end) : 0
    return min(options.retryMaximum, max(jitter, least ?? 0))
  }
}
