/// The keywords of one schema, by name.
struct SchemaKeywords {
  /// The schema's node.
  let node: Int
  /// Where the names and their values are; of a name that is there twice the last one.
  private(set) var names: [String: (name: Int, value: Int)] = [:]

  init(node: Int) { self.node = node }

  mutating func add(_ keyword: String, _ name: Int, _ value: Int) { names[keyword] = (name, value) }

  /// The node of a keyword's value.
  subscript(keyword: String) -> Int? { names[keyword]?.value }
}
