import Testing
import YAML

@Suite struct YAMLScalarTests {
  /// The core schema of YAML 1.2.2, section 10.3.2, and what YAML 1.1 read otherwise.
  @Test(
    arguments: [
      ("null", .null), ("~", .null), ("Null", .null), ("NULL", .null), ("nULL", .string("nULL")),
      ("true", .bool(true)), ("False", .bool(false)), ("TRUE", .bool(true)),
      ("yes", .string("yes")), ("no", .string("no")), ("on", .string("on")), ("tRue", .string("tRue")),
      ("0", .int(0)), ("-1", .int(-1)), ("+12", .int(12)), ("007", .int(7)), ("0o17", .int(15)), ("0x1F", .int(31)),
      ("9223372036854775807", .int(.max)), ("9223372036854775808", .float(9_223_372_036_854_775_808)),
      ("1_000", .string("1_000")), ("0x", .string("0x")), ("0x-1", .string("0x-1")), ("0o8", .string("0o8")),
      ("1.5", .float(1.5)), (".5", .float(0.5)), ("1.", .float(1)), ("1e3", .float(1000)), ("-1.5E-1", .float(-0.15)),
      (".inf", .float(.infinity)), ("-.INF", .float(-.infinity)), ("inf", .string("inf")), ("nan", .string("nan")),
      (".", .string(".")), ("1e", .string("1e")), ("1.2.3", .string("1.2.3")), ("-", .string("-")),
      ("12:30:45", .string("12:30:45")), ("2026-11-21", .string("2026-11-21")), ("'1'", .string("1")),
      ("\"true\"", .string("true")), ("''", .string("")), ("\"\\u00e9\\0x\"", .string("é\0x")),
      ("!!str 1", .string("1")), ("!!int 1", .int(1)), ("!!int '1'", .int(1)), ("!!float 1", .float(1)),
      ("!!bool 'true'", .bool(true)), ("!mine 1", .string("1")), ("! 1", .string("1")), ("!!int x", .string("x")),
    ] as [(String, YAMLScalar.Value)])
  func meaning(text: String, value: YAMLScalar.Value) throws {
    // In a list, where a lone "-" is a scalar too.
    let node = try YAMLNode(parsing: "[\(text == "-" ? "'-'" : text)]")
    #expect(node.sequence?.first?.scalar?.value == value)
  }

  @Test func notANumber() throws {
    guard case .float(let number)? = try YAMLNode(parsing: ".nan").scalar?.value else {
      Issue.record("not a float")
      return
    }
    #expect(number.isNaN)
  }

  @Test(
    arguments: [
      ("a", .plain, "a"), ("'a''b'", .singleQuoted, "a'b"), ("\"a\\tb\"", .doubleQuoted, "a\tb"),
      ("|\n  a\n  b\n", .literal, "a\nb\n"), (">-\n  a\n  b\n", .folded, "a b"),
    ] as [(String, YAMLScalar.Style, String)])
  func styles(source: String, style: YAMLScalar.Style, text: String) throws {
    let scalar = try YAMLNode(parsing: "key: " + source)["key"]?.scalar
    #expect(scalar?.style == style)
    #expect(scalar?.text == text)
  }

  @Test func tagsAreKeptInFull() throws {
    let nodes = try YAMLNode(parsing: "[!!str a, !mine b, c]").sequence
    #expect(nodes?.map { $0.scalar?.tag } == ["tag:yaml.org,2002:str", "!mine", nil])
  }
}
