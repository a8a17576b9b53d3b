import NDJSON

extension SchemaEvaluator {
  /// Whether a value keeps to a rule.
  func obeys(_ rule: SchemaRule, _ node: Int) -> Bool {
    let kind = tree.nodes[node].kind
    switch rule {
    case .never: return refuse("nothing may stand here")
    case .type(let kinds):
      return !kinds.isDisjoint(with: JSONKinds(tree.value(node)))
        || refuse("expected \(kinds.words), found \(shown(node))")
    case .values(let forms, let kinds, let words):
      return !kinds.isDisjoint(with: JSONKinds(tree.value(node))) && forms.contains(CanonicalForm.bytes(tree, node))
        || refuse("expected \(forms.count == 1 ? "" : "one of ")\(words), found \(shown(node))")
    case .maximum, .minimum, .multiple: return kind != .number || numberObeys(rule, node)
    case .length, .pattern, .format: return kind != .string || stringObeys(rule, node)
    case .items, .contains, .itemCount, .uniqueItems: return kind != .array || arrayObeys(rule, node)
    case .properties, .propertyNames, .propertyCount, .required, .dependentRequired, .dependentSchemas:
      return kind != .object || objectObeys(rule, node)
    case .all(let places):
      var fit = true
      for place in places where !fits(place, node) {
        fit = false
        guard goesOn else { break }
      }
      return fit
    case .any(let places): return any(places, node)
    case .one(let places): return one(places, node)
    case .not(let place): return !quietlyFits(place, node) && !gaveUp || refuse("this is what must not stand here")
    case .condition(let place, let then, let otherwise):
      guard let branch = quietlyFits(place, node) ? then : otherwise else { return true }
      return fits(branch, node)
    case .reference(let place): return fits(place, node)
    }
  }

  private func any(_ places: [Int], _ node: Int) -> Bool {
    for place in places where quietlyFits(place, node) { return true }
    return refuse(allOf: places, node)
  }

  private func one(_ places: [Int], _ node: Int) -> Bool {
    var count = 0
    for place in places where quietlyFits(place, node) { count += 1 }
    if count == 1 { return true }
    return count == 0
      ? refuse(allOf: places, node) : refuse("expected what fits just one of \(places.count) schemas: it fits \(count)")
  }

  /// Says why none of several schemas fits: where only one of them is for values of the kind, what that one misses.
  private func refuse(allOf places: [Int], _ node: Int) -> Bool {
    guard goesOn else { return false }
    let candidates = alternatives(places, for: JSONKinds(tree.value(node)))
    if candidates.count == 1 { return fits(candidates[0], node) }
    return refuse("\(shown(node)) fits none of the \(places.count) allowed schemas")
  }

  private func numberObeys(_ rule: SchemaRule, _ node: Int) -> Bool {
    let number = ExactNumber(tree.value(node).bytes)
    switch rule {
    case .maximum(let limit, let isExclusive):
      let isKept = isExclusive ? number.isLess(than: limit) : !limit.isLess(than: number)
      return isKept
        || refuse("expected \(isExclusive ? "less than" : "at most") \(limit.text), found \(shown(node))")
    case .minimum(let limit, let isExclusive):
      let isKept = isExclusive ? limit.isLess(than: number) : !number.isLess(than: limit)
      return isKept
        || refuse("expected \(isExclusive ? "more than" : "at least") \(limit.text), found \(shown(node))")
    case .multiple(let divisor, let significand):
      return number.isMultiple(of: significand, exponent: divisor.exponent)
        || refuse("expected a multiple of \(divisor.text), found \(shown(node))")
    default: return true
    }
  }

  private func stringObeys(_ rule: SchemaRule, _ node: Int) -> Bool {
    switch rule {
    case .length(let range):
      // Characters as JSON Schema counts them: code points.
      let length = tree.withContent(node) { content in content.count { $0 & 0xC0 != 0x80 } }
      return range.contains(length) || refuse("expected \(range.words("character")), found \(length)")
    case .pattern(let expression):
      return tree.withContent(node) { expression.matches($0) }
        || refuse("expected a string that matches \(expression.source.prefix(200)), found \(shown(node))")
    case .format(let format):
      return tree.withContent(node) { format.allows($0) }
        || refuse("expected a string in the format '\(format.rawValue)', found \(shown(node))")
    default: return true
    }
  }
}

extension ClosedRange<Int> {
  /// The range of a count in words: `at least 1 item`, `2 to 4 items`.
  ///
  /// - Parameter unit: What is counted, in the singular.
  /// - Returns: The words.
  func words(_ unit: String) -> String {
    if upperBound == Int.max && lowerBound == Int.max { return "what no value has" }
    let units = { (count: Int) in "\(count) \(unit)\(count == 1 ? "" : "s")" }
    if upperBound == Int.max { return "at least \(units(lowerBound))" }
    if lowerBound == 0 { return "at most \(units(upperBound))" }
    return lowerBound == upperBound ? units(lowerBound) : "\(lowerBound) to \(units(upperBound))"
  }
}
