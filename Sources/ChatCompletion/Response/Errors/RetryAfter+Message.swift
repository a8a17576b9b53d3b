extension RetryAfter {
  private static let units: [String: Double] = [
    "ms": 0.001, "millisecond": 0.001, "milliseconds": 0.001, "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600, "hour": 3600, "hours": 3600,
  ]

  private static let introductions = [
    "try again in ", "try again after ", "retry in ", "retry after ", "retry-after: ", "wait ",
  ]

  /// The wait that the message of a 429 or a 503 asks for, where no header does: `Please try again in 1m30s`,
  /// `retry after 30 seconds`, `try again in 20ms`. A number without a unit is seconds.
  ///
  /// - Parameter message: What the server said.
  /// - Returns: Seconds, finite and not negative; nil when it says nothing of the kind.
  static func seconds(inMessage message: String) -> Double? {
    let lower = message.lowercased()
    for introduction in introductions {
      var rest = lower[...]
      while let found = rest.firstRange(of: introduction) {
        rest = rest[found.upperBound...]
        if let seconds = duration(rest) { return seconds }
      }
    }
    return nil
  }

  /// The sum of the numbers with units at the start of a text.
  private static func duration(_ text: Substring) -> Double? {
    var rest = text
    var sum: Double?
    while true {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let number = Double(digits.last == "." ? digits.dropLast() : digits), number.isFinite else { break }
      rest = rest.dropFirst(digits.count)
      let spaced = rest.drop { $0 == " " }
      let word = spaced.prefix { $0.isASCII && $0.isLetter }
      if let unit = units[String(word)] {
        sum = (sum ?? 0) + number * unit
        rest = spaced.dropFirst(word.count).drop { $0 == " " || $0 == "," }
      } else {
        // `1m30` is of no form; `in 5.` is.
        sum = sum ?? number
        break
      }
    }
    return sum.flatMap { $0.isFinite ? $0 : nil }
  }
}
