/// A setting that is wrong: which, what it is set to, and what is allowed.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// The name of the option, the variable or the place in the file.
  public let setting: String
  /// What it is set to.
  public let value: String
  /// What is allowed, in words.
  public let allowed: String

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - setting: The name of the option, the variable or the place in the file.
  ///   - value: What it is set to.
  ///   - allowed: What is allowed, in words.
  public init(_ setting: String, _ value: String, allowed: String) {
    self.setting = setting
    self.value = value
    self.allowed = allowed
  }

  /// One line with all three.
  public var description: String { "\(setting): '\(value)' is not allowed: \(allowed)" }
}
