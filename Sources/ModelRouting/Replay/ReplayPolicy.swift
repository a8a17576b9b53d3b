import SessionLog

/// A policy that learns from a history as it grows.
struct ReplayPolicy {
  private let rules: RoutingRules
  private var evidence: RoutingEvidence
  private var gainPolicy: GainPolicy?
  private var shares: [String?: Double] = [:]
  private var learnt = 0

  init(rules: RoutingRules) {
    self.rules = rules
    evidence = RoutingEvidence(PassRateTable(), catalog: rules.catalog, minGain: rules.policy.minGain)
  }

  /// Looks at the history again when it has grown by a fiftieth: what is less changes next to nothing.
  mutating func learn(from history: PassRateTable, seen: Int) {
    guard seen > learnt + learnt / 50 || seen == 0 else { return }
    learnt = seen
    evidence = RoutingEvidence(history, catalog: rules.catalog, minGain: rules.policy.minGain)
    gainPolicy = nil
    shares.removeAll(keepingCapacity: true)
  }

  /// The share of a skill's prompts that goes to the strong model.
  mutating func strongShare(for skill: String?) -> Double {
    if let share = shares[skill] { return share }
    let share = share(evidence.evidence(for: skill))
    let explored = share + rules.exploreShare * (1 - 2 * share)
    shares[skill] = explored
    return explored
  }

  private mutating func share(_ known: SkillEvidence) -> Double {
    switch rules.policy {
    case .threshold(let policy):
      return policy.choice(rate: known.rate).map { $0.decision == .strong ? 1 : 0 } ?? 0.5
    case .gain(let measure):
      guard let estimate = known.estimate else { return 0 }
      let policy = gainPolicy ?? GainPolicy(measure, traffic: evidence.traffic)
      gainPolicy = policy
      return policy.strongShare(estimate)
    }
  }
}

/// What a model comes to at a skill, over all entries.
struct ReplayAverages {
  let evidence: RoutingEvidence
  /// US dollars for one job.
  let costs: [PassRateTable.Key: Double]

  /// A share of the strong model, the rest of the local one.
  func mix(_ skill: String?, _ chain: ModelChain, strongShare: Double) -> ReplayLine.Choice {
    let estimate = evidence.evidence(for: skill).estimate
    let local = evidence.table.local(skill: skill, model: chain.local).rate ?? estimate?.local ?? 0
    let strong = evidence.table.strong(skill: skill, model: chain.strong).rate ?? estimate?.strong ?? 0
    let rate = strongShare * strong + (1 - strongShare) * local
    return ReplayLine.Choice(share: strongShare, rate: rate, cost: cost(skill, chain, strongShare))
  }

  private func cost(_ skill: String?, _ chain: ModelChain, _ strongShare: Double) -> Double? {
    var sum = 0.0
    for (model, share) in [(chain.local, 1 - strongShare), (chain.strong, strongShare)] where share > 0 {
      guard let cost = costs[PassRateTable.Key(skill: skill, model: model)] else { return nil }
      sum += share * cost
    }
    return sum
  }
}
