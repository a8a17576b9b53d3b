/// How the text of a setting is read, wherever it stands: a variable, an option, a file.
public enum SettingText {
  /// What a boolean may be.
  public static let booleans = "1, true, yes, on, 0, false, no or off"

  /// The text without a byte order mark in front and without white space at both ends.
  ///
  /// - Parameter text: As it was set.
  /// - Returns: The text; nil when nothing is left of it, for then the setting counts as unset.
  public static func trimmed(_ text: some StringProtocol) -> String? {
    var scalars = Substring(text).unicodeScalars[...]
    if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return scalars.isEmpty ? nil : String(scalars)
  }

  /// A boolean, in any case and with white space around it.
  ///
  /// - Parameter text: As it was set.
  /// - Returns: nil for anything that is not one of ``booleans``.
  public static func boolean(_ text: String) -> Bool? {
    switch trimmed(text)?.lowercased() {
    case "1", "true", "yes", "on": true
    case "0", "false", "no", "off": false
    default: nil
    }
  }

  /// A list with commas between its elements.
  ///
  /// - Parameter text: As it was set.
  /// - Returns: The elements without the white space around them; empty ones are dropped.
  public static func list(_ text: String) -> [String] {
    text.split(separator: ",").compactMap { trimmed($0) }
  }
}
