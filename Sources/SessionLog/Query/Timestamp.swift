public import NDJSON
public import Platform

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
    Timestamp(milliseconds: WallClock.milliseconds)
  }

  /// Reads RFC 3339, and what people and programs make of it: a space or a `t` in place of the `T`, any number of
  /// decimals behind a point or a comma, `Z`, `UTC` or an offset (`+01:00`, `+0100`, `+01`) with or without a space in
  /// front, or a date alone (midnight, UTC).
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
    let fraction = scanner.take(".") || scanner.take(",") ? scanner.milliseconds() : 0
    guard let fraction, let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
    let inDay = ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
    self.init(milliseconds: Int64(midnight + inDay))
  }

  /// Reads a JSON string, as above.
  ///
  /// - Parameter value: The member of an entry.
  public init?(_ value: JSONValue) {
    guard let content = value.escapedContent else { return nil }
    if let time = Timestamp(content) {
      self = time
    } else if content.contains(UInt8(ascii: "\\")), let text = value.stringBytes, let time = Timestamp(text) {
      // Some write the + of an offset as \u002B.
      self = time
    } else {
      return nil
    }
  }

  /// The day in UTC: `2026-11-21`.
  public var day: String { String(description.prefix(10)) }

  /// Whether a text has the form that this program writes, `2026-11-21T04:06:25.123Z`: there the order of the bytes is
  /// the order in time, and the day is the first ten.
  ///
  /// - Parameter text: The content of a JSON string.
  /// - Returns: False for all other forms.
  @inline(__always)
  static func isCanonical(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count == 24 else { return false }
    // Eight characters a word, the first one in its lowest byte; a separator must be itself, every other one a digit.
    return has(text, 0, "0000-00-", separators: 0xFF00_00FF_0000_0000)
      && has(text, 8, "00T00:00", separators: 0x0000_FF00_00FF_0000)
      && has(text, 16, ":00.000Z", separators: 0xFF00_0000_FF00_00FF)
  }

  @inline(__always)
  private static func has(
    _ text: UnsafeRawBufferPointer, _ offset: Int, _ form: StaticString, separators: UInt64
  ) -> Bool {
    let pattern = UnsafeRawPointer(form.utf8Start).loadUnaligned(as: UInt64.self)
    let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ pattern)
    // A digit less "0" is 0 to 9; six more carries none of them into the upper half of its byte.
    return word & separators == 0 && (word | word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0 == 0
  }

  /// RFC 3339 in UTC with milliseconds.
  public var description: String { String(decoding: utf8, as: UTF8.self) }

  /// RFC 3339 in UTC with milliseconds: 24 bytes whose order is the order in time; before the year 0 and behind 9999,
  /// the first and the last moment that has this form.
  public var utf8: [UInt8] {
    let shown = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let (days, inDay) = floorDivide(Int(shown), 86_400_000)
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
    _ = take(" ")
    if take("Z") || take("z") { return 0 }
    if take("U") { return take("T") && take("C") ? 0 : nil }
    let sign = take("+") ? 1 : take("-") ? -1 : 0
    guard sign != 0, let hours = number(2), hours < 24 else { return nil }
    let hasMinutes = take(":") || !isAtEnd
    guard let minutes = hasMinutes ? number(2) : 0, minutes < 60 else { return nil }
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

extension TimeWindow {
  /// The moment it starts.
  ///
  /// - Parameter end: When it ends.
  /// - Returns: The end less the length.
  public func start(before end: Timestamp) -> Timestamp {
    Timestamp(milliseconds: end.milliseconds.addingSaturated(-milliseconds))
  }
}
