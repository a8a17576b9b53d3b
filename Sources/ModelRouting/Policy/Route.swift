/// Which way a record goes.
public enum RouteDecision: String, Sendable, CaseIterable {
  /// To the first model of the chain that is up.
  case local
  /// To the last model of the chain.
  case strong
  /// To the model that the record names.
  case override
  /// To the model behind the one whose answer was not accepted.
  case escalate
}

/// Why it goes there: the closed list of `route.reason`.
public enum RouteReason: String, Sendable, CaseIterable {
  /// The record names its model.
  case override
  /// No pass rate is known: local.
  case noData = "no_data"
  /// The pass rate is at or above the floor: local.
  case atOrAboveFloor = "at_or_above_floor"
  /// The pass rate is below the ceiling: strong.
  case belowCeil = "below_ceil"
  /// The pass rate is between them: the low bit of the hash decides.
  case sampleBand = "sample_band"
  /// The expected gain of the strong model decides.
  case gain
  /// The strong model gets as many prompts as it is likely to be worth them, and the hash says which.
  case thompson
  /// The prompt is in the share that takes the other way, so that both are known.
  case explore
  /// The model that was chosen is not up: the next one that is.
  case unavailable
  /// The last answer was not accepted.
  case verdict
}

/// The two ways to decide.
public enum PolicyName: String, Sendable, CaseIterable {
  /// The pass rate of the local candidate against a floor and a ceiling.
  case threshold
  /// The expected gain of the strong candidate over the local one.
  case gain
}

/// What a policy says about a prompt.
public struct PolicyChoice: Sendable, Equatable {
  /// Local or strong.
  public let decision: RouteDecision
  /// Why.
  public let reason: RouteReason

  /// Makes a choice.
  ///
  /// - Parameters:
  ///   - decision: Local or strong.
  ///   - reason: Why.
  public init(_ decision: RouteDecision, _ reason: RouteReason) {
    self.decision = decision
    self.reason = reason
  }
}
