import NDJSON

extension SchemaCompiler {
  /// Rules for values of any kind, for numbers and for strings.
  func addScalarRules(_ keywords: SchemaKeywords, to rules: inout [SchemaRule]) throws(SchemaError) {
    if let node = keywords["type"] { rules.append(.type(try kinds(node))) }
    if let node = keywords["const"] { rules.append(values([node])) }
    if let node = keywords["enum"] {
      guard tree.nodes[node].kind == .array else { throw error(node, "an array is wanted") }
      rules.append(values(elements(node)))
    }
    if let node = keywords["maximum"] { rules.append(.maximum(try number(node), isExclusive: false)) }
    if let node = keywords["exclusiveMaximum"] { rules.append(.maximum(try number(node), isExclusive: true)) }
    if let node = keywords["minimum"] { rules.append(.minimum(try number(node), isExclusive: false)) }
    if let node = keywords["exclusiveMinimum"] { rules.append(.minimum(try number(node), isExclusive: true)) }
    if let node = keywords["multipleOf"] {
      let divisor = try number(node)
      guard !divisor.isNegative, let significand = divisor.significand, significand > 0 else {
        throw error(node, "a number more than 0 with up to 19 digits is wanted")
      }
      rules.append(.multiple(of: divisor, significand: significand))
    }
    if let range = try range(keywords, "minLength", "maxLength") { rules.append(.length(range)) }
    if let node = keywords["pattern"] { rules.append(.pattern(try expression(node))) }
    if let node = keywords["format"] {
      guard tree.nodes[node].kind == .string else { throw error(node, "a string is wanted") }
      let name = tree.string(node)
      if let format = StringFormat(rawValue: name) {
        rules.append(.format(format))
      } else if StringFormat.unsupported.contains(name) {
        throw error(node, "the format '\(name)' is not supported")
      }
    }
  }

  /// The limits that two keywords set; nil when neither is there.
  func range(_ keywords: SchemaKeywords, _ least: String, _ most: String) throws(SchemaError) -> ClosedRange<Int>? {
    guard keywords[least] != nil || keywords[most] != nil else { return nil }
    let lower = try keywords[least].map { node throws(SchemaError) in try count(node) } ?? 0
    let upper = try keywords[most].map { node throws(SchemaError) in try count(node) } ?? Int.max
    // Nothing fits; as a range that no length is in.
    return lower <= upper ? lower...upper : Int.max...Int.max
  }

  /// A whole number from 0.
  func count(_ node: Int) throws(SchemaError) -> Int {
    guard let count = tree.value(node).count else { throw error(node, "a whole number from 0 is wanted") }
    return count
  }

  /// The elements of an array.
  func elements(_ node: Int) -> [Int] {
    var elements: [Int] = []
    tree.elements(node) { _, element in
      elements.append(element)
      return true
    }
    return elements
  }

  /// An array of strings.
  func strings(_ node: Int) throws(SchemaError) -> [String] {
    let elements = self.elements(node)
    guard tree.nodes[node].kind == .array, elements.allSatisfy({ tree.nodes[$0].kind == .string }) else {
      throw error(node, "an array of strings is wanted")
    }
    return elements.map { tree.string($0) }
  }

  /// A regular expression.
  func expression(_ node: Int) throws(SchemaError) -> RegularExpression {
    guard tree.nodes[node].kind == .string, let expression = RegularExpression(tree.string(node)) else {
      throw error(node, "\(tree.value(node).text.prefix(60)) is not a regular expression")
    }
    return expression
  }

  private func number(_ node: Int) throws(SchemaError) -> ExactNumber {
    guard tree.nodes[node].kind == .number else { throw error(node, "a number is wanted") }
    return ExactNumber(tree.value(node).bytes)
  }

  private func kinds(_ node: Int) throws(SchemaError) -> JSONKinds {
    let names = tree.nodes[node].kind == .array ? elements(node) : [node]
    var kinds: JSONKinds = []
    for name in names {
      guard tree.nodes[name].kind == .string,
        let known = JSONKinds.names.first(where: { $0.name == tree.string(name) })
      else {
        let allowed = JSONKinds.names.map(\.name).joined(separator: ", ")
        throw error(name, "\(tree.value(name).text.prefix(60)) is not a type: allowed are \(allowed)")
      }
      kinds.formUnion(known.kinds)
    }
    return kinds
  }

  private func values(_ nodes: [Int]) -> SchemaRule {
    var kinds: JSONKinds = []
    for node in nodes { kinds.formUnion(JSONKinds(tree.value(node))) }
    // The forms of numbers are alike however they are written.
    if !kinds.isDisjoint(with: .number) { kinds.formUnion(.number) }
    let shown = nodes.prefix(20).map { tree.value($0).text }.joined(separator: ", ")
    return .values(nodes.map { CanonicalForm.bytes(tree, $0) }, kinds, words: String(shown.prefix(500)))
  }
}
