package import NDJSON
import Records

/// Calls, errors, retries, latency, tokens and cost, by what entries have in common. Verdicts are not calls; a model
/// that failed before another one answered is one where models are told apart; decisions are those of their own skill
/// only. Sums saturate: nothing in a log can make them overflow.
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
    public internal(set) var promptTokens = 0
    /// The tokens of the answers.
    public internal(set) var completionTokens = 0
    /// The tokens of the prompts that came from a cache.
    public internal(set) var cachedTokens = 0
    /// The tokens of the answers that were reasoning.
    public internal(set) var reasoningTokens = 0
    /// What the calls cost in USD; nil when no entry says so.
    public internal(set) var cost: Double?
    /// The part of the cost that was paid for tries that failed; nil when no entry says so.
    public internal(set) var failedCost: Double?

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

  /// Adds up the entries of all sessions of a directory, on all cores.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - grouping: What the entries of a group have in common.
  ///   - since: Only entries from this moment on; nil takes all.
  ///   - skill: Only entries of this skill; nil takes all.
  /// - Throws: `SessionLogError` when a file cannot be read.
  public init(
    in sessions: SessionDirectory, by grouping: [Grouping], since: Timestamp? = nil, skill: String? = nil
  ) throws(SessionLogError) {
    let selection = EntrySelection(since: since, skill: skill, takesRouting: skill == EntrySelection.routingSkill)
    let tally = try LogScan.run(sessions.files()) { StatisticsTally(grouping: grouping, selection: selection) }
    groups = tally.groups
  }
}

/// Adds entries up on one thread.
package struct StatisticsTally: EntryAccumulator {
  private let selection: EntrySelection
  private var index: GroupIndex
  private var sums: [SessionStatistics.Group] = []
  private let tellsModelsApart: Bool

  package init(grouping: [Grouping], selection: EntrySelection) {
    self.selection = selection
    index = GroupIndex(grouping)
    tellsModelsApart = grouping.contains(.model)
  }

  package mutating func add(_ entry: Record) {
    let time = entry["timestamp"]
    let status = entry["final_status"]
    guard selection.contains(entry, time: time), Verdict.mark(of: entry) == nil,
      selection.takesRouting || status?.isString("skip") != true
    else { return }
    var hasFailed = false
    if status?.isString("fail") == true {
      let isFailedModel = FailedModel.isOne(entry)
      if isFailedModel && !tellsModelsApart { return }
      hasFailed = isFailedModel || selection.takesRouting
    }
    hasFailed = hasFailed || status?.isString("error") == true || entry.hasFailed
    index.forEachGroup(of: entry, time: time) { group in
      while group >= sums.count { sums.append(SessionStatistics.Group()) }
      sums[group].add(entry, hasFailed: hasFailed, tellsModelsApart: tellsModelsApart)
    }
  }

  package mutating func merge(_ other: StatisticsTally) {
    for (group, sum) in other.sums.enumerated() {
      let own = index.group(withKey: other.index.keys[group])
      while own >= sums.count { sums.append(SessionStatistics.Group()) }
      sums[own].merge(sum)
    }
  }

  package var groups: [SessionStatistics.Group] {
    zip(index.keys, sums).map { key, sum in
      var group = SessionStatistics.Group(values: key.values)
      group.merge(sum)
      return group
    }.sorted { $0.values.isOrdered(before: $1.values) }
  }
}

extension SessionStatistics.Group {
  fileprivate mutating func add(_ entry: Record, hasFailed: Bool, tellsModelsApart: Bool) {
    calls += 1
    if hasFailed { errors += 1 }
    if let attempts = entry["attempts"] {
      retries += max(0, attempts.elements.reduce(0) { count, _ in count + 1 } - 1)
    }
    if let duration = entry["duration_ms"]?.double { latency.add(duration) }
    if let usage = entry["usage"].flatMap({ TokenUsage($0) }) {
      promptTokens.addSaturated(usage.prompt)
      completionTokens.addSaturated(usage.completion)
      cachedTokens.addSaturated(usage.cached)
      reasoningTokens.addSaturated(usage.reasoning)
    }
    let cost = EntryCost(entry, tellsModelsApart: tellsModelsApart)
    Self.add(cost.all, to: &self.cost)
    Self.add(cost.failed, to: &failedCost)
  }

  fileprivate mutating func merge(_ other: SessionStatistics.Group) {
    calls += other.calls
    errors += other.errors
    retries += other.retries
    promptTokens.addSaturated(other.promptTokens)
    completionTokens.addSaturated(other.completionTokens)
    cachedTokens.addSaturated(other.cachedTokens)
    reasoningTokens.addSaturated(other.reasoningTokens)
    Self.add(other.cost, to: &cost)
    Self.add(other.failedCost, to: &failedCost)
    latency.merge(other.latency)
  }

  private static func add(_ price: Double?, to cost: inout Double?) {
    guard let price else { return }
    cost = min(max((cost ?? 0) + price, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}
