import Platform
public import YAML

/// Which models answer which skill: the contents of `models.yaml`.
public struct ModelCatalog: Sendable, Equatable {
  /// The chain of a skill that has none of its own.
  public let defaultChain: ModelChain
  /// The chains of skills.
  public let chains: [String: ModelChain]

  /// Makes a catalogue.
  ///
  /// - Parameters:
  ///   - defaultChain: The chain of a skill that has none of its own.
  ///   - chains: The chains of skills.
  public init(defaultChain: ModelChain, chains: [String: ModelChain] = [:]) {
    self.defaultChain = defaultChain
    self.chains = chains
  }

  /// The chain of a skill.
  ///
  /// - Parameter skill: The skill, or `nil` for a record without one.
  /// - Returns: Its own chain, else the default one.
  public func chain(for skill: String?) -> ModelChain {
    skill.flatMap { chains[$0] } ?? defaultChain
  }

  /// Whether a model is in some chain.
  ///
  /// - Parameter model: The model.
  /// - Returns: False when no record can go to it, unless the record names it.
  public func uses(_ model: String) -> Bool {
    defaultChain.models.contains(model) || chains.values.contains { $0.models.contains(model) }
  }

  /// Reads `models.yaml`:
  ///
  ///     default_chain: [qwen35, claude-sonnet-4-6]
  ///     skills:
  ///       review: {chain: [devstral, claude-sonnet-4-6]}
  ///
  /// A chain of one model says nothing about the strong one: that is the one that the user names, if there is one.
  ///
  /// - Parameters:
  ///   - bytes: The text of the file.
  ///   - standard: The default chain where the file names none.
  ///   - strong: The strong model, if the user names it.
  /// - Throws: ``YAMLError`` with line and column, for an unknown key, an empty chain and a model that is not a string too.
  public init(yaml bytes: [UInt8], standard: ModelChain, strong: String? = nil) throws(YAMLError) {
    let root = try YAMLNode(parsing: bytes, limits: YAMLLimits(bytes: 16 << 20))
    var defaultChain = standard
    var chains: [String: ModelChain] = [:]
    for entry in try Self.entries(of: root, what: "the file", allowed: ["default_chain", "skills"]) {
      if entry.key == "default_chain" {
        defaultChain = try Self.chain(entry.value, of: "default_chain", strong)
      } else {
        for skill in try Self.entries(of: entry.value, what: "skills", allowed: nil) {
          chains[skill.key] = try Self.skillChain(skill, strong)
        }
      }
    }
    self.init(defaultChain: defaultChain, chains: chains)
  }

  private static func skillChain(_ skill: YAMLEntry, _ strong: String?) throws(YAMLError) -> ModelChain {
    let name = "skills.\(skill.key)"
    guard let entry = try entries(of: skill.value, what: name, allowed: ["chain"]).first else {
      throw error("\(name) has no 'chain'", at: skill.keyLocation)
    }
    return try chain(entry.value, of: name + ".chain", strong)
  }

  private static func entries(of node: YAMLNode, what: String, allowed: [String]?) throws(YAMLError) -> [YAMLEntry] {
    if node.isNull { return [] }
    guard let entries = node.mapping else {
      throw error("\(what) must be a mapping, and is \(node.kindDescription)", at: node.location)
    }
    if let allowed, let unknown = entries.first(where: { !allowed.contains($0.key) }) {
      let list = allowed.map { "'\($0)'" }.joined(separator: " and ")
      throw error("unknown key '\(unknown.key)' in \(what): allowed is \(list)", at: unknown.keyLocation)
    }
    return entries
  }

  private static func chain(
    _ node: YAMLNode, of name: String, _ strong: String?
  ) throws(YAMLError) -> ModelChain {
    guard let nodes = node.sequence else {
      throw error("\(name) must be a list of models, and is \(node.kindDescription)", at: node.location)
    }
    var models: [String] = []
    for element in nodes {
      guard let model = element.string.flatMap({ SettingText.trimmed($0) }) else {
        throw error(
          "\(name) holds \(element.kindDescription): a model is a string that is not empty", at: element.location)
      }
      guard !models.contains(model) else {
        throw error("\(name) holds '\(model)' twice", at: element.location)
      }
      models.append(model)
    }
    if let strong, models.count == 1, models[0] != strong { models.append(strong) }
    guard let chain = ModelChain(models) else {
      throw error("\(name) is empty: it needs at least one model", at: node.location)
    }
    return chain
  }

  private static func error(_ message: String, at location: YAMLLocation) -> YAMLError {
    YAMLError(kind: .content, message: message, location: location)
  }
}
