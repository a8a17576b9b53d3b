import Platform

/// The variables that hg-route reads, checked. A variable of nothing but white space is as good as unset, and white
/// space around a value is not part of it.
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

  /// Reads and checks all variables.
  ///
  /// - Parameter variable: The value of a variable; `nil` when it is unset.
  /// - Throws: ``ConfigurationError`` for the first that is wrong.
  public init(_ variable: (String) -> String?) throws(ConfigurationError) {
    func value(_ name: String) -> String? { variable(name).flatMap { SettingText.trimmed($0) } }
    localModel = value("HYPERGUILD_LOCAL_MODEL")
    claudeModel = value("HYPERGUILD_CLAUDE_MODEL")
    floor = try Self.share("HYPERGUILD_ROUTE_LOCAL_FLOOR", value)
    ceil = try Self.share("HYPERGUILD_ROUTE_LOCAL_CEIL", value)
    lifetime = try Self.seconds("HYPERGUILD_PASS_RATE_TTL_SECONDS", value)
    modelsFile = value("HYPERGUILD_MODELS")
    brainURL = value("BRAIN_URL")
  }

  private static func share(_ name: String, _ value: (String) -> String?) throws(ConfigurationError) -> Double? {
    guard let text = value(name) else { return nil }
    guard let share = DecimalNumber(text)?.value, (0...1).contains(share) else {
      throw ConfigurationError(name, text, allowed: "a number from 0 to 1")
    }
    return share
  }

  private static func seconds(_ name: String, _ value: (String) -> String?) throws(ConfigurationError) -> Int? {
    guard let text = value(name) else { return nil }
    guard let seconds = DecimalNumber(text)?.int, (0...31_536_000).contains(seconds) else {
      throw ConfigurationError(name, text, allowed: "whole seconds from 0 to 31536000, a year")
    }
    return seconds
  }
}
