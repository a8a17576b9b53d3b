import NDJSON

extension SchemaEvaluator {
  /// Whether an array keeps to a rule for arrays.
  func arrayObeys(_ rule: SchemaRule, _ node: Int) -> Bool {
    let count = tree.nodes[node].count
    switch rule {
    case .items(let first, let rest):
      var fit = true
      var element = node + 1
      for index in 0..<count {
        let place = index < first.count ? first[index] : rest
        guard let place else { break }
        if !elementFits(place, index, element) {
          fit = false
          guard goesOn else { break }
        }
        element = tree.nodes[element].next
      }
      return fit
    case .contains(let place, let range):
      var found = 0
      var element = node + 1
      for _ in 0..<count {
        if quietlyFits(place, element) { found += 1 }
        element = tree.nodes[element].next
      }
      return range.contains(found) || refuse("expected \(range.words("item")) that fit 'contains', found \(found)")
    case .itemCount(let range):
      return range.contains(count) || refuse("expected \(range.words("item")), found \(count)")
    case .uniqueItems:
      var seen: Set<[UInt8]> = []
      var element = node + 1
      for index in 0..<count {
        guard seen.insert(CanonicalForm.bytes(tree, element)).inserted else {
          return refuse("expected items that differ: item \(index) was there before")
        }
        element = tree.nodes[element].next
      }
      return true
    default: return true
    }
  }

  /// Whether an object keeps to a rule for objects.
  func objectObeys(_ rule: SchemaRule, _ node: Int) -> Bool {
    switch rule {
    case .properties(let properties): return propertiesFit(properties, node)
    case .propertyNames(let place):
      var name = node + 1
      var fit = true
      for _ in 0..<tree.nodes[node].count {
        if !quietlyFits(place, name) {
          fit = refuse(member: name, "such a name is not allowed")
          guard goesOn else { break }
        }
        name = tree.nodes[name + 1].next
      }
      return fit
    case .propertyCount(let range):
      let count = tree.nodes[node].count
      return range.contains(count) || refuse("expected \(range.words("member")), found \(count)")
    case .required(let names): return has(names, node, "")
    case .dependentRequired(let list):
      var fit = true
      for entry in list where tree.member(node, entry.name) != nil {
        fit = has(entry.required, node, " beside '\(entry.name)'") && fit
      }
      return fit
    case .dependentSchemas(let list):
      var fit = true
      for entry in list where tree.member(node, entry.name) != nil { fit = fits(entry.schema, node) && fit }
      return fit
    default: return true
    }
  }

  private func has(_ names: [String], _ node: Int, _ reason: String) -> Bool {
    var missing: [String] = []
    for name in names where tree.member(node, name) == nil {
      missing.append("'\(name)'")
      guard goesOn else { return false }
    }
    guard !missing.isEmpty else { return true }
    return refuse("lacks \(missing.prefix(20).joined(separator: ", "))\(reason)")
  }

  private func propertiesFit(_ properties: SchemaProperties, _ node: Int) -> Bool {
    var fit = true
    var name = node + 1
    for _ in 0..<tree.nodes[node].count {
      if !propertyFits(properties, name) {
        fit = false
        guard goesOn else { return false }
      }
      name = tree.nodes[name + 1].next
    }
    return fit
  }

  private func propertyFits(_ properties: SchemaProperties, _ name: Int) -> Bool {
    var fit = true
    var isKnown = false
    let value = name + 1
    if let place = schema(of: name, properties) {
      isKnown = true
      fit = memberFits(place, name, value)
    }
    for (expression, place) in properties.patterns where tree.withContent(name, { expression.matches($0) }) {
      isKnown = true
      fit = memberFits(place, name, value) && fit
    }
    guard !isKnown, let place = properties.additional else { return fit }
    if isNever(place) { return refuse(member: name, "such a member is not allowed") }
    return memberFits(place, name, value)
  }

  private func schema(of name: Int, _ properties: SchemaProperties) -> Int? {
    if properties.named.count > SchemaProperties.fewNames { return properties.byName[tree.string(name)] }
    let written = tree.value(name)
    return properties.named.last { written.isString($0.name) }?.schema
  }
}
