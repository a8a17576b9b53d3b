public import NDJSON
import SessionLog

/// What a policy would have chosen over logged entries, next to what was done.
///
/// Entries are taken in their order, and each decision knows only what was logged before it. What the choice would
/// have come to is not known, so it counts as the average of its model at that skill over all entries that were given,
/// or, where there is none, as what is expected of it. Where the hash of a prompt decides, the choice counts by halves,
/// or by the share.
public struct Replay {
  /// An entry that can be judged.
  private struct Outcome {
    let skill: String?
    let model: String?
    let passed: Bool
    let cost: Double?
  }

  private let rules: RoutingRules
  private var outcomes: [Outcome] = []

  /// Makes a replay.
  ///
  /// - Parameter rules: The chains and the policy.
  public init(rules: RoutingRules) {
    self.rules = rules
  }

  /// Takes an entry; one that neither passed nor failed does not count.
  ///
  /// - Parameter entry: As hg-log writes it.
  public mutating func add(_ entry: Record) {
    guard let status = entry["final_status"] else { return }
    let passed = status.isString("pass")
    guard passed || status.isString("fail") else { return }
    outcomes.append(
      Outcome(
        skill: entry["skill"]?.string, model: entry["model_used"]?.string, passed: passed,
        cost: entry["cost_usd"]?.double))
  }

  /// Replays the entries.
  ///
  /// - Returns: A line for each skill in the order of their names, and one for all of them at the end.
  public func run() -> [ReplayLine] {
    var history = PassRateTable()
    var everything = PassRateTable()
    var costs: [PassRateTable.Key: (sum: Double, count: Int)] = [:]
    for outcome in outcomes {
      let key = PassRateTable.Key(skill: outcome.skill, model: outcome.model)
      everything.add(rate(outcome), to: key)
      guard let cost = outcome.cost else { continue }
      costs[key, default: (0, 0)].sum += cost
      costs[key, default: (0, 0)].count += 1
    }
    let averages = ReplayAverages(
      evidence: RoutingEvidence(everything, catalog: rules.catalog),
      costs: costs.mapValues { $0.sum / Double($0.count) })
    var policy = ReplayPolicy(rules: rules)
    var lines: [String?: ReplayLine] = [:]
    var total = ReplayLine(skill: nil, isTotal: true)
    for (index, outcome) in outcomes.enumerated() {
      policy.learn(from: history, seen: index)
      let chain = rules.catalog.chain(for: outcome.skill)
      let share = policy.strongShare(for: outcome.skill)
      let chosen = averages.mix(outcome.skill, chain, strongShare: share)
      let wasStrong = outcome.model == chain.strong
      var line = lines[outcome.skill] ?? ReplayLine(skill: outcome.skill, isTotal: false)
      let done = ReplayLine.Choice(share: wasStrong ? 1 : 0, rate: outcome.passed ? 1 : 0, cost: outcome.cost)
      line.add(done: done, chosen: chosen)
      total.add(done: done, chosen: chosen)
      lines[outcome.skill] = line
      history.add(rate(outcome), to: PassRateTable.Key(skill: outcome.skill, model: outcome.model))
    }
    return lines.values.sorted { ($0.skill ?? "") < ($1.skill ?? "") } + [total]
  }

  private func rate(_ outcome: Outcome) -> PassRate {
    PassRate(pass: outcome.passed ? 1 : 0, fail: outcome.passed ? 0 : 1)
  }
}
