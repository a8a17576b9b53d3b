/// A length of time, as people write it: `90s`, `30m`, `24h`, `7d`, `2w`.
public struct TimeWindow: Sendable, Equatable, CustomStringConvertible {
  /// Its length, in milliseconds.
  public let milliseconds: Int64

  private static let units: [(name: Character, milliseconds: Int64)] = [
    ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// The longest: a hundred years, in days. What is longer is a slip of the finger, or not meant as a length of time.
  private static let mostDays: Int64 = 36_500

  /// Takes a length.
  ///
  /// - Parameter milliseconds: Above 0.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// Reads a whole number and a unit: s, m, h, d or w; at most `36500d`.
  ///
  /// - Parameter text: As the user typed it.
  public init?(_ text: String) {
    guard let unit = Self.units.first(where: { $0.name == text.last }), let count = Int64(text.dropLast()), count > 0
    else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflow, product <= Self.mostDays * 86_400_000 else { return nil }
    milliseconds = product
  }

  /// With the largest unit that divides it.
  public var description: String {
    for unit in Self.units where milliseconds % unit.milliseconds == 0 {
      return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
    return "\(milliseconds)ms"
  }
}
