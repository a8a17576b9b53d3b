/// A number as people type it, in the form that JSON can carry.
///
/// Digits, a point and an exponent: `0.70` stays `0.70`; `.5`, `+1`, `00.5`, `1.` and `1.e5` become `0.5`, `1`, `0.5`,
/// `1` and `1e5`. `inf`, `nan`, `0x10`, what is past the range of a `Double` and everything else are refused.
public struct DecimalNumber: Sendable, Equatable {
  /// The number in JSON's grammar (RFC 8259, section 6).
  public let text: String
  /// Its value, finite.
  public let value: Double

  /// The number when it is whole and fits; `1e3` is whole.
  public var int: Int? {
    // A Double has not the digits of a large whole number.
    if let whole = Int(text) { return whole }
    return abs(value) < 0x1p53 ? Int(exactly: value) : nil
  }

  /// Reads a number; white space around it is ignored.
  ///
  /// - Parameter argument: As the user typed it.
  public init?(_ argument: String) {
    guard let trimmed = SettingText.trimmed(argument) else { return nil }
    var rest = trimmed.utf8[...]
    var text = ""
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      if sign == UInt8(ascii: "-") { text = "-" }
      rest.removeFirst()
    }
    let whole = Self.takeDigits(&rest)
    var fraction: Substring.UTF8View = Substring().utf8
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = Self.takeDigits(&rest)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    let significant = whole.drop { $0 == UInt8(ascii: "0") }
    text += significant.isEmpty ? "0" : String(Substring(significant))
    if !fraction.isEmpty { text += "." + String(Substring(fraction)) }
    if let exponent = rest.first, exponent | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      text += "e"
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        text += sign == UInt8(ascii: "-") ? "-" : "+"
        rest.removeFirst()
      }
      let digits = Self.takeDigits(&rest)
      guard !digits.isEmpty else { return nil }
      text += String(Substring(digits))
    }
    guard rest.isEmpty, let value = Double(text), value.isFinite else { return nil }
    self.text = text
    self.value = value
  }

  private static func takeDigits(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
    let digits = text.prefix { (0x30...0x39).contains($0) }
    text = text[digits.endIndex...]
    return digits
  }
}
