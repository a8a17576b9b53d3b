import ArgumentParser
public import Platform

/// How numeric options are read: `@Option(..., transform: OptionNumber.count(1...100))`.
///
/// All of them take numbers as ``DecimalNumber`` does, so `inf`, `nan` and what is out of range never get into a
/// program. What is refused is told with the option, the value, and what is allowed.
public enum OptionNumber {
  /// The longest time that an option takes: a year, in seconds.
  public static let longestTime = 31_536_000.0

  /// A whole number.
  ///
  /// - Parameters:
  ///   - allowed: Its range.
  ///   - word: What is allowed besides, for messages; the caller reads it.
  /// - Returns: What reads it.
  public static func count(
    _ allowed: ClosedRange<Int>, or word: String? = nil
  ) -> @Sendable (String) throws -> Int {
    { argument in
      guard let count = DecimalNumber(argument)?.int, allowed.contains(count) else {
        throw NotAllowed(whole(allowed) + (word.map { ", or \($0)" } ?? ""))
      }
      return count
    }
  }

  /// A number.
  ///
  /// - Parameters:
  ///   - allowed: Its range.
  ///   - unit: What it counts, for messages: " seconds".
  /// - Returns: What reads it.
  public static func number(
    _ allowed: ClosedRange<Double>, unit: String = ""
  ) -> @Sendable (String) throws -> Double {
    { argument in
      guard let number = DecimalNumber(argument)?.value, allowed.contains(number) else {
        throw NotAllowed("a number from \(shown(allowed.lowerBound)) to \(shown(allowed.upperBound))\(unit)")
      }
      return number
    }
  }

  /// A number more than 0.
  ///
  /// - Parameter largest: The largest that is allowed.
  /// - Returns: What reads it.
  public static func positive(upTo largest: Double) -> @Sendable (String) throws -> Double {
    { argument in
      guard let number = DecimalNumber(argument)?.value, number > 0, number <= largest else {
        throw NotAllowed("a number more than 0, at most \(shown(largest))")
      }
      return number
    }
  }

  /// A time in seconds, at most ``longestTime``.
  ///
  /// - Parameter allowsZero: Whether it may be 0.
  /// - Returns: What reads it.
  public static func seconds(allowsZero: Bool = false) -> @Sendable (String) throws -> Double {
    allowsZero ? number(0...longestTime, unit: " seconds") : positive(upTo: longestTime)
  }

  /// A length of time with its unit.
  ///
  /// - Parameter argument: As the user typed it: `90s`, `30m`, `6h`, `7d`, `2w`.
  /// - Returns: The length.
  /// - Throws: What is allowed.
  public static func duration(_ argument: String) throws -> TimeWindow {
    guard let window = SettingText.trimmed(argument).flatMap({ TimeWindow($0) }) else {
      throw NotAllowed("a length of time such as 90s, 30m, 6h, 7d or 2w, at most 36500d")
    }
    return window
  }

  /// A number that is passed on as it was typed, as far as JSON can carry it.
  ///
  /// - Parameter argument: As the user typed it.
  /// - Returns: The number.
  /// - Throws: What is allowed.
  public static func decimal(_ argument: String) throws -> DecimalNumber {
    guard let number = DecimalNumber(argument) else { throw NotAllowed("a number such as 0.7") }
    return number
  }

  /// A number of bytes.
  ///
  /// - Parameter allowed: Its range, in bytes.
  /// - Returns: What reads it.
  public static func bytes(_ allowed: ClosedRange<Int>) -> @Sendable (String) throws -> ByteCount {
    { argument in
      guard let size = ByteCount(argument: argument), allowed.contains(size.count) else {
        throw NotAllowed(
          "\(ByteCount(allowed.lowerBound)) to \(ByteCount(allowed.upperBound)) in bytes, with K, M or G for 1024s")
      }
      return size
    }
  }

  static func whole(_ allowed: ClosedRange<Int>) -> String {
    allowed.upperBound == .max
      ? "a whole number, \(allowed.lowerBound) or more"
      : "a whole number from \(allowed.lowerBound) to \(allowed.upperBound)"
  }

  /// Whole numbers without a point.
  static func shown(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
}

/// Why an option's value is refused; the parser puts the option and the value in front.
struct NotAllowed: Error, CustomStringConvertible {
  let description: String

  init(_ allowed: String) { description = "allowed is \(allowed)" }
}
