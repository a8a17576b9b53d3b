import Platform

/// Finds how many requests at once a server answers best: `-j auto`.
///
/// By Little's law a server that has `n` requests on its way, each for `w` seconds, answers `n / w` of them a second. So the
/// mean latency at a level says what its throughput is there, without a clock of its own. Levels double as long as that
/// pays, then the smallest one is looked for that has 95 % of the best throughput. A server that refuses (429) has
/// said where its limit is. Now and then a level above and one below is tried again, more and more seldom.
struct AutoConcurrency {
  /// What came of a request, as far as it says something about the server's load.
  enum Signal {
    case answered
    /// It wanted fewer requests.
    case refused
    /// It broke down, or took too long.
    case troubled
    /// Nothing that has to do with load.
    case unrelated
  }

  /// The first level.
  private static let start = 8
  /// Twice the requests have to bring at least this many times the answers, to go on doubling.
  private static let worthDoubling = 1.1
  /// How many times the answers make it worth going up by a step.
  private static let worthMore = 1.1
  /// The share of the best throughput that is good enough.
  private static let enough = 0.95
  /// The fewest latencies that make a mean.
  private static let fewestSamples = 16
  /// How far above the smallest level that is good enough the search may end, as a share of it.
  private static let tolerance = 0.15
  /// A throughput this far below the usual one makes it look for another level.
  private static let slump = 0.6
  /// After how many rounds a level above or below is tried, at first and at most.
  private static let patience = (least: 8, most: 512)

  private enum Phase {
    /// Doubling.
    case growing
    /// Between a level that is too low and one that is high enough.
    case searching
    /// At a level, until another one is tried.
    case settled
    /// Trying another one, and where to go back to.
    case probing(from: Int)
  }

  /// How many requests may be on their way now.
  private(set) var limit: Int

  /// Whether growing did not seem to pay.
  private var isDoubted = false
  private let ceiling: Int
  private let longestLatency: Double
  private var phase = Phase.growing
  /// What is measured next. `limit` comes to it with the answers, one by one, so that few are refused.
  private var level: Int
  /// Throughput by level, as far as it still holds.
  private var throughputs: [Int: Double] = [:]
  /// The number of the measurement; requests of earlier ones do not count in it.
  private var round = 0
  /// The requests that are measured: the first ones that go out, for the first to come back are the fast ones.
  private var cohort = (started: 0, running: 0, ended: 0, answered: 0, seconds: 0.0)
  private var troubles = 0
  /// Rounds at a settled level until the next probe, and how many come after that one.
  private var roundsLeft = patience.least
  private var patience = patience.least
  private var probesUp = true
  /// The throughput of the settled level, the mean of the latest ones.
  private var usual: Double?
  /// Requests that were started before it know nothing of the lower limit.
  private var lowered = MonotonicTime.past
  /// Refusals said where the limit is: steps above it are small.
  private var isBounded = false

  /// Starts with few.
  ///
  /// - Parameters:
  ///   - ceiling: The most, at least 1.
  ///   - longestLatency: How long answers may come to take by its doing, in seconds.
  init(ceiling: Int, longestLatency: Double = .infinity) {
    self.ceiling = ceiling
    self.longestLatency = longestLatency
    level = min(Self.start, ceiling)
    limit = level
  }

  /// Notes that a request goes out.
  ///
  /// - Parameter running: How many are on their way with it.
  /// - Returns: The measurement it counts in; nil when there are too few for one.
  mutating func started(running: Int) -> Int? {
    guard limit == level, running * 4 >= level * 3, cohort.started < samplesWanted else { return nil }
    cohort.started += 1
    cohort.running += running
    return round
  }

  /// Notes what came of a request.
  ///
  /// - Parameters:
  ///   - signal: What came.
  ///   - started: When it went out.
  ///   - round: The measurement that `started` told.
  ///   - running: How many others are on their way.
  ///   - now: The moment.
  /// - Returns: False when the server wants fewer requests although there are fewer already: then it is its rate.
  mutating func finished(
    _ signal: Signal, started: MonotonicTime, round: Int?, running: Int, now: MonotonicTime
  ) -> Bool {
    let isMeasured = round == self.round
    if isMeasured { cohort.ended += 1 }
    defer { if isMeasured && cohort.ended == samplesWanted - sparedSamples { measure() } }
    switch signal {
    case .answered:
      // In every round trip, half of the way to twice as many, or all of it to a little more.
      if limit < level { limit = min(limit + (isGrowing ? 2 : 1), level) }
      guard isMeasured else { break }
      cohort.answered += 1
      cohort.seconds += now.seconds(since: started)
    case .refused: return refused(started, running: running, now: now)
    case .troubled:
      troubles += 1
      if started >= lowered && troubles >= max(2, limit / 10) { lower(to: limit * 7 / 10, now: now) }
    case .unrelated: break
    }
    return true
  }

  private mutating func measure() {
    if cohort.answered * 2 >= cohort.ended {
      let running = Double(cohort.running) / Double(cohort.started)
      throughputs[level] = running * Double(cohort.answered) / max(cohort.seconds, 1e-9)
      decide()
    }
    nextRound()
  }

  private var isGrowing: Bool { if case .growing = phase { true } else { false } }

  /// Whether twice as many are worth it shows soon; between two levels close to each other it takes more.
  private var samplesWanted: Int {
    switch phase {
    case .growing where !isDoubted: max(level / 4, Self.fewestSamples / 2)
    case .growing, .searching, .settled: max(level, Self.fewestSamples)
    case .probing: max(level * 2, Self.fewestSamples * 2)
    }
  }

  /// The slowest are not waited for while it does not matter.
  private var sparedSamples: Int { isGrowing && !isDoubted ? samplesWanted / 4 : 0 }

  private mutating func decide() {
    let throughput = throughputs[level] ?? 0
    switch phase {
    case .growing:
      if let next = nextLevel {
        isDoubted = false
        return aim(at: next)
      }
      // Measured again, and with more: a few answers may be slow by chance, and the first ones of a level still know the
      // shorter queue of the one before.
      isDoubted.toggle()
      if isDoubted { return }
      phase = .searching
      search()
    case .searching: search()
    case .settled:
      roundsLeft -= 1
      if throughput < (usual ?? throughput) * Self.slump {
        // Measured again, for the first answers knew the server as it was.
        (phase, patience, usual, throughputs) = (.searching, Self.patience.least, nil, [:])
        return
      }
      usual = usual.map { $0 + (throughput - $0) / 4 } ?? throughput
      if roundsLeft <= 0 { probe() }
    case .probing(let origin):
      let known = usual ?? 0
      let pays = level > origin ? throughput > known * Self.worthMore : throughput >= known * Self.enough
      throughputs = [level: throughput, origin: known]
      if !pays { return settle(at: origin) }
      patience = Self.patience.least
      guard level > origin, throughput >= known * Self.worthDoubling, !isBounded else { return settle(at: level) }
      phase = .growing
      throughputs = [level: throughput]
      aim(at: min(level * 2, ceiling))
    }
  }

  /// Twice as many, unless that does not pay, or answers could take too long then.
  private var nextLevel: Int? {
    let next = min(level * 2, ceiling)
    guard next > level, throughputs[level] ?? 0 >= (throughputs[level / 2] ?? 0) * Self.worthDoubling else {
      return nil
    }
    let latency = cohort.seconds / Double(max(cohort.answered, 1))
    return latency * Double(next) / Double(level) <= longestLatency ? next : nil
  }

  /// Halves the room between the smallest level that is good enough and the one below it.
  private mutating func search() {
    let best = throughputs.values.max() ?? 0
    let high = throughputs.filter { $0.value >= best * Self.enough }.keys.min() ?? level
    let low = throughputs.keys.filter { $0 < high }.max() ?? 0
    guard Double(high - low) > max(1, Self.tolerance * Double(high)) else {
      // A little more does no harm, a little less does.
      return settle(at: throughputs.keys.contains { $0 > high } ? high + high / 10 : high)
    }
    aim(at: (low + high) / 2)
  }

  private mutating func settle(at level: Int) {
    (phase, isDoubted) = (.settled, false)
    if level != self.level { usual = nil }
    throughputs = throughputs.filter { $0.key == level }
    roundsLeft = patience
    patience = min(patience * 2, Self.patience.most)
    aim(at: level)
  }

  private mutating func probe() {
    let origin = level
    let step = isBounded ? 1 : max(1, level / 2)
    let other = probesUp ? min(level + step, ceiling) : level - max(1, level / 8)
    probesUp.toggle()
    guard other != level, other >= 1 else { return settle(at: level) }
    phase = .probing(from: origin)
    aim(at: other)
  }

  private mutating func refused(_ started: MonotonicTime, running: Int, now: MonotonicTime) -> Bool {
    isBounded = true
    let isNew = started >= lowered
    if case .settled = phase, isNew {
      lower(to: limit * 8 / 10, now: now)
      return false
    }
    if case .probing(let origin) = phase, isNew, level > origin {
      lower(to: origin, now: now)
      return true
    }
    // Those that are on their way were taken, or will be refused as well.
    if isNew || running < limit { lower(to: min(limit - (isNew ? 1 : 0), running), now: now) }
    return true
  }

  private mutating func lower(to level: Int, now: MonotonicTime) {
    throughputs = [:]
    settle(at: min(max(1, level), ceiling))
    lowered = now
    nextRound()
  }

  /// Up, the limit comes along with the answers; down, at once.
  private mutating func aim(at level: Int) {
    self.level = level
    limit = min(limit, level)
  }

  private mutating func nextRound() {
    round += 1
    cohort = (0, 0, 0, 0, 0)
    troubles = 0
  }
}
