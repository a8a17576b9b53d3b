import NDJSON

/// Turns a schema into rules: each of its schemas is a place in a program, so that one may refer to itself.
struct SchemaCompiler {
  /// The rules of each schema, by its place.
  private(set) var program: [[SchemaRule]] = []

  let tree: JSONTree
  let dialect: SchemaDialect

  /// The places of the schemas, by their nodes.
  private var places: [Int: Int] = [:]
  /// Names for schemas, `$anchor`.
  private var anchors: [String: Int] = [:]
  /// `$ref` that were met and not followed yet: by then all anchors are known.
  private var references: [(place: Int, rule: Int, node: Int)] = []
  private let identifier: String?

  /// Compiles a schema.
  ///
  /// - Parameter tree: The schema; its text must stay for the duration of the call.
  /// - Throws: Where it is not a schema, or says what is not supported.
  init(_ tree: JSONTree) throws(SchemaError) {
    self.tree = tree
    var dialect = SchemaDialect.unnamed
    var identifier: String?
    if tree.nodes[0].kind == .object {
      if let node = tree.member(0, "$schema") {
        guard tree.nodes[node].kind == .string, let named = SchemaDialect(named: tree.string(node)) else {
          throw SchemaError("/$schema", "\(tree.value(node).text) is not supported: \(SchemaDialect.allowed) are")
        }
        dialect = named
      }
      if let node = tree.member(0, "$id"), tree.nodes[node].kind == .string {
        identifier = String(tree.string(node).prefix { $0 != "#" })
      }
    }
    self.dialect = dialect
    self.identifier = identifier
    _ = try place(of: 0)
    while let reference = references.popLast() {
      program[reference.place][reference.rule] = .reference(try place(of: try target(of: reference.node)))
    }
    try refuseLoops()
  }

  /// The place of the schema at a node, compiled when it is first asked for.
  mutating func place(of node: Int) throws(SchemaError) -> Int {
    if let known = places[node] { return known }
    let place = program.count
    places[node] = place
    program.append([])
    switch tree.nodes[node].kind {
    case .bool: program[place] = tree.value(node).bool == true ? [] : [.never]
    case .object: program[place] = try rules(of: node, place)
    default: throw error(node, "\(tree.value(node).text.prefix(60)) is not a schema: it is an object, true or false")
    }
    return place
  }

  /// An error at a node.
  func error(_ node: Int, _ message: String) -> SchemaError { SchemaError(pointer(to: node), message) }

  private mutating func rules(of node: Int, _ place: Int) throws(SchemaError) -> [SchemaRule] {
    var keywords = SchemaKeywords(node: node)
    var failure: SchemaError?
    tree.members(node) { name, value in
      keywords.add(tree.string(name), name, value)
      return true
    }
    if let node = keywords["$ref"] {
      guard tree.nodes[node].kind == .string else { throw error(node, "a string is wanted") }
      references.append((place, 0, node))
      // There a reference stands alone.
      if dialect == .draft7 { return [.reference(0)] }
    }
    for (name, key) in keywords.names where SchemaDialect.refused.contains(name) && failure == nil {
      failure = error(key.value, "'\(name)' is not supported")
    }
    if let failure { throw failure }
    if let node = keywords["$anchor"], tree.nodes[node].kind == .string { anchors[tree.string(node)] = keywords.node }
    if let node = keywords["$dynamicAnchor"], tree.nodes[node].kind == .string {
      anchors[tree.string(node)] = keywords.node
    }
    if let id = keywords["$id"], tree.nodes[id].kind == .string, keywords.node != 0 {
      let text = tree.string(id)
      guard dialect == .draft7, text.hasPrefix("#") else {
        throw error(id, "an '$id' inside of a schema is not supported")
      }
      anchors[String(text.dropFirst())] = keywords.node
    }
    if let node = keywords["$schema"], keywords.node != 0 { throw error(node, "only the outermost schema may have it") }
    var rules: [SchemaRule] = keywords["$ref"] == nil ? [] : [.reference(0)]
    try addScalarRules(keywords, to: &rules)
    try addArrayRules(keywords, to: &rules)
    try addObjectRules(keywords, to: &rules)
    try addCombinations(keywords, to: &rules)
    return rules
  }

  /// The node that a `$ref` leads to.
  private func target(of node: Int) throws(SchemaError) -> Int {
    let text = tree.string(node)
    let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
    let base = parts.first.map(String.init) ?? ""
    guard base.isEmpty || base == identifier else {
      throw error(node, "'\(text)' leads out of this schema: that is not supported")
    }
    let fragment = parts.count > 1 ? Self.percentDecoded(parts[1]) : ""
    if fragment.isEmpty { return 0 }
    guard fragment.hasPrefix("/") else {
      guard let anchor = anchors[fragment] else { throw error(node, "'\(text)' leads nowhere") }
      return anchor
    }
    var position = 0
    for token in fragment.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let name = Self.replacing(Self.replacing(String(token), "~1", "/"), "~0", "~")
      guard let next = child(of: position, name) else { throw error(node, "'\(text)' leads nowhere") }
      position = next
    }
    return position
  }

  private func child(of node: Int, _ name: String) -> Int? {
    if tree.nodes[node].kind == .object { return tree.member(node, name) }
    guard tree.nodes[node].kind == .array, let wanted = Int(name) else { return nil }
    var found: Int?
    tree.elements(node) { place, element in
      if place == wanted { found = element }
      return place < wanted
    }
    return found
  }

  /// Refuses schemas that lead back to themselves without going on in the value: nobody could ever say what fits.
  private func refuseLoops() throws(SchemaError) {
    var state = [UInt8](repeating: 0, count: program.count)
    func visit(_ place: Int, _ depth: Int) -> Bool {
      if state[place] == 1 || depth > JSONTree.maximumDepth { return false }
      if state[place] == 2 { return true }
      state[place] = 1
      defer { state[place] = 2 }
      for rule in program[place] {
        for next in rule.inPlace where !visit(next, depth + 1) { return false }
      }
      return true
    }
    for place in program.indices where !visit(place, 0) {
      let node = places.first { $0.value == place }?.key ?? 0
      throw error(node, "the schema refers to itself without end")
    }
  }

  /// The JSON Pointer to a node.
  private func pointer(to node: Int) -> String {
    var position = 0
    var pointer = ""
    while position != node {
      var next = position
      var token = ""
      let holds = { (value: Int) in node >= value && node < tree.nodes[value].next }
      switch tree.nodes[position].kind {
      case .object:
        tree.members(position) { name, value in
          guard holds(value) || node == name else { return true }
          (next, token) = (node == name ? node : value, tree.string(name))
          return false
        }
      case .array:
        tree.elements(position) { place, value in
          guard holds(value) else { return true }
          (next, token) = (value, "\(place)")
          return false
        }
      default: break
      }
      guard next != position else { break }
      position = next
      pointer += "/" + JSONPointer.escaped(token)
    }
    return pointer
  }

  private static func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func replacing(_ text: String, _ old: String, _ new: String) -> String {
    var result = ""
    var rest = text[...]
    while let range = rest.firstRange(of: old) {
      result += rest[..<range.lowerBound] + new
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}

/// JSON Pointers (RFC 6901).
enum JSONPointer {
  /// A name as it stands in a pointer.
  static func escaped(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1 == "~" ? "~0" : $1 == "/" ? "~1" : String($1) }
  }
}

extension SchemaRule {
  /// The schemas that a rule puts to the value itself, not to what lies in it.
  fileprivate var inPlace: [Int] {
    switch self {
    case .all(let places), .any(let places), .one(let places): places
    case .not(let place), .reference(let place): [place]
    case .condition(let place, let then, let otherwise): [place, then, otherwise].compactMap { $0 }
    case .dependentSchemas(let list): list.map(\.schema)
    default: []
    }
  }
}
