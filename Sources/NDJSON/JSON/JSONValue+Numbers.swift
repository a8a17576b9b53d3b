// Numbers from outside: from the wire, from files. None of these traps, whatever the number.

extension JSONValue {
  /// A whole number, however it is written: `94`, `94.0`, `9.4e1`. What is beyond `Int` is its nearest end, `1e400`
  /// too. Nil for a fraction and for another kind.
  public var wholeNumber: Int? {
    if let exact = int { return exact }
    guard let double else { return nil }
    guard double.isFinite else { return Int(saturating: double) }
    return double == double.rounded() ? Int(saturating: double) : nil
  }

  /// How many of something: a whole number from 0, as `wholeNumber` reads it; nil for everything else.
  public var count: Int? { wholeNumber.flatMap { $0 < 0 ? nil : $0 } }

  /// The number as a double that one can go on with: what is beyond the largest is the largest. Nil for another kind.
  public var finiteDouble: Double? {
    guard let double else { return nil }
    return min(max(double, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}

extension FixedWidthInteger {
  /// The integer part of a number; the nearest end of the type for what is beyond it, 0 for NaN.
  ///
  /// - Parameter number: Any.
  public init(saturating number: Double) {
    // The comparisons are in doubles, where the largest value of the type may have been rounded up.
    if number.isNaN {
      self = 0
    } else if number >= Double(Self.max) {
      self = .max
    } else if number <= Double(Self.min) {
      self = .min
    } else {
      self = Self(number)
    }
  }

  /// The sum, or the nearest end of the type.
  ///
  /// - Parameter other: What is added.
  /// - Returns: The sum.
  public func addingSaturated(_ other: Self) -> Self {
    let (sum, overflows) = addingReportingOverflow(other)
    guard overflows else { return sum }
    return other < 0 ? .min : .max
  }

  /// The product, or the nearest end of the type.
  ///
  /// - Parameter other: What it is multiplied by.
  /// - Returns: The product.
  public func multipliedSaturated(by other: Self) -> Self {
    let (product, overflows) = multipliedReportingOverflow(by: other)
    guard overflows else { return product }
    return (self < 0) == (other < 0) ? .max : .min
  }

  /// Adds, up to the nearest end of the type.
  ///
  /// - Parameter other: What is added.
  public mutating func addSaturated(_ other: Self) { self = addingSaturated(other) }
}
