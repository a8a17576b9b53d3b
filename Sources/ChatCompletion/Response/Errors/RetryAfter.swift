#if canImport(Glibc)
  import Glibc
#endif

/// How long a server asks to wait: `Retry-After` (RFC 9110, section 10.2.3) and its relatives.
enum RetryAfter {
  /// Reads the headers in the order of their precision.
  ///
  /// - Parameters:
  ///   - header: Finds a header by its name in lower case.
  ///   - now: Seconds since 1970, for a date when the server did not say its own time.
  /// - Returns: Seconds, not negative; nil when nothing says so.
  static func seconds(_ header: (StaticString) -> String?, now: Double) -> Double? {
    if let milliseconds = header("retry-after-ms").flatMap(number) { return milliseconds / 1000 }
    for value in [header("retry-after"), header("llm_provider-retry-after")] {
      guard let value else { continue }
      if let seconds = number(value) { return seconds }
      // A server whose clock is wrong is wrong by the same in both.
      if let moment = date(value) { return max(0, moment - (header("date").flatMap(date) ?? now)) }
    }
    return nil
  }

  private static func number(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || $0 == UInt8(ascii: ".") }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The three forms of RFC 9110, section 5.6.7, in seconds since 1970: `Sun, 06 Nov 1994 08:49:37 GMT`,
  /// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
  static func date(_ text: String) -> Double? {
    var words = text.split { " ,-".contains($0) }
    guard words.count >= 5 else { return nil }
    words.removeFirst()
    if let month = month(words[0]) { return date(words[1], month, words[3], words[2]) }
    return month(words[1]).flatMap { date(words[0], $0, words[2], words[3]) }
  }

  private static func month(_ word: Substring) -> Int32? {
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return names.firstIndex { $0 == word }.map(Int32.init)
  }

  private static func date(_ day: Substring, _ month: Int32, _ year: Substring, _ time: Substring) -> Double? {
    let clock = time.split(separator: ":").compactMap { Int32($0) }
    guard let day = Int32(day), let year = Int32(year), clock.count == 3 else { return nil }
    var fields = tm()
    // Two digits are of this century: no server asks to wait until 1994.
    fields.tm_year = year < 100 ? year + 100 : year - 1900
    (fields.tm_mon, fields.tm_mday) = (month, day)
    (fields.tm_hour, fields.tm_min, fields.tm_sec) = (clock[0], clock[1], clock[2])
    return Double(timegm(&fields))
  }
}
