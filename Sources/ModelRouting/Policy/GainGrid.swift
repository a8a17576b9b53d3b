import SessionLog

#if canImport(Glibc)
  import Glibc
#endif

/// A rectangle of log-odds, ability by gap, over which posterior means are summed.
struct GainGrid {
  /// A side of the rectangle.
  struct Side {
    let low, high: Double

    init(_ low: Double, _ high: Double) {
      self.low = low
      self.high = high
    }

    init(around centre: Double, _ reach: Double) {
      self.init(centre - reach, centre + reach)
    }

    func point(_ index: Int, of steps: Int) -> Double { low + (high - low) * Double(index) / Double(steps - 1) }
  }

  /// Mean rates, and where on the grid the weight lies.
  struct Posterior {
    var local = 0.0
    var strong = 0.0
    /// How likely it is that the gain is enough.
    fileprivate(set) var worth = 0.0
    fileprivate(set) var ability = (mean: 0.0, deviation: 0.0)
    fileprivate(set) var gap = (mean: 0.0, deviation: 0.0)
  }

  let ability, gap: Side
  let steps: (ability: Int, gap: Int)

  /// All that is likely before there are outcomes, and what many outcomes could still make of it.
  static func wide(
    _ prior: GainEstimator.Prior, centres: (ability: Double, gap: Double), steps: (ability: Int, gap: Int)
  ) -> GainGrid {
    GainGrid(
      ability: Side(around: centres.ability, 4 * prior.abilitySpread),
      gap: Side(around: centres.gap, 12 * prior.gapScale), steps: steps)
  }

  /// Whether the weight lies on fewer than about three steps to a side.
  func isCoarse(for posterior: Posterior) -> Bool {
    posterior.ability.deviation < abilityStep || posterior.gap.deviation < gapStep
  }

  /// The part that holds the weight.
  func closer(to posterior: Posterior) -> GainGrid {
    GainGrid(
      ability: Side(around: posterior.ability.mean, 4 * max(posterior.ability.deviation, abilityStep / 2)),
      gap: Side(around: posterior.gap.mean, 4 * max(posterior.gap.deviation, gapStep / 2)), steps: steps)
  }

  private var abilityStep: Double { (ability.high - ability.low) / Double(steps.ability - 1) }
  private var gapStep: Double { (gap.high - gap.low) / Double(steps.gap - 1) }

  /// Sums up: prior times likelihood.
  func posterior(
    _ localCounts: PassRate, _ strongCounts: PassRate, prior: GainEstimator.Prior,
    centres: (ability: Double, gap: Double), minGain: Double = 0
  ) -> Posterior {
    let logGapPriors = (0..<steps.gap).map { index in
      let offset = (gap.point(index, of: steps.gap) - centres.gap) / prior.gapScale
      return -(prior.gapFreedom + 1) / 2 * log1p(offset * offset / prior.gapFreedom)
    }
    var logWeights = [Double](repeating: 0, count: steps.ability * steps.gap)
    var strongRates = logWeights
    var largest = -Double.infinity
    for row in 0..<steps.ability {
      let local = ability.point(row, of: steps.ability)
      let offset = (local - centres.ability) / prior.abilitySpread
      let logRow = -offset * offset / 2 + logLikelihood(localCounts, logOdds: local).log
      for column in 0..<steps.gap {
        let strong = logLikelihood(strongCounts, logOdds: local + gap.point(column, of: steps.gap))
        let index = row * steps.gap + column
        logWeights[index] = logRow + logGapPriors[column] + strong.log
        strongRates[index] = strong.rate
        largest = max(largest, logWeights[index])
      }
    }
    return sum(logWeights, strongRates, largest: largest, minGain: minGain)
  }

  private func sum(
    _ logWeights: [Double], _ strongRates: [Double], largest: Double, minGain: Double
  ) -> Posterior {
    var posterior = Posterior()
    var total = 0.0
    var (abilitySquares, gapSquares) = (0.0, 0.0)
    for row in 0..<steps.ability {
      let local = ability.point(row, of: steps.ability)
      let localRate = 1 / (1 + exp(-local))
      var rowWeight = 0.0
      for column in 0..<steps.gap {
        let index = row * steps.gap + column
        let weight = exp(logWeights[index] - largest)
        let gap = gap.point(column, of: steps.gap)
        rowWeight += weight
        posterior.strong += weight * strongRates[index]
        if strongRates[index] - localRate >= minGain { posterior.worth += weight }
        posterior.gap.mean += weight * gap
        gapSquares += weight * gap * gap
      }
      total += rowWeight
      posterior.local += rowWeight * localRate
      posterior.ability.mean += rowWeight * local
      abilitySquares += rowWeight * local * local
    }
    posterior.local /= total
    posterior.strong /= total
    posterior.worth /= total
    posterior.ability.mean /= total
    posterior.gap.mean /= total
    // Rounding can make a variance a little negative.
    posterior.ability.deviation =
      max(0, abilitySquares / total - posterior.ability.mean * posterior.ability.mean).squareRoot()
    posterior.gap.deviation = max(0, gapSquares / total - posterior.gap.mean * posterior.gap.mean).squareRoot()
    return posterior
  }

  /// The binomial log-likelihood, and the rate that these log-odds are.
  private func logLikelihood(_ counts: PassRate, logOdds: Double) -> (log: Double, rate: Double) {
    // exp of what is never positive cannot overflow.
    let small = exp(-abs(logOdds))
    let rate = logOdds >= 0 ? 1 / (1 + small) : small / (1 + small)
    guard counts.total > 0 else { return (0, rate) }
    let logPass = min(logOdds, 0) - log1p(small)
    return (Double(counts.pass) * logPass + Double(counts.fail) * (logPass - logOdds), rate)
  }
}
