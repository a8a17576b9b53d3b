extension YAMLNode {
  /// The scalar, if the node is one.
  public var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { return scalar }
    return nil
  }

  /// The nodes of a sequence, if the node is one.
  public var sequence: [YAMLNode]? {
    if case .sequence(let nodes) = content { return nodes }
    return nil
  }

  /// The entries of a mapping in the order of the text, if the node is one.
  public var mapping: [YAMLEntry]? {
    if case .mapping(let entries) = content { return entries }
    return nil
  }

  /// The value of a key, if the node is a mapping that has it.
  ///
  /// - Parameter key: The text of the key.
  public subscript(key: String) -> YAMLNode? {
    mapping?.first { $0.key == key }?.value
  }

  /// Whether the node is `null`, `~` or nothing.
  public var isNull: Bool { scalar?.value == .null }

  /// The string, if the node is one: quoted, or plain and neither null, nor a boolean, nor a number.
  public var string: String? {
    if case .string(let string)? = scalar?.value { return string }
    return nil
  }

  /// The text of any scalar that is not null, as written: for `title: 2024` the text is `2024`.
  public var text: String? {
    guard let scalar, scalar.value != .null else { return nil }
    return scalar.text
  }

  /// The boolean, if the node is a plain `true` or `false`.
  public var bool: Bool? {
    if case .bool(let bool)? = scalar?.value { return bool }
    return nil
  }

  /// The integer, if the node is a plain one.
  public var int: Int? {
    if case .int(let int)? = scalar?.value { return int }
    return nil
  }

  /// The number, if the node is a plain integer or a plain number with a fraction or an exponent.
  public var double: Double? {
    switch scalar?.value {
    case .int(let int): return Double(int)
    case .float(let double): return double
    default: return nil
    }
  }

  /// The texts of a list of scalars; a scalar alone is a list of one, null is an empty list.
  ///
  /// - Returns: `nil` when the node is a mapping, or a list that holds null, a list or a mapping.
  public var strings: [String]? {
    switch content {
    case .scalar:
      return isNull ? [] : text.map { [$0] }
    case .sequence(let nodes):
      let texts = nodes.compactMap(\.text)
      return texts.count == nodes.count ? texts : nil
    case .mapping:
      return nil
    }
  }

  /// What the node is, for messages: `a list`, `a mapping`, `null`, `a boolean`, `a number`, `a string`.
  public var kindDescription: String {
    switch content {
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    case .scalar(let scalar):
      switch scalar.value {
      case .null: return "null"
      case .bool: return "a boolean"
      case .int, .float: return "a number"
      case .string: return "a string"
      }
    }
  }
}
