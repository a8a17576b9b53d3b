import NDJSON

/// What a tool's `inputSchema` asks of its arguments: the names, the types of the first level, what is required.
///
/// That much of JSON Schema is enforced; the rest is for the client to read.
struct ArgumentRules: Sendable {
  private let types: [String: String]
  private let elementTypes: [String: String]
  private let required: [String]
  private let isClosed: Bool

  init(_ schema: JSONValue) {
    var types: [String: String] = [:]
    var elementTypes: [String: String] = [:]
    if let properties = schema["properties"] {
      for member in properties.members {
        guard let name = member.name.string else { continue }
        types[name] = member.value["type"]?.string ?? ""
        elementTypes[name] = member.value["items"]?["type"]?.string
      }
    }
    self.types = types
    self.elementTypes = elementTypes
    required = (schema["required"]?.elements).map { elements in elements.compactMap(\.string) } ?? []
    isClosed = schema["additionalProperties"]?.bool == false
  }

  /// Looks for something wrong.
  ///
  /// - Parameter arguments: An object.
  /// - Returns: What is wrong, for the model that chose the arguments; nil when nothing is.
  func problem(_ arguments: JSONValue) -> String? {
    for name in required where arguments.value(named: name)?.isNull ?? true { return "'\(name)' is required" }
    for member in arguments.members {
      guard let name = member.name.string else { continue }
      guard let type = types[name] else {
        if isClosed { return "there is no argument '\(name)', only: \(types.keys.sorted().joined(separator: ", "))" }
        continue
      }
      // An argument that need not be there may be null: models fill in all names that they see.
      if member.value.isNull { continue }
      guard Self.has(member.value, type) else { return "'\(name)' is not of type \(type)" }
      guard let elementType = elementTypes[name] else { continue }
      for element in member.value.elements where !Self.has(element, elementType) {
        return "'\(name)' holds something that is not of type \(elementType)"
      }
    }
    return nil
  }

  private static func has(_ value: JSONValue, _ type: String) -> Bool {
    switch type {
    case "string": value.isString
    // JSON knows one kind of number: 5.0 is whole.
    case "integer": value.wholeNumber != nil
    case "number": value.kind == .number
    case "boolean": value.kind == .bool
    case "array": value.kind == .array
    case "object": value.kind == .object
    default: true
    }
  }
}
