import ModelRouting
import Testing

@Suite struct ThresholdPolicyTests {
  struct Case: Sendable {
    let rate: Double?
    let floor, ceil: Double
    let even, odd: PolicyChoice
  }

  /// Every combination of where a rate lies (also on and just beside each edge), of the thresholds and of the hash bit.
  static let table: [Case] = {
    let local = { PolicyChoice(.local, $0) }
    let strong = { PolicyChoice(.strong, $0) }
    var cases: [Case] = []
    for (floor, ceil) in [(0.90, 0.70), (0.7, 0.7), (1.0, 0.0), (0.0, 0.0), (1.0, 1.0), (0.5, 0.25)] {
      func same(_ rate: Double?, _ choice: PolicyChoice) {
        cases.append(Case(rate: rate, floor: floor, ceil: ceil, even: choice, odd: choice))
      }
      same(nil, local(.noData))
      same(floor, local(.atOrAboveFloor))
      same(floor.nextUp, local(.atOrAboveFloor))
      same(1, local(.atOrAboveFloor))
      if ceil > 0 {
        same(ceil.nextDown, strong(.belowCeil))
        same(0, strong(.belowCeil))
      }
      if floor > ceil {
        for rate in [ceil, ceil.nextUp, (floor + ceil) / 2, floor.nextDown] {
          cases.append(
            Case(rate: rate, floor: floor, ceil: ceil, even: local(.sampleBand), odd: strong(.sampleBand)))
        }
      }
    }
    return cases
  }()

  @Test(arguments: table)
  func decisions(_ row: Case) throws {
    let policy = try ThresholdPolicy(floor: row.floor, ceil: row.ceil)
    for value: UInt64 in [0, 2, .max - 1, 1 << 63] {
      #expect(policy.choice(rate: row.rate, hash: PromptHash(value: value)) == row.even)
    }
    for value: UInt64 in [1, 3, .max, 1 << 63 + 1] {
      #expect(policy.choice(rate: row.rate, hash: PromptHash(value: value)) == row.odd)
    }
  }

  @Test(arguments: [(0.5, 0.7), (1.1, 0.7), (0.9, -0.1), (.nan, 0.7), (0.9, .nan), (.infinity, 0.5)])
  func refused(floor: Double, ceil: Double) {
    #expect(throws: ConfigurationError.self) { try ThresholdPolicy(floor: floor, ceil: ceil) }
  }
}
