/// A scalar as it is written: its text, how it is quoted, and its tag.
public struct YAMLScalar: Sendable, Equatable {
  /// How a scalar is written.
  public enum Style: Sendable {
    /// Without quotes; the text decides what it is.
    case plain
    /// `'...'`.
    case singleQuoted
    /// `"..."`.
    case doubleQuoted
    /// A block that begins with `|`.
    case literal
    /// A block that begins with `>`.
    case folded
  }

  /// What a scalar means under the core schema of YAML 1.2.
  public enum Value: Sendable, Equatable {
    /// `null`, `~` or nothing.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// An integer that fits 64 bits: decimal, `0o` or `0x`.
    case int(Int)
    /// A number with a fraction or an exponent, `.inf`, `.nan`, or an integer that does not fit 64 bits.
    case float(Double)
    /// Everything else, and everything quoted.
    case string(String)
  }

  /// The text, with quotes and escapes resolved.
  public let text: String
  /// How it is written.
  public let style: Style
  /// The tag in full (`tag:yaml.org,2002:str`, `!mine`), if one is written.
  public let tag: String?

  /// Makes a scalar.
  ///
  /// - Parameters:
  ///   - text: The text, with quotes and escapes resolved.
  ///   - style: How it is written.
  ///   - tag: The tag in full, if one is written.
  public init(text: String, style: Style = .plain, tag: String? = nil) {
    self.text = text
    self.style = style
    self.tag = tag
  }

  /// What the scalar means: a tag of the core schema decides, then quotes (a string), then the text.
  ///
  /// A tag of another schema makes a string. A core tag that the text does not fit (`!!int x`) makes a string too: who
  /// asks for a number then sees that it is not one. Source: YAML 1.2.2, section 10.3.
  public var value: Value {
    switch tag {
    case nil:
      return style == .plain ? CoreSchema.value(of: text) : .string(text)
    case "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:int":
      return CoreSchema.value(of: text)
    case "tag:yaml.org,2002:float":
      if case .int(let number) = CoreSchema.value(of: text) { return .float(Double(number)) }
      return CoreSchema.value(of: text)
    default:
      return .string(text)
    }
  }
}
