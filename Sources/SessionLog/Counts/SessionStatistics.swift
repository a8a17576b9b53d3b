import NDJSON
public import SystemPackage

/// Calls, errors, retries, latency, tokens and cost, by what entries have in common. Verdicts are not calls; a model that
/// failed before another one answered is one where models are told apart; decisions are those of their own skill only.
/// Sums saturate: nothing in a log can make them overflow.
public struct SessionStatistics: Sendable {
  /// One line of the answer.
  public struct Group: Sendable {
    /// The values of the grouping, in its order; nil where the entries have none.
    public let values: [String?]
    /// The jobs that were logged.
    public internal(set) var calls = 0
    /// Those with an error.
    public internal(set) var errors = 0
    /// The attempts beyond the first of each call.
    public internal(set) var retries = 0
    /// The tokens of the prompts.
    public var promptTokens: Int { Int(clamping: prompt) }
    /// The tokens of the answers.
    public var completionTokens: Int { Int(clamping: completion) }
    /// The tokens of the prompts that came from a cache.
    public var cachedTokens: Int { Int(clamping: cached) }
    /// The tokens of the answers that were reasoning.
    public var reasoningTokens: Int { Int(clamping: reasoning) }
    /// What the calls cost in USD; nil when no entry says so.
    public var cost: Double? { price.value }
    /// The part of the cost that was paid for tries that failed; nil when no entry says so.
    public var failedCost: Double? { failedPrice.value }

    // Wide enough never to overflow: then they do not depend on an order, and what is gone can be taken away.
    fileprivate var prompt: Int128 = 0
    fileprivate var completion: Int128 = 0
    fileprivate var cached: Int128 = 0
    fileprivate var reasoning: Int128 = 0
    fileprivate var price = CostSum()
    fileprivate var failedPrice = CostSum()
    var latency = LatencyHistogram()

    init(values: [String?] = []) { self.values = values }

    /// A percentile of the calls' durations, to within 1 %.
    ///
    /// - Parameter share: `0...1`.
    /// - Returns: Milliseconds; nil when no entry has a duration.
    public func latency(_ share: Double) -> Double? { latency.percentile(share) }
  }

  /// Sorted by their values.
  public let groups: [Group]
  /// What was left out, for it is not a file that anything is appended to.
  public let skipped: [SessionLogError]

  /// Adds up the entries of all sessions of a directory, on all cores.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - grouping: What the entries of a group have in common.
  ///   - since: Only entries from this moment on; nil takes all.
  ///   - skill: Only entries of this skill; nil takes all.
  ///   - caches: The folder of caches, where counts are kept; nil counts in full.
  /// - Throws: `SessionLogError` when a file cannot be read.
  public init(
    in sessions: SessionDirectory, by grouping: [Grouping], since: Timestamp? = nil, skill: String? = nil,
    caches: FilePath? = nil
  ) throws(SessionLogError) {
    let filter = EntryFilter(since: since, skill: skill)
    let counted = try LogCount.run(sessions, caches: caches, since: since) {
      StatisticsTally(grouping: grouping, filter: filter)
    }
    groups = counted.answer.groups
    skipped = counted.skipped
  }
}

/// A sum of costs, some of which may be unknown.
private struct CostSum: Sendable {
  private var sum = ExactSum()
  /// How many were known.
  private var count = 0

  var value: Double? { count > 0 ? sum.value : nil }

  mutating func add(_ cost: Double?, _ weight: Int) {
    guard let cost else { return }
    sum.add(Double(weight) * cost)
    count += weight
  }

  static func += (left: inout CostSum, right: CostSum) {
    left.sum += right.sum
    left.count += right.count
  }
}

/// Adds entries up on one thread.
package struct StatisticsTally: EntryTally {
  package let needs: EntryNeeds

  private var filter: EntryFilter
  private var index: GroupIndex
  private var sums: [SessionStatistics.Group] = []
  private let tellsModelsApart: Bool

  package init(grouping: [Grouping], filter: EntryFilter) {
    self.filter = filter
    index = GroupIndex(grouping)
    tellsModelsApart = grouping.contains(.model)
    needs = EntryNeeds(grouping, filter).union(.sums)
  }

  package mutating func add(_ entry: CountedEntry, _ names: EntryNames) {
    let status = entry.facts.status
    guard !entry.facts.contains(.isVerdict), filter.takesRouting || status != .skip, filter.takes(entry, names) else {
      return
    }
    var hasFailed = false
    if status == .fail {
      let isFailedModel = entry.facts.contains(.isFailedModel)
      if isFailedModel && !tellsModelsApart { return }
      hasFailed = isFailedModel || filter.takesRouting
    }
    hasFailed = hasFailed || status == .error || entry.facts.contains(.hasError)
    for group in index.groups(of: entry, names) {
      if group >= sums.count { sums += repeatElement(.init(), count: index.keys.count - sums.count) }
      sums[group].add(entry, hasFailed: hasFailed, cost: tellsModelsApart ? entry.costByModel : entry.cost)
    }
  }

  package mutating func merge(_ other: StatisticsTally) {
    for (group, sum) in other.sums.enumerated() {
      let own = index.group(withKey: other.index.keys[group])
      if own >= sums.count { sums += repeatElement(.init(), count: index.keys.count - sums.count) }
      sums[own].merge(sum)
    }
  }

  package var groups: [SessionStatistics.Group] {
    zip(index.keys, sums).filter { $1.calls > 0 }.map { key, sum in
      var group = SessionStatistics.Group(values: key.values)
      group.merge(sum)
      return group
    }.sorted { $0.values.isOrdered(before: $1.values) }
  }
}

extension SessionStatistics.Group {
  fileprivate mutating func add(_ entry: CountedEntry, hasFailed: Bool, cost: EntryCost) {
    let weight = entry.weight
    calls += weight
    if hasFailed { errors += weight }
    retries += weight * Int(entry.retries)
    if entry.latency > 0 { latency.add(bucket: Int(entry.latency) - 1, weight) }
    prompt += Int128(weight) * Int128(entry.promptTokens)
    completion += Int128(weight) * Int128(entry.completionTokens)
    cached += Int128(weight) * Int128(entry.cachedTokens)
    reasoning += Int128(weight) * Int128(entry.reasoningTokens)
    price.add(cost.all, weight)
    failedPrice.add(cost.failed, weight)
  }

  fileprivate mutating func merge(_ other: SessionStatistics.Group) {
    calls += other.calls
    errors += other.errors
    retries += other.retries
    prompt += other.prompt
    completion += other.completion
    cached += other.cached
    reasoning += other.reasoning
    price += other.price
    failedPrice += other.failedPrice
    latency.merge(other.latency)
  }
}
