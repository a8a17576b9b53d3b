/// Everything that decides, apart from the evidence.
public struct RoutingRules: Sendable {
  /// Which way to decide.
  public enum Policy: Sendable, Equatable {
    /// The pass rate of the local candidate against a floor and a ceiling.
    case threshold(ThresholdPolicy)
    /// The expected gain of the strong candidate.
    case gain(GainPolicy.Measure)

    /// The gain whose likelihood the policy asks for, if it does.
    public var minGain: Double? {
      if case .gain(.thompson(let gain)) = self { return gain }
      return nil
    }

    /// Its name, as `route.policy` has it.
    public var name: PolicyName {
      switch self {
      case .threshold: .threshold
      case .gain: .gain
      }
    }
  }

  /// Which models answer which skill.
  public var catalog: ModelCatalog
  /// Which way to decide.
  public var policy: Policy
  /// The models that a record may name itself; `nil` allows all.
  public var allowed: [String]?
  /// The models that are up; `nil` when that is not known.
  public var available: Set<String>?
  /// The share of the prompts that takes the other way, `0...1`.
  public var exploreShare = 0.0
  /// The `skill` of a record that has none.
  public var defaultSkill: String?
  /// The `session_id` of a record that has none.
  public var defaultSession: String?

  /// Makes rules.
  ///
  /// - Parameters:
  ///   - catalog: Which models answer which skill.
  ///   - policy: Which way to decide.
  public init(catalog: ModelCatalog, policy: Policy) {
    self.catalog = catalog
    self.policy = policy
  }
}
