import NDJSON

/// A JSON number as it is written: 0.1 is a tenth, 1.0 is a whole number, and 1e400 has no largest.
struct ExactNumber: Sendable {
  /// Whether it is below zero.
  let isNegative: Bool
  /// The digits without zeros at either end; empty for zero.
  let digits: [UInt8]
  /// The power of ten that the digits, read as a whole number, are multiplied by.
  let exponent: Int
  /// The nearest double, infinite when it is too large.
  let double: Double

  /// In decimal, for a person.
  var text: String {
    let sign = isNegative && !digits.isEmpty ? "-" : ""
    let written = digits.isEmpty ? "0" : digits.map { "\($0)" }.joined()
    if exponent == 0 { return sign + written }
    if exponent > 0 && exponent <= 15 { return sign + written + String(repeating: "0", count: exponent) }
    if exponent < 0 && exponent >= -15 {
      let padded = String(repeating: "0", count: max(0, 1 - exponent - digits.count)) + written
      return sign + padded.dropLast(-exponent) + "." + padded.suffix(-exponent)
    }
    return sign + written + "e\(exponent)"
  }

  /// Reads a number.
  ///
  /// - Parameter number: The bytes of a JSON number.
  init(_ number: UnsafeRawBufferPointer) {
    var digits: [UInt8] = []
    var exponent = 0
    var written = 0
    var isFraction = false
    var position = 0
    isNegative = number.first == UInt8(ascii: "-")
    if isNegative { position = 1 }
    while position < number.count {
      let byte = number[position]
      position += 1
      switch byte {
      case UInt8(ascii: "."): isFraction = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        let text = String(decoding: UnsafeRawBufferPointer(rebasing: number[position...]), as: UTF8.self)
        // What is past all bounds stays there.
        written = Int(text) ?? (text.hasPrefix("-") ? -Self.bound : Self.bound)
        position = number.count
      default:
        if isFraction { exponent -= 1 }
        if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte - UInt8(ascii: "0")) }
      }
    }
    while digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    self.digits = digits
    self.exponent = digits.isEmpty ? 0 : exponent.addingSaturated(min(max(written, -Self.bound), Self.bound))
    double = JSONValue(number).double ?? 0
  }

  private static let bound = 1 << 60

  /// Whether it has no fraction.
  var isWhole: Bool { exponent >= 0 }

  /// Whether it is less than another number.
  func isLess(than other: ExactNumber) -> Bool {
    // Doubles are rounded, but never past one another.
    if double != other.double { return double < other.double }
    if isNegative != other.isNegative { return isNegative && !(digits.isEmpty && other.digits.isEmpty) }
    return isNegative ? other.magnitudeIsLess(than: self) : magnitudeIsLess(than: other)
  }

  private func magnitudeIsLess(than other: ExactNumber) -> Bool {
    if digits.isEmpty || other.digits.isEmpty { return digits.isEmpty && !other.digits.isEmpty }
    let (scale, otherScale) = (
      digits.count.addingSaturated(exponent), other.digits.count.addingSaturated(other.exponent)
    )
    return scale == otherScale ? digits.lexicographicallyPrecedes(other.digits) : scale < otherScale
  }

  /// The digits as one integer; nil when they do not fit.
  var significand: UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  /// Whether it is a whole multiple of a divisor.
  ///
  /// - Parameters:
  ///   - divisor: The digits of the divisor, not 0.
  ///   - divisorExponent: Its power of ten.
  /// - Returns: False when something is left over.
  func isMultiple(of divisor: UInt64, exponent divisorExponent: Int) -> Bool {
    if digits.isEmpty { return true }
    let power = exponent - divisorExponent
    // The digits end with no zero, so no power of ten divides them.
    guard power >= 0 else { return false }
    let modulus = UInt128(divisor)
    var rest: UInt128 = 0
    for digit in digits { rest = (rest * 10 + UInt128(digit)) % modulus }
    var (base, left) = (UInt128(10) % modulus, power)
    while left > 0 && rest != 0 {
      if left & 1 == 1 { rest = rest * base % modulus }
      base = base * base % modulus
      left >>= 1
    }
    return rest == 0
  }
}
