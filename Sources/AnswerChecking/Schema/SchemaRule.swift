import NDJSON

/// What one keyword of a schema, or a few that belong together, ask of a value. Numbers are places in the program.
enum SchemaRule: Sendable {
  /// The schema `false`.
  case never
  case type(JSONKinds)
  /// `enum` and `const`: canonical forms, the kinds among them, and the values in words.
  case values([[UInt8]], JSONKinds, words: String)
  case maximum(ExactNumber, isExclusive: Bool)
  case minimum(ExactNumber, isExclusive: Bool)
  case multiple(of: ExactNumber, significand: UInt64)
  case length(ClosedRange<Int>)
  case pattern(RegularExpression)
  case format(StringFormat)
  case items(first: [Int], rest: Int?)
  case contains(Int, ClosedRange<Int>)
  case itemCount(ClosedRange<Int>)
  case uniqueItems
  case properties(SchemaProperties)
  case propertyNames(Int)
  case propertyCount(ClosedRange<Int>)
  case required([String])
  case dependentRequired([(name: String, required: [String])])
  case dependentSchemas([(name: String, schema: Int)])
  case all([Int])
  case any([Int])
  case one([Int])
  case not(Int)
  case condition(Int, then: Int?, else: Int?)
  case reference(Int)
}

/// `properties`, `patternProperties` and `additionalProperties` of a schema.
struct SchemaProperties: Sendable {
  var named: [(name: String, schema: Int)] = []
  /// The same by name, where there are too many to look through.
  var byName: [String: Int] = [:]
  var patterns: [(RegularExpression, schema: Int)] = []
  var additional: Int?

  /// Beyond this many names a table is faster than looking through them.
  static let fewNames = 16
}

/// A set of the kinds of JSON values; whole numbers are a kind of their own.
struct JSONKinds: OptionSet, Sendable {
  let rawValue: UInt8

  static let object = JSONKinds(rawValue: 1)
  static let array = JSONKinds(rawValue: 2)
  static let string = JSONKinds(rawValue: 4)
  static let fraction = JSONKinds(rawValue: 8)
  static let integer = JSONKinds(rawValue: 16)
  static let boolean = JSONKinds(rawValue: 32)
  static let null = JSONKinds(rawValue: 64)
  static let number: JSONKinds = [.fraction, .integer]

  /// The names that a schema has for them.
  static let names: [(name: String, kinds: JSONKinds, words: String)] = [
    ("object", .object, "an object"), ("array", .array, "an array"), ("string", .string, "a string"),
    ("number", .number, "a number"), ("integer", .integer, "an integer"), ("boolean", .boolean, "true or false"),
    ("null", .null, "null"),
  ]

  /// The kinds in words: `a string or null`.
  var words: String {
    let known = Self.names.filter { isSuperset(of: $0.kinds) && !($0.kinds == .integer && isSuperset(of: .number)) }
    return known.map(\.words).joined(separator: " or ")
  }

  /// The kind of a value.
  init(_ value: JSONValue) {
    switch value.kind {
    case .object: self = .object
    case .array: self = .array
    case .string: self = .string
    case .bool: self = .boolean
    case .null: self = .null
    case .number:
      let isPlain = !value.bytes.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") }
      self = isPlain || ExactNumber(value.bytes).isWhole ? .integer : .fraction
    }
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }
}
