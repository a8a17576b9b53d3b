#if canImport(Glibc)
  import Glibc
#endif

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 in UTC: `2026-11-21T04:06:25.123Z`.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Milliseconds since 1970, leap seconds not counted.
  public let milliseconds: Int64

  /// Takes a number of milliseconds.
  ///
  /// - Parameter milliseconds: Since 1970-01-01T00:00:00Z.
  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// What the clock says now (`CLOCK_REALTIME`).
  ///
  /// - Returns: The moment.
  public static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// Reads RFC 3339 with `Z` or an offset, any number of decimals, or a date alone (midnight, UTC).
  ///
  /// - Parameter text: UTF-8 bytes.
  public init?(_ text: some Collection<UInt8>) {
    var scanner = DigitScanner(text)
    guard let year = scanner.number(4), scanner.take("-"), let month = scanner.number(2), scanner.take("-"),
      let day = scanner.number(2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let midnight = daysSince1970(year: year, month: month, day: day) * 86_400_000
    if scanner.isAtEnd {
      self.init(milliseconds: Int64(midnight))
      return
    }
    guard scanner.take("T") || scanner.take("t") || scanner.take(" "), let hour = scanner.number(2), scanner.take(":"),
      let minute = scanner.number(2), scanner.take(":"), let second = scanner.number(2),
      hour < 24, minute < 60, second <= 60
    else { return nil }
    let fraction = scanner.take(".") ? scanner.milliseconds() : 0
    guard let fraction, let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
    let inDay = ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
    self.init(milliseconds: Int64(midnight + inDay))
  }

  /// The day in UTC: `2026-11-21`.
  public var day: String { String(description.prefix(10)) }

  /// RFC 3339 in UTC with milliseconds.
  public var description: String { String(decoding: utf8, as: UTF8.self) }

  /// RFC 3339 in UTC with milliseconds: 24 bytes for the years 0 to 9999, whose order is the order in time.
  public var utf8: [UInt8] {
    let (days, inDay) = floorDivide(Int(milliseconds), 86_400_000)
    let date = civilDate(daysSince1970: days)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    append(date.year, 4, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(date.month, 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    append(date.day, 2, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    append(inDay / 3_600_000, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(inDay / 60_000 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    append(inDay / 1000 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: "."))
    append(inDay % 1000, 3, to: &bytes)
    bytes.append(UInt8(ascii: "Z"))
    return bytes
  }

  /// Which of two moments is earlier.
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
}

/// Reads fixed-width numbers from left to right.
private struct DigitScanner<Text: Collection<UInt8>> {
  private var rest: Text.SubSequence

  init(_ text: Text) { rest = text[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func number(_ width: Int) -> Int? {
    var value = 0
    for _ in 0..<width {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  mutating func milliseconds() -> Int? {
    guard var value = digit() else { return nil }
    var width = 1
    while let digit = digit() {
      if width < 3 { value = value * 10 + digit }
      width += 1
    }
    while width < 3 {
      value *= 10
      width += 1
    }
    return value
  }

  mutating func offsetMinutes() -> Int? {
    if take("Z") || take("z") { return 0 }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2), take(":"), let minutes = number(2) else { return nil }
    return sign * (hours * 60 + minutes)
  }

  private mutating func digit() -> Int? {
    guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
    rest = rest.dropFirst()
    return Int(byte) - 0x30
  }
}

private func append(_ value: Int, _ width: Int, to bytes: inout [UInt8]) {
  var divisor = 1
  for _ in 1..<width { divisor *= 10 }
  while divisor > 0 {
    bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
    divisor /= 10
  }
}

private func floorDivide(_ value: Int, _ divisor: Int) -> (quotient: Int, remainder: Int) {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in eras of 400 years that start on 1 March.
private func daysSince1970(year: Int, month: Int, day: Int) -> Int {
  let shifted = month <= 2 ? year - 1 : year
  let (era, yearOfEra) = floorDivide(shifted, 400)
  let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
  return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}

/// The other way round.
private func civilDate(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
  let (era, dayOfEra) = floorDivide(days + 719_468, 146_097)
  let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  let shiftedMonth = (5 * dayOfYear + 2) / 153
  let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
}
