#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The variables of the environment.
public enum Environment {
  /// A variable's text without white space at both ends.
  ///
  /// - Parameter name: The variable.
  /// - Returns: nil when it is not set, or when nothing but white space is in it: both are the same.
  public static func variable(_ name: String) -> String? {
    getenv(name).flatMap { SettingText.trimmed(String(cString: $0)) }
  }

  /// The first of several variables that is set.
  ///
  /// - Parameter names: The variables, the one that wins first.
  /// - Returns: Its text; nil when none is set.
  public static func first(of names: [String]) -> String? { names.lazy.compactMap { variable($0) }.first }
}
