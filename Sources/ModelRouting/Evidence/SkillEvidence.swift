/// What a router knows about skills: counts of each model, or one rate of each skill.
public struct SkillEvidence: Sendable, Equatable {
  /// The pass rate of the local candidate, `0...1`; `nil` when none is known.
  public let rate: Double?
  /// How many outcomes it is from; `nil` when the source does not say.
  public let samples: Int?
  /// What is expected of both candidates; `nil` when the source has no counts of them.
  public let estimate: GainEstimator.Estimate?

  /// Makes evidence.
  ///
  /// - Parameters:
  ///   - rate: The pass rate of the local candidate, `0...1`.
  ///   - samples: How many outcomes it is from.
  ///   - estimate: What is expected of both candidates.
  public init(rate: Double?, samples: Int?, estimate: GainEstimator.Estimate?) {
    self.rate = rate
    self.samples = samples
    self.estimate = estimate
  }

  /// Nothing is known.
  public static let none = SkillEvidence(rate: nil, samples: 0, estimate: nil)
}
