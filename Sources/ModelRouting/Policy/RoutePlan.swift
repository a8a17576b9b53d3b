import NDJSON

/// What happens to the prompts of one skill, with everything that does not depend on the prompt worked out.
///
/// A class, and its routes too, because it is looked up for every record: one reference to count, not a dozen arrays.
final class RoutePlan {
  /// Who decides.
  enum Rule {
    /// All prompts go one way.
    case fixed(PolicyChoice)
    /// The low bit of the hash: 0 local, 1 strong.
    case sampleBand
    /// The hash: this share goes to the strong model, `0..<1`.
    case share(Double, RouteReason)
  }

  let rule: Rule
  /// 0 where there is no other way.
  private let exploreShare: Double
  private let local: PlannedRoute
  private let strong: PlannedRoute

  /// Works out the routes of a skill.
  init(chain: ModelChain, evidence: SkillEvidence, rule: Rule, rules: RoutingRules) {
    self.rule = rule
    exploreShare = chain.models.count > 1 ? rules.exploreShare : 0
    let policy = rules.policy.name
    local = PlannedRoute(chain, .local, evidence, policy: policy, available: rules.available)
    strong = PlannedRoute(chain, .strong, evidence, policy: policy, available: rules.available)
  }

  /// What the policy says about a prompt.
  func choice(_ hash: PromptHash) -> PolicyChoice {
    let choice: PolicyChoice
    switch rule {
    case .fixed(let fixed): choice = fixed
    case .sampleBand: choice = PolicyChoice(hash.value & 1 == 0 ? .local : .strong, .sampleBand)
    case .share(let share, let reason): choice = PolicyChoice(hash.fraction < share ? .strong : .local, reason)
    }
    guard exploreShare > 0, hash.secondFraction < exploreShare else { return choice }
    return PolicyChoice(choice.decision == .local ? .strong : .local, .explore)
  }

  /// The route of a decision.
  func route(_ decision: RouteDecision) -> PlannedRoute { decision == .strong ? strong : local }
}

/// One route of a skill, as JSON, ready but for its reason and the hash.
final class PlannedRoute {
  /// The model as a JSON string.
  let model: [UInt8]
  /// The fallbacks as a JSON array.
  let fallbacks: [UInt8]
  /// Whether the model that the chain names for the decision is not up.
  let isDiverted: Bool
  /// `{"decision":"local","reason":"`, and from behind the reason to the digits of the hash, and what follows them.
  let beforeReason, afterReason, afterHash: [UInt8]

  init(
    _ chain: ModelChain, _ decision: RouteDecision, _ evidence: SkillEvidence, policy: PolicyName,
    available: Set<String>?
  ) {
    let wanted = decision == .strong ? chain.strong : chain.local
    let up = chain.models.filter { available?.contains($0) ?? true }
    // The wanted one, else the next behind it, else the last one before it. With none up the list is of no use.
    let chosen =
      up.contains(wanted) ? wanted : chain.models(after: wanted).first { up.contains($0) } ?? up.last ?? wanted
    isDiverted = !up.contains(wanted)
    let fallbackModels = chain.models(after: chosen).filter { up.isEmpty || up.contains($0) }
    model = JSONWriter.bytes { $0.string(chosen) }
    fallbacks = JSONWriter.bytes { writer in
      writer.array { array in for model in fallbackModels { array.string(model) } }
    }
    // What is said is what is done: the only model of a chain, or the only one that is up, may be the local one.
    let taken = chosen == chain.local ? .local : chosen == chain.strong ? RouteDecision.strong : decision
    beforeReason = Array("{\"decision\":\"\(taken.rawValue)\",\"reason\":\"".utf8)
    let known = JSONWriter.bytes { writer in
      writer.object { object in
        object.name("pass_rate")
        if let rate = evidence.rate { object.double(rate) } else { object.null() }
        object.member("samples", evidence.samples)
        object.name("expected_gain")
        // Four digits: a thousandth of a percent point is far below what any log can tell.
        if let gain = evidence.estimate?.gain { object.double((gain * 1e4).rounded() / 1e4) } else { object.null() }
      }
    }
    afterReason = Array("\",".utf8) + known.dropFirst().dropLast() + Array(",\"hash\":\"".utf8)
    afterHash = Array("\",\"policy\":\"\(policy.rawValue)\"}".utf8)
  }
}

extension PromptHash {
  /// Another share of the prompts, as good as independent of `fraction` and of the low bit: the finishing step of
  /// SplitMix64.
  var secondFraction: Double {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return PromptHash(value: mixed ^ (mixed >> 31)).fraction
  }
}
