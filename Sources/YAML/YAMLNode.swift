/// A node of a YAML document: a scalar, a sequence or a mapping, and where it stands.
///
///     let root = try YAMLNode(parsing: "chain: [qwen35, 'claude']")
///     root["chain"]?.strings      // ["qwen35", "claude"]
public struct YAMLNode: Sendable, Equatable {
  /// What a node holds.
  public indirect enum Content: Sendable, Equatable {
    /// A single value.
    case scalar(YAMLScalar)
    /// Values in order.
    case sequence([YAMLNode])
    /// Keys and values in the order of the text; every key is there once.
    case mapping([YAMLEntry])
  }

  /// What the node holds. An alias holds what its anchor holds.
  public let content: Content
  /// Where the node begins; for an alias, where the alias is.
  public let location: YAMLLocation

  /// Makes a node.
  ///
  /// - Parameters:
  ///   - content: What the node holds.
  ///   - location: Where it begins.
  public init(_ content: Content, at location: YAMLLocation) {
    self.content = content
    self.location = location
  }

  /// Reads a text that holds one YAML document, or none, which is `null`.
  ///
  /// - Parameters:
  ///   - bytes: The text, UTF-8, with or without a byte order mark.
  ///   - firstLine: The number of the first line, so that a part of a file (front matter) names the lines of the file.
  ///   - limits: How much the text may ask for.
  /// - Throws: ``YAMLError`` with line and column.
  public init(parsing bytes: [UInt8], firstLine: Int = 1, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
    self = try TreeBuilder.document(bytes, firstLine: firstLine, limits: limits)
  }

  /// Reads a text that holds one YAML document, or none, which is `null`.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - firstLine: The number of the first line.
  ///   - limits: How much the text may ask for.
  /// - Throws: ``YAMLError`` with line and column.
  public init(parsing text: String, firstLine: Int = 1, limits: YAMLLimits = YAMLLimits()) throws(YAMLError) {
    try self.init(parsing: Array(text.utf8), firstLine: firstLine, limits: limits)
  }
}

/// A key and its value in a mapping.
public struct YAMLEntry: Sendable, Equatable {
  /// The text of the key, without its quotes.
  public let key: String
  /// Where the key begins.
  public let keyLocation: YAMLLocation
  /// The value.
  public let value: YAMLNode

  /// Makes an entry.
  ///
  /// - Parameters:
  ///   - key: The text of the key.
  ///   - keyLocation: Where the key begins.
  ///   - value: The value.
  public init(key: String, at keyLocation: YAMLLocation, value: YAMLNode) {
    self.key = key
    self.keyLocation = keyLocation
    self.value = value
  }
}
