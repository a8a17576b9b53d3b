import CommandSupport

/// How many requests are on their way at once.
enum Concurrency: Equatable {
  case fixed(Int)
  /// The run finds out how many are best.
  case auto

  /// The most that `auto` tries.
  private static let ceiling = 512

  /// How many there are at most.
  var most: Int {
    switch self {
    case .fixed(let count): count
    case .auto: Self.ceiling
    }
  }

  /// Reads the option's value.
  ///
  /// - Parameter argument: As the user typed it.
  /// - Returns: What it says.
  /// - Throws: What is allowed.
  static func read(_ argument: String) throws -> Concurrency {
    if argument == "auto" { return .auto }
    return .fixed(try OptionNumber.count(1...10_000, or: "auto")(argument))
  }
}
