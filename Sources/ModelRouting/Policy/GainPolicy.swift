import NDJSON

/// Strong where the strong candidate is expected to pass more often by enough.
public struct GainPolicy: Sendable, Equatable {
  /// How it is known what is enough.
  public enum Measure: Sendable, Equatable {
    /// An expected gain of at least this, `-1...1`.
    case minGain(Double)
    /// The share of the traffic with the most to gain, `0...1`.
    case strongShare(Double)
    /// As likely as the expected gain is at least this, `-1...1`.
    case thompson(Double)
  }

  /// The traffic of one skill, for calibration.
  public struct Traffic: Sendable {
    /// The expected gain at the skill.
    public let gain: Double
    /// How many entries the log has of it.
    public let entries: Int

    /// Makes the traffic of a skill.
    ///
    /// - Parameters:
    ///   - gain: The expected gain at the skill.
    ///   - entries: How many entries the log has of it.
    public init(gain: Double, entries: Int) {
      self.gain = gain
      self.entries = entries
    }
  }

  /// Whether the strong model gets as many prompts as it is likely to be worth them (Thompson sampling).
  private let isThompson: Bool
  /// Above this expected gain: strong.
  private let threshold: Double
  /// The share of the prompts whose gain is just the threshold that goes to the strong one, `0...1`.
  private let shareAtThreshold: Double

  /// Calibrates a policy.
  ///
  /// - Parameters:
  ///   - measure: What is enough.
  ///   - traffic: What the log has; used for a share only.
  public init(_ measure: Measure, traffic: [Traffic]) {
    if case .thompson = measure { isThompson = true } else { isThompson = false }
    switch measure {
    case .minGain(let gain), .thompson(let gain):
      threshold = gain
      shareAtThreshold = 1
    case .strongShare(let share):
      (threshold, shareAtThreshold) = Self.cut(share: share, traffic: traffic)
    }
  }

  /// The share of a skill's prompts that goes to the strong model.
  ///
  /// - Parameter estimate: What is expected at the skill.
  /// - Returns: `0...1`; for a share between 0 and 1 the hash says which.
  public func strongShare(_ estimate: GainEstimator.Estimate) -> Double {
    isThompson ? estimate.worth : strongShare(gain: estimate.gain)
  }

  /// The share of a skill's prompts that goes to the strong model, for a policy that looks at the expected gain only.
  ///
  /// - Parameter gain: The expected gain at the skill.
  /// - Returns: `0...1`; for a share between 0 and 1 the hash says which.
  public func strongShare(gain: Double) -> Double {
    if gain > threshold { return 1 }
    return gain == threshold ? shareAtThreshold : 0
  }

  /// The gain at which the traffic above it is just below the share, and what is missing of the share there.
  private static func cut(share: Double, traffic: [Traffic]) -> (threshold: Double, shareAtThreshold: Double) {
    let total = traffic.reduce(0) { $0.addingSaturated($1.entries) }
    // No traffic is known: every skill is the same to us, and the hash picks the share.
    guard total > 0 else { return (0, share) }
    var missing = share * Double(total)
    var entriesByGain: [Double: Int] = [:]
    for skill in traffic { entriesByGain[skill.gain, default: 0].addSaturated(skill.entries) }
    for (gain, entries) in entriesByGain.sorted(by: { $0.key > $1.key }) {
      if missing < Double(entries) { return (gain, missing / Double(entries)) }
      missing -= Double(entries)
    }
    return (-.infinity, 1)
  }
}
