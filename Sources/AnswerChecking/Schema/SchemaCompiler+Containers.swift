import NDJSON

extension SchemaCompiler {
  /// Rules for arrays.
  mutating func addArrayRules(_ keywords: SchemaKeywords, to rules: inout [SchemaRule]) throws(SchemaError) {
    var first: [Int] = []
    var rest: Int?
    if let node = keywords["prefixItems"], dialect != .draft7 { first = try schemas(node) }
    if let node = keywords["items"] {
      if tree.nodes[node].kind == .array {
        guard dialect != .draft2020, first.isEmpty else {
          throw error(node, "a schema is wanted: in draft 2020-12 'prefixItems' has the first ones")
        }
        first = try places(elements(node))
        if let node = keywords["additionalItems"] { rest = try place(of: node) }
      } else {
        rest = try place(of: node)
      }
    }
    if !first.isEmpty || rest != nil { rules.append(.items(first: first, rest: rest)) }
    if let node = keywords["contains"] {
      let bounds = dialect == .draft7 ? nil : try range(keywords, "minContains", "maxContains")
      let least = keywords["minContains"] == nil || dialect == .draft7 ? 1 : bounds?.lowerBound ?? 1
      let most = bounds?.upperBound ?? Int.max
      rules.append(.contains(try place(of: node), least <= most ? least...most : Int.max...Int.max))
    }
    if let range = try range(keywords, "minItems", "maxItems") { rules.append(.itemCount(range)) }
    if let node = keywords["uniqueItems"] {
      guard let isUnique = tree.value(node).bool else { throw error(node, "true or false is wanted") }
      if isUnique { rules.append(.uniqueItems) }
    }
  }

  /// Rules for objects.
  mutating func addObjectRules(_ keywords: SchemaKeywords, to rules: inout [SchemaRule]) throws(SchemaError) {
    var properties = SchemaProperties()
    if let node = keywords["properties"] { properties.named = try schemasByName(node) }
    if properties.named.count > SchemaProperties.fewNames {
      properties.byName = Dictionary(properties.named.map { ($0.name, $0.schema) }) { $1 }
    }
    if let node = keywords["patternProperties"] {
      for (name, value) in try members(node) {
        properties.patterns.append((try expression(name), try place(of: value)))
      }
    }
    if let node = keywords["additionalProperties"] { properties.additional = try place(of: node) }
    if !properties.named.isEmpty || !properties.patterns.isEmpty || properties.additional != nil {
      rules.append(.properties(properties))
    }
    if let node = keywords["propertyNames"] { rules.append(.propertyNames(try place(of: node))) }
    if let range = try range(keywords, "minProperties", "maxProperties") { rules.append(.propertyCount(range)) }
    if let node = keywords["required"] { rules.append(.required(try strings(node))) }
    try addDependencies(keywords, to: &rules)
    // Schemas that only others refer to; what is wrong in them is wrong in the schema.
    for keyword in ["$defs", "definitions"] {
      if let node = keywords[keyword] { _ = try schemasByName(node) }
    }
  }

  /// Rules that put several schemas to one value.
  mutating func addCombinations(_ keywords: SchemaKeywords, to rules: inout [SchemaRule]) throws(SchemaError) {
    if let node = keywords["allOf"] { rules.append(.all(try schemas(node))) }
    if let node = keywords["anyOf"] { rules.append(.any(try schemas(node))) }
    if let node = keywords["oneOf"] { rules.append(.one(try schemas(node))) }
    if let node = keywords["not"] { rules.append(.not(try place(of: node))) }
    let then = try keywords["then"].map { node throws(SchemaError) in try place(of: node) }
    let otherwise = try keywords["else"].map { node throws(SchemaError) in try place(of: node) }
    if let node = keywords["if"] { rules.append(.condition(try place(of: node), then: then, else: otherwise)) }
  }

  private mutating func addDependencies(
    _ keywords: SchemaKeywords, to rules: inout [SchemaRule]
  ) throws(SchemaError) {
    var required: [(name: String, required: [String])] = []
    var dependent: [(name: String, schema: Int)] = []
    if let node = keywords["dependentRequired"], dialect != .draft7 {
      for (name, value) in try members(node) { required.append((tree.string(name), try strings(value))) }
    }
    if let node = keywords["dependentSchemas"], dialect != .draft7 { dependent = try schemasByName(node) }
    if let node = keywords["dependencies"] {
      for (name, value) in try members(node) {
        if tree.nodes[value].kind == .array {
          required.append((tree.string(name), try strings(value)))
        } else {
          dependent.append((tree.string(name), try place(of: value)))
        }
      }
    }
    if !required.isEmpty { rules.append(.dependentRequired(required)) }
    if !dependent.isEmpty { rules.append(.dependentSchemas(dependent)) }
  }

  /// A list of schemas, not empty.
  private mutating func schemas(_ node: Int) throws(SchemaError) -> [Int] {
    guard tree.nodes[node].kind == .array, tree.nodes[node].count > 0 else {
      throw error(node, "an array of schemas is wanted")
    }
    return try places(elements(node))
  }

  private mutating func places(_ nodes: [Int]) throws(SchemaError) -> [Int] {
    var places: [Int] = []
    for node in nodes { places.append(try place(of: node)) }
    return places
  }

  private mutating func schemasByName(_ node: Int) throws(SchemaError) -> [(name: String, schema: Int)] {
    var list: [(name: String, schema: Int)] = []
    for (name, value) in try members(node) { list.append((tree.string(name), try place(of: value))) }
    return list
  }

  private func members(_ node: Int) throws(SchemaError) -> [(name: Int, value: Int)] {
    guard tree.nodes[node].kind == .object else { throw error(node, "an object is wanted") }
    var members: [(name: Int, value: Int)] = []
    tree.members(node) { name, value in
      members.append((name, value))
      return true
    }
    return members
  }
}
