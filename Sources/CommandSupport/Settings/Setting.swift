import Platform

/// A variable of the environment that is set, and how its text is read: everywhere in the same way.
public struct Setting: Sendable {
  /// The variable.
  public let name: String
  /// Its text, without white space at both ends; never empty.
  public let text: String

  /// Looks a variable up; nil when it is not set, or when nothing but white space is in it: both are the same.
  ///
  /// - Parameter name: The variable.
  public init?(_ name: String) {
    guard let text = Environment.variable(name) else { return nil }
    self.name = name
    self.text = text
  }

  /// The first of several variables that is set.
  ///
  /// - Parameter names: The variables, the one that wins first.
  /// - Returns: nil when none is set.
  public static func first(of names: [String]) -> Setting? { names.lazy.compactMap { Setting($0) }.first }

  /// The text as a boolean, in any case.
  ///
  /// - Returns: What it says.
  /// - Throws: `ProgramFailure` with `configuration`.
  public func boolean() throws(ProgramFailure) -> Bool {
    guard let value = SettingText.boolean(text) else { throw refused(allowed: SettingText.booleans) }
    return value
  }

  /// The text as a list with commas.
  ///
  /// - Returns: The elements, trimmed; no empty ones.
  public func list() -> [String] { SettingText.list(text) }

  /// The text as a whole number.
  ///
  /// - Parameter allowed: Its range.
  /// - Returns: The number.
  /// - Throws: `ProgramFailure` with `configuration`.
  public func count(_ allowed: ClosedRange<Int>) throws(ProgramFailure) -> Int {
    guard let count = DecimalNumber(text)?.int, allowed.contains(count) else {
      throw refused(allowed: OptionNumber.whole(allowed))
    }
    return count
  }

  /// The text as a number.
  ///
  /// - Parameter allowed: Its range.
  /// - Returns: The number, finite.
  /// - Throws: `ProgramFailure` with `configuration`.
  public func number(_ allowed: ClosedRange<Double>) throws(ProgramFailure) -> Double {
    guard let number = DecimalNumber(text)?.value, allowed.contains(number) else {
      let (low, high) = (OptionNumber.shown(allowed.lowerBound), OptionNumber.shown(allowed.upperBound))
      throw refused(allowed: "a number from \(low) to \(high)")
    }
    return number
  }

  /// Refuses the text.
  ///
  /// - Parameter allowed: What may stand there.
  /// - Returns: A failure that names the variable, its value and what is allowed.
  public func refused(allowed: String) -> ProgramFailure {
    ProgramFailure(.configuration, "\(name): '\(text)' is not allowed: \(allowed)")
  }

  /// Whether `HYPERGUILD_KILL_SWITCH` stops all work: looked at before anything else is read or asked.
  ///
  /// - Returns: What it says; false when it is not set.
  /// - Throws: `ProgramFailure` with `configuration` for anything that is not a boolean.
  public static func isKilled() throws(ProgramFailure) -> Bool {
    try Setting("HYPERGUILD_KILL_SWITCH")?.boolean() ?? false
  }
}
