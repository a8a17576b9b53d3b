/// How the core schema of YAML 1.2 reads a plain scalar (section 10.3.2 of YAML 1.2.2).
enum CoreSchema {
  /// What a plain scalar means.
  static func value(of text: String) -> YAMLScalar.Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    default: return number(text) ?? .string(text)
    }
  }

  private static func number(_ text: String) -> YAMLScalar.Value? {
    let bytes = Array(text.utf8)
    if let prefixed = prefixedInteger(bytes, text) { return prefixed }
    var rest = bytes[...]
    let sign = rest.first
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest = rest.dropFirst() }
    if [".inf", ".Inf", ".INF"].contains(String(decoding: rest, as: UTF8.self)) {
      return .float(sign == UInt8(ascii: "-") ? -.infinity : .infinity)
    }
    guard isDecimal(rest) else { return nil }
    if rest.allSatisfy(isDigit), let integer = Int(text) { return .int(integer) }
    return Double(text).map { .float($0) }
  }

  /// `0o17` and `0x1F`; a sign is not allowed there.
  private static func prefixedInteger(_ bytes: [UInt8], _ text: String) -> YAMLScalar.Value? {
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "0"), bytes[2] != UInt8(ascii: "-"), bytes[2] != UInt8(ascii: "+")
    else { return nil }
    switch bytes[1] {
    case UInt8(ascii: "o"): return Int(text.dropFirst(2), radix: 8).map { .int($0) }
    case UInt8(ascii: "x"): return Int(text.dropFirst(2), radix: 16).map { .int($0) }
    default: return nil
    }
  }

  /// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
  private static func isDecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    let whole = takeDigits(&rest)
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      if takeDigits(&rest) == 0, whole == 0 { return false }
    } else if whole == 0 {
      return false
    }
    guard let exponent = rest.first else { return true }
    guard exponent == UInt8(ascii: "e") || exponent == UInt8(ascii: "E") else { return false }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
    return takeDigits(&rest) > 0 && rest.isEmpty
  }

  private static func takeDigits(_ bytes: inout ArraySlice<UInt8>) -> Int {
    let before = bytes.count
    bytes = bytes.drop(while: isDigit)
    return before - bytes.count
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
