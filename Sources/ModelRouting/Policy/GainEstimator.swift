public import SessionLog

#if canImport(Glibc)
  import Glibc
#endif

/// How often two models are expected to pass at a skill, from what is known of that skill and of all skills.
///
/// The model: at a skill, the local candidate passes with the log-odds `a`, the strong one with the log-odds `a + d`.
/// Over the skills `a` is normal around the local average, with a standard deviation of 1, and `d` is Student's t with
/// 3 degrees of freedom around the difference of the averages, with a scale of 0.35. So a skill with few outcomes is
/// taken for an average one; one candidate's outcomes tell about the other's (a skill that is hard for one is hard for
/// the other); the gain shrinks where the local candidate is nearly always right; and a skill that is very different
/// is believed when there is evidence. The posterior mean is summed over a grid. `bench/routing` chose the constants.
public struct GainEstimator: Sendable {
  /// What is expected at one skill.
  public struct Estimate: Sendable, Equatable {
    /// How often the local candidate is expected to pass, `0...1`.
    public let local: Double
    /// How often the strong candidate is expected to pass, `0...1`.
    public let strong: Double
    /// How likely it is that the strong candidate passes more often by the gain that is asked for, `0...1`.
    public let worth: Double
    /// How much more often the strong candidate passes, `-1...1`: six digits, for the mathematical functions of two
    /// machines may differ in the last one, and the decision must not.
    public var gain: Double { ((strong - local) * 1e6).rounded() / 1e6 }
  }

  /// The constants of the model.
  public struct Prior: Sendable, Equatable {
    /// The standard deviation of the local log-odds over the skills.
    public var abilitySpread: Double
    /// The scale of the difference of the log-odds over the skills.
    public var gapScale: Double
    /// The degrees of freedom of that difference: few allow exceptions.
    public var gapFreedom: Double

    /// Makes constants; the defaults are those that `bench/routing` chose.
    ///
    /// - Parameters:
    ///   - abilitySpread: The standard deviation of the local log-odds.
    ///   - gapScale: The scale of their difference.
    ///   - gapFreedom: Its degrees of freedom.
    public init(abilitySpread: Double = 1.0, gapScale: Double = 0.35, gapFreedom: Double = 3) {
      self.abilitySpread = abilitySpread
      self.gapScale = gapScale
      self.gapFreedom = gapFreedom
    }
  }

  private static let abilitySteps = 21
  private static let gapSteps = 25
  /// The strong candidate's average begins at the local one's, with the weight of this many outcomes: what is not known
  /// to be better is not expected to be.
  private static let averageWeight = 4.0

  private let prior: Prior
  private let minGain: Double
  private let abilityCentre: Double
  private let gapCentre: Double

  /// Finds the averages that skills with few outcomes are taken for.
  ///
  /// - Parameters:
  ///   - local: The counts of the local candidates over all skills.
  ///   - strong: The counts of the strong candidates over all skills.
  ///   - prior: The constants of the model.
  ///   - minGain: The gain that is asked for, for `worth`.
  public init(local: PassRate, strong: PassRate, prior: Prior = Prior(), minGain: Double = 0) {
    self.prior = prior
    self.minGain = minGain
    let localRate = (Double(local.pass) + 1) / (Double(local.total) + 2)
    let strongRate =
      (Double(strong.pass) + Self.averageWeight * localRate) / (Double(strong.total) + Self.averageWeight)
    // Centres of log-odds at which the averages of the rates over the skills are these.
    abilityCentre = Self.solve { centre in
      let grid = GainGrid(
        ability: .init(around: centre, prior.abilitySpread * 4), gap: .init(around: 0, 1), steps: (21, 2))
      return grid.posterior(PassRate(), PassRate(), prior: prior, centres: (centre, 0)).local < localRate
    }
    let ability = abilityCentre
    gapCentre = Self.solve { centre in
      GainGrid.wide(prior, centres: (ability, centre), steps: (Self.abilitySteps, Self.gapSteps))
        .posterior(PassRate(), PassRate(), prior: prior, centres: (ability, centre)).strong < strongRate
    }
  }

  /// What is expected at a skill.
  ///
  /// - Parameters:
  ///   - local: The counts of its local candidate.
  ///   - strong: The counts of its strong candidate.
  /// - Returns: Rates and gain.
  public func estimate(local: PassRate, strong: PassRate) -> Estimate {
    let centres = (abilityCentre, gapCentre)
    var grid = GainGrid.wide(prior, centres: centres, steps: (Self.abilitySteps, Self.gapSteps))
    var posterior = grid.posterior(local, strong, prior: prior, centres: centres, minGain: minGain)
    // Much evidence is narrower than the steps of the wide grid: look closer until it is not.
    for _ in 0..<6 where grid.isCoarse(for: posterior) {
      grid = grid.closer(to: posterior)
      posterior = grid.posterior(local, strong, prior: prior, centres: centres, minGain: minGain)
    }
    return Estimate(local: posterior.local, strong: posterior.strong, worth: posterior.worth)
  }

  /// The number at which a condition that holds below it ends, found by halving.
  private static func solve(isBelow: (Double) -> Bool) -> Double {
    var (low, high) = (-12.0, 12.0)
    for _ in 0..<24 {
      let middle = (low + high) / 2
      if isBelow(middle) { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
