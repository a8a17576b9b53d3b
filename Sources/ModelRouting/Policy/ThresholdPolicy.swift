/// Local while the local candidate passes often enough, strong when it fails too often, and half and half between.
public struct ThresholdPolicy: Sendable, Equatable {
  /// At or above this pass rate: local. `0...1`.
  public let floor: Double
  /// Below this pass rate: strong. `0...1`, not above the floor.
  public let ceil: Double

  /// Makes a policy.
  ///
  /// - Parameters:
  ///   - floor: `0...1`.
  ///   - ceil: `0...1`.
  /// - Throws: ``ConfigurationError`` when the floor is below the ceiling, or one of them is not a share.
  public init(floor: Double = 0.90, ceil: Double = 0.70) throws(ConfigurationError) {
    for (name, value) in [("floor", floor), ("ceil", ceil)] where !(0...1).contains(value) {
      throw ConfigurationError(name, "\(value)", allowed: "a number from 0 to 1")
    }
    guard floor >= ceil else {
      throw ConfigurationError("floor", "\(floor)", allowed: "not below the ceil, which is \(ceil)")
    }
    self.floor = floor
    self.ceil = ceil
  }

  /// What a pass rate says.
  ///
  /// - Parameter rate: The pass rate of the local candidate, `0...1`; `nil` when none is known.
  /// - Returns: The choice, or `nil` in the sample band, where the hash decides.
  public func choice(rate: Double?) -> PolicyChoice? {
    guard let rate else { return PolicyChoice(.local, .noData) }
    if rate >= floor { return PolicyChoice(.local, .atOrAboveFloor) }
    if rate < ceil { return PolicyChoice(.strong, .belowCeil) }
    return nil
  }

  /// What a pass rate and a prompt say.
  ///
  /// - Parameters:
  ///   - rate: The pass rate of the local candidate, `0...1`; `nil` when none is known.
  ///   - hash: The hash of the prompt; used in the sample band only.
  /// - Returns: The choice.
  public func choice(rate: Double?, hash: @autoclosure () -> PromptHash) -> PolicyChoice {
    choice(rate: rate) ?? PolicyChoice(hash().value & 1 == 0 ? .local : .strong, .sampleBand)
  }
}
