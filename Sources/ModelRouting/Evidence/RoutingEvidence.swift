import NDJSON
import SessionLog

/// A table of counts with the averages over all skills that estimates shrink towards.
public struct RoutingEvidence: Sendable {
  /// The counts.
  public let table: PassRateTable
  private let catalog: ModelCatalog
  private let estimator: GainEstimator
  private let minGain: Double?

  /// Sums up a table.
  ///
  /// - Parameters:
  ///   - table: The counts.
  ///   - catalog: Which models are the candidates of a skill.
  ///   - minGain: The gain whose likelihood is asked for; then there are estimates also without any outcome.
  public init(_ table: PassRateTable, catalog: ModelCatalog, minGain: Double? = nil) {
    self.minGain = minGain
    self.table = table
    self.catalog = catalog
    var (local, strong) = (PassRate(), PassRate())
    for skill in table.skills {
      let chain = catalog.chain(for: skill)
      local += table.local(skill: skill, model: chain.local)
      strong += table.strong(skill: skill, model: chain.strong)
    }
    estimator = GainEstimator(local: local, strong: strong, minGain: minGain ?? 0)
  }

  /// What is known about a skill.
  ///
  /// - Parameter skill: The skill; `nil` for records without one.
  /// - Returns: The evidence. The estimate is nil only while the table is empty.
  public func evidence(for skill: String?) -> SkillEvidence {
    let chain = catalog.chain(for: skill)
    let local = table.local(skill: skill, model: chain.local)
    return SkillEvidence(rate: local.rate, samples: local.total, estimate: estimate(skill, chain, local))
  }

  /// The traffic of every skill, for calibration.
  public var traffic: [GainPolicy.Traffic] {
    table.skills.map { skill in
      let chain = catalog.chain(for: skill)
      let local = table.local(skill: skill, model: chain.local)
      let strong = chain.models.count > 1 ? table.strong(skill: skill, model: chain.strong) : PassRate()
      let gain = estimate(skill, chain, local)?.gain ?? 0
      return GainPolicy.Traffic(gain: gain, entries: local.total.addingSaturated(strong.total))
    }
  }

  private func estimate(_ skill: String?, _ chain: ModelChain, _ local: PassRate) -> GainEstimator.Estimate? {
    guard !table.counts.isEmpty || minGain != nil else { return nil }
    guard chain.models.count > 1 else {
      // One model has nothing to gain over itself.
      let alone = estimator.estimate(local: local, strong: PassRate()).local
      return GainEstimator.Estimate(local: alone, strong: alone, worth: 0)
    }
    return estimator.estimate(local: local, strong: table.strong(skill: skill, model: chain.strong))
  }
}
