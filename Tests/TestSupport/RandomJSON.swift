/// Valid JSON of all forms that RFC 8259 allows: white space, escapes, numbers of any size, duplicate names.
public struct RandomJSON {
  /// Where the numbers come from.
  public var generator: SeededGenerator

  /// Makes a source of JSON.
  public init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  /// White space, mostly none.
  public mutating func space() -> String { generator.pick(["", "", "", " ", "\t", "  \r "]) }

  /// The content of a string with its escapes, and what it stands for.
  public mutating func string() -> (json: String, content: String) {
    var json = ""
    var content = ""
    for _ in 0..<generator.pick([0, 1, 3, 9, 40]) {
      let (written, meant) = generator.pick(Self.characters)
      json += written
      content += meant
    }
    return (json, content)
  }

  private static let characters: [(String, String)] = [
    ("a", "a"), ("status", "status"), (" ", " "), ("é", "é"), ("日", "日"), ("😀", "😀"), ("\u{7F}", "\u{7F}"),
    (#"\""#, "\""), (#"\\"#, "\\"), (#"\/"#, "/"), ("/", "/"), (#"\n"#, "\n"), (#"\t"#, "\t"), (#"\b"#, "\u{8}"),
    (#"\f"#, "\u{C}"), (#"\r"#, "\r"), (#"\u0041"#, "A"), (#"\u00e9"#, "é"), (#"\u65E5"#, "日"),
    (#"\ud83d\ude00"#, "😀"), (#"\u0000"#, "\u{0}"), ("{", "{"), ("]", "]"), (":", ":"), (",", ","),
    ("e\u{301}", "e\u{301}"), ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
  ]

  /// A number, a word or a string.
  public mutating func scalar() -> String {
    generator.below(3) == 0
      ? "\"\(string().json)\""
      : generator.pick([
        "0", "-0", "1.10", "12345678901234567890", "1e400", "-1E-7", "0.5e+9", "true", "false", "null", "1", "-17",
      ])
  }

  /// Any value.
  public mutating func value(depth: Int = 3) -> String {
    switch depth > 0 ? generator.below(4) : 3 {
    case 0: return object(depth: depth - 1)
    case 1:
      let elements = (0..<generator.below(4)).map { _ in space() + value(depth: depth - 1) + space() }
      return "[\(elements.isEmpty ? space() : elements.joined(separator: ","))]"
    default: return scalar()
    }
  }

  /// An object; names may be there twice.
  public mutating func object(depth: Int = 3) -> String {
    let members = (0..<generator.below(6)).map { _ in
      let name = generator.pick(["text", "stripped", "id", "a", "b", string().json])
      return "\(space())\"\(name)\"\(space()):\(space())\(value(depth: depth))\(space())"
    }
    return "{\(members.isEmpty ? space() : members.joined(separator: ","))}"
  }
}
