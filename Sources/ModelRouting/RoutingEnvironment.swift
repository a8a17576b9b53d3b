/// The variables that hg-route reads, checked. Unset is not empty: an empty variable is a value, and mostly a wrong one.
public struct RoutingEnvironment: Sendable, Equatable {
  /// `HYPERGUILD_LOCAL_MODEL`.
  public let localModel: String?
  /// `HYPERGUILD_CLAUDE_MODEL`.
  public let claudeModel: String?
  /// `HYPERGUILD_ROUTE_LOCAL_FLOOR`, `0...1`.
  public let floor: Double?
  /// `HYPERGUILD_ROUTE_LOCAL_CEIL`, `0...1`.
  public let ceil: Double?
  /// `HYPERGUILD_PASS_RATE_TTL_SECONDS`.
  public let lifetime: Int?
  /// `HYPERGUILD_MODELS`.
  public let modelsFile: String?
  /// `BRAIN_URL`.
  public let brainURL: String?

  /// Reads the kill switch alone: when it is on, nothing else is looked at.
  ///
  /// - Parameter variable: The value of a variable.
  /// - Returns: Whether routing is switched off.
  /// - Throws: ``ConfigurationError`` for anything but the eight words.
  public static func isKilled(_ variable: (String) -> String?) throws(ConfigurationError) -> Bool {
    let name = "HYPERGUILD_KILL_SWITCH"
    switch variable(name) {
    case nil, "0", "false", "no", "off": return false
    case "1", "true", "yes", "on": return true
    case let value?:
      throw ConfigurationError(name, value, allowed: "1, true, yes, on, 0, false, no or off")
    }
  }

  /// Reads and checks all variables.
  ///
  /// - Parameter variable: The value of a variable; `nil` when it is unset.
  /// - Throws: ``ConfigurationError`` for the first that is wrong.
  public init(_ variable: (String) -> String?) throws(ConfigurationError) {
    localModel = try Self.text("HYPERGUILD_LOCAL_MODEL", variable, "the name of a model")
    claudeModel = try Self.text("HYPERGUILD_CLAUDE_MODEL", variable, "the name of a model")
    floor = try Self.share("HYPERGUILD_ROUTE_LOCAL_FLOOR", variable)
    ceil = try Self.share("HYPERGUILD_ROUTE_LOCAL_CEIL", variable)
    lifetime = try Self.seconds("HYPERGUILD_PASS_RATE_TTL_SECONDS", variable)
    modelsFile = try Self.text("HYPERGUILD_MODELS", variable, "a file")
    brainURL = try Self.text("BRAIN_URL", variable, "an http or https URL")
  }

  private static func text(
    _ name: String, _ variable: (String) -> String?, _ what: String
  ) throws(ConfigurationError) -> String? {
    guard let value = variable(name) else { return nil }
    guard !value.isEmpty else { throw ConfigurationError(name, value, allowed: "\(what), or unset") }
    return value
  }

  private static func share(_ name: String, _ variable: (String) -> String?) throws(ConfigurationError) -> Double? {
    guard let value = variable(name) else { return nil }
    guard let share = Double(value), (0...1).contains(share) else {
      throw ConfigurationError(name, value, allowed: "a number from 0 to 1")
    }
    return share
  }

  private static func seconds(_ name: String, _ variable: (String) -> String?) throws(ConfigurationError) -> Int? {
    guard let value = variable(name) else { return nil }
    guard let seconds = Int(value), (0...31_536_000).contains(seconds) else {
      throw ConfigurationError(name, value, allowed: "whole seconds from 0 to 31536000, a year")
    }
    return seconds
  }
}
