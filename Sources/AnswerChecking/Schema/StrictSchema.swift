import NDJSON

/// The rules that OpenAI has for schemas with `strict`: every object says that it takes no other members, and demands
/// all that it names; a few keywords are allowed.
///
/// Source: OpenAI's guide to structured outputs, supported schemas.
enum StrictSchema {
  private static let keywords: Set<String> = [
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs",
    "definitions", "description", "title", "pattern", "format", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "$schema",
  ]

  /// Whether a schema keeps to them.
  static func allows(_ tree: JSONTree) -> Bool {
    guard tree.nodes[0].kind == .object, tree.member(0, "anyOf") == nil, let type = tree.member(0, "type"),
      tree.value(type).isString("object")
    else { return false }
    return allows(tree, 0)
  }

  private static func allows(_ tree: JSONTree, _ node: Int) -> Bool {
    guard tree.nodes[node].kind == .object else { return false }
    var isAllowed = true
    tree.members(node) { name, value in
      let keyword = tree.string(name)
      switch keyword {
      case "properties", "$defs", "definitions":
        tree.members(value) { _, schema in
          isAllowed = isAllowed && allows(tree, schema)
          return isAllowed
        }
      case "items": isAllowed = allows(tree, value)
      case "anyOf":
        tree.elements(value) { _, schema in
          isAllowed = isAllowed && allows(tree, schema)
          return isAllowed
        }
      default: isAllowed = keywords.contains(keyword)
      }
      return isAllowed
    }
    return isAllowed && objectsAreClosed(tree, node)
  }

  private static func objectsAreClosed(_ tree: JSONTree, _ node: Int) -> Bool {
    let properties = tree.member(node, "properties")
    let isObject = tree.member(node, "type").map { tree.value($0).text.contains("\"object\"") } ?? false
    guard isObject || properties != nil else { return true }
    guard let additional = tree.member(node, "additionalProperties"), tree.value(additional).bool == false else {
      return false
    }
    var wanted: Set<String> = []
    if let properties {
      tree.members(properties) { name, _ in
        wanted.insert(tree.string(name))
        return true
      }
    }
    if let required = tree.member(node, "required") {
      tree.elements(required) { _, name in
        if tree.nodes[name].kind == .string { wanted.remove(tree.string(name)) }
        return true
      }
    }
    return wanted.isEmpty
  }
}
