/// Dates and times as RFC 3339 has them.
enum CalendarFormat {
  static func isDateTime(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count > 10, text[10] | 0x20 == UInt8(ascii: "t") else { return false }
    return isDate(UnsafeRawBufferPointer(rebasing: text[..<10]))
      && isTime(UnsafeRawBufferPointer(rebasing: text[11...]))
  }

  static func isDate(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
      (1...12).contains(month)
    else { return false }
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
  }

  static func isTime(_ text: UnsafeRawBufferPointer) -> Bool {
    guard text.count >= 9, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":"),
      let hour = number(text, 0, 2), let minute = number(text, 3, 2), let second = number(text, 6, 2),
      hour < 24, minute < 60, second <= 60
    else { return false }
    var position = 8
    if text[position] == UInt8(ascii: ".") {
      let start = position + 1
      position = start
      while position < text.count, isDigit(text[position]) { position += 1 }
      guard position > start else { return false }
    }
    guard position < text.count, let offset = offset(text, position) else { return false }
    // A leap second is the last one of a day in UTC.
    guard second == 60 else { return true }
    return (hour * 60 + minute - offset + 2 * 1440) % 1440 == 1439
  }

  /// Minutes ahead of UTC.
  private static func offset(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int? {
    if text[start] | 0x20 == UInt8(ascii: "z") { return start + 1 == text.count ? 0 : nil }
    guard text.count == start + 6, text[start] == UInt8(ascii: "+") || text[start] == UInt8(ascii: "-"),
      text[start + 3] == UInt8(ascii: ":"), let hours = number(text, start + 1, 2),
      let minutes = number(text, start + 4, 2), hours < 24, minutes < 60
    else { return nil }
    let offset = hours * 60 + minutes
    return text[start] == UInt8(ascii: "-") ? -offset : offset
  }

  private static func number(_ text: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for byte in text[start..<start + count] {
      guard isDigit(byte) else { return nil }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return value
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
