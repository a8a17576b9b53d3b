public import NDJSON
import Platform
import Records

/// Sets `model`, `fallbacks` and `route` of one record after another.
public struct Router {
  private let rules: RoutingRules
  /// Keeps plans until the evidence changes.
  private var plans: [RoutePlan] = []
  private var planOfSkill: [String?: Int] = [:]
  private var source: any EvidenceSource
  private var gainPolicy: GainPolicy?
  /// Where `route` is put together; kept from record to record.
  private var scratch: [UInt8] = []
  /// How many skills are kept: a stream with a new skill in every record must not grow for ever.
  private static let mostPlans = 8192

  /// Makes a router.
  ///
  /// - Parameters:
  ///   - rules: Everything that decides.
  ///   - source: Where the evidence comes from; asked when the first record needs it.
  public init(rules: RoutingRules, source: any EvidenceSource) {
    self.rules = rules
    self.source = source
  }

  /// Routes a record; a line of a Batch output asks nothing, and stays as it is.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - edits: Gets the changes.
  /// - Throws: `RecordError` of kind `bad_model` or `model_not_allowed`.
  public mutating func route(_ record: Record, _ edits: inout RecordEdits) throws(RecordError) {
    guard record.shape != .batchResult else { return }
    let named = try rules.namedModel(of: record)
    rules.setStandards(record, &edits)
    if named != nil {
      edits.set("route") { $0.raw(Self.override(rules.policy.name)) }
      return
    }
    let plan = plan(for: record["skill"]?.string ?? rules.defaultSkill)
    let hash = PromptHash(record)
    let choice = plan.choice(hash)
    let route = plan.route(choice.decision)
    let reason = route.isDiverted ? RouteReason.unavailable : choice.reason
    edits.setModel(route.model, of: record)
    edits.set("fallbacks") { $0.raw(route.fallbacks) }
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: route.beforeReason)
    scratch.append(contentsOf: reason.rawValue.utf8)
    scratch.append(contentsOf: route.afterReason)
    hash.appendHexadecimal(to: &scratch)
    scratch.append(contentsOf: route.afterHash)
    edits.set("route") { $0.raw(scratch) }
  }

  private static func override(_ policy: PolicyName) -> [UInt8] {
    Array("{\"decision\":\"override\",\"reason\":\"override\",\"policy\":\"\(policy.rawValue)\"}".utf8)
  }

  private mutating func plan(for skill: String?) -> RoutePlan {
    if source.refresh() {
      plans.removeAll(keepingCapacity: true)
      planOfSkill.removeAll(keepingCapacity: true)
      gainPolicy = nil
    }
    if let index = planOfSkill[skill] { return plans[index] }
    if plans.count == Self.mostPlans {
      plans.removeAll(keepingCapacity: true)
      planOfSkill.removeAll(keepingCapacity: true)
    }
    let chain = rules.catalog.chain(for: skill)
    let evidence = source.evidence(for: skill, chain: chain)
    let plan = RoutePlan(chain: chain, evidence: evidence, rule: rule(evidence), rules: rules)
    planOfSkill[skill] = plans.count
    plans.append(plan)
    return plan
  }

  private mutating func rule(_ evidence: SkillEvidence) -> RoutePlan.Rule {
    switch rules.policy {
    case .threshold(let policy):
      return policy.choice(rate: evidence.rate).map { .fixed($0) } ?? .sampleBand
    case .gain(let measure):
      guard let estimate = evidence.estimate else { return .fixed(PolicyChoice(.local, .noData)) }
      let policy = gainPolicy ?? GainPolicy(measure, traffic: source.traffic())
      gainPolicy = policy
      if case .thompson = measure { return .share(policy.strongShare(estimate), .thompson) }
      switch policy.strongShare(estimate) {
      case 0: return .fixed(PolicyChoice(.local, .gain))
      case 1: return .fixed(PolicyChoice(.strong, .gain))
      case let share: return .share(share, .gain)
      }
    }
  }
}

extension RoutingRules {
  /// The model that a record names itself.
  ///
  /// - Throws: `RecordError` when it is not a name, or not allowed.
  func namedModel(of record: Record) throws(RecordError) -> String? {
    guard let member = record.namedModel else { return nil }
    guard let text = member.string, let model = SettingText.trimmed(text) else {
      throw RecordError(kind: "bad_model", message: "'model' must be a string that is not empty")
    }
    guard allowed?.contains(model) ?? true else {
      let list = (allowed ?? []).joined(separator: ", ")
      throw RecordError(kind: "model_not_allowed", message: "'\(model)' is not allowed; supported: \(list)")
    }
    return model
  }

  /// Gives a record the skill and the session that it lacks.
  func setStandards(_ record: Record, _ edits: inout RecordEdits) {
    if let defaultSkill, record["skill"]?.isNull ?? true { edits.set("skill", string: defaultSkill) }
    if let defaultSession, record["session_id"]?.isNull ?? true {
      edits.set("session_id", string: defaultSession)
    }
  }
}

extension RecordError {
  /// What every record gets while routing is switched off.
  public static let killSwitch = RecordError(
    kind: "kill_switch", message: "routing is switched off by HYPERGUILD_KILL_SWITCH")
}
