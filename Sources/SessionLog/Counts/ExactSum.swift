/// A sum of doubles that does not depend on their order: it is exact, and rounded once when it is read. What was added
/// can be taken away again without a trace.
///
/// The sum is kept as a few doubles that do not overlap (J. R. Shewchuk, Adaptive precision floating-point arithmetic,
/// 1997). Numbers too large to be added safely are kept apart, made smaller.
package struct ExactSum: Sendable, Equatable {
  /// From here on a sum of a few numbers might be infinite.
  private static let large = 0x1p960
  private static let scale = 0x1p100

  /// Not overlapping, the smallest first.
  private var parts: [Double] = []
  /// The same of the large numbers, over `scale`.
  private var largeParts: [Double] = []

  package init() {}

  /// Adds a number.
  ///
  /// - Parameter number: Finite.
  package mutating func add(_ number: Double) {
    if abs(number) < Self.large {
      Self.add(number, to: &parts)
    } else {
      Self.add(number / Self.scale, to: &largeParts)
    }
  }

  /// Adds another sum.
  package static func += (left: inout ExactSum, right: ExactSum) {
    for part in right.parts { add(part, to: &left.parts) }
    for part in right.largeParts { add(part, to: &left.largeParts) }
  }

  /// The double that is nearest to the sum; what is beyond the largest is the largest.
  package var value: Double {
    guard !largeParts.isEmpty else { return Self.rounded(parts) }
    var all = largeParts
    for part in parts { Self.add(part / Self.scale, to: &all) }
    let sum = Self.rounded(all) * Self.scale
    return min(max(sum, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }

  private static func add(_ number: Double, to parts: inout [Double]) {
    var rest = number
    var kept = 0
    for index in parts.indices {
      let (larger, smaller) = abs(rest) < abs(parts[index]) ? (parts[index], rest) : (rest, parts[index])
      let sum = larger + smaller
      let error = smaller - (sum - larger)
      if error != 0 {
        parts[kept] = error
        kept += 1
      }
      rest = sum
    }
    parts.removeSubrange(kept...)
    if rest != 0 { parts.append(rest) }
  }

  private static func rounded(_ parts: [Double]) -> Double {
    var index = parts.count
    guard index > 0 else { return 0 }
    index -= 1
    var sum = parts[index]
    var error = 0.0
    while index > 0, error == 0 {
      index -= 1
      let next = parts[index]
      let larger = sum
      sum = larger + next
      error = next - (sum - larger)
    }
    // Half way between two doubles, the parts below decide.
    if index > 0, error != 0, (error < 0) == (parts[index - 1] < 0) {
      let twice = error * 2
      let other = sum + twice
      if other - sum == twice { sum = other }
    }
    return sum
  }
}
