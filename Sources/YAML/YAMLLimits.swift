/// How much a text may ask for before it is refused.
///
/// A short text can stand for a huge tree ("billion laughs": aliases of aliases), so nodes are counted as they would be
/// after every alias is expanded.
public struct YAMLLimits: Sendable, Equatable {
  /// The longest text, in bytes.
  public var bytes: Int
  /// The deepest nesting of sequences and mappings.
  public var depth: Int
  /// The most nodes, with every alias counted as a copy of what it stands for.
  public var nodes: Int

  /// Makes limits.
  ///
  /// - Parameters:
  ///   - bytes: The longest text, in bytes.
  ///   - depth: The deepest nesting of sequences and mappings.
  ///   - nodes: The most nodes, aliases expanded.
  public init(bytes: Int = 8 << 20, depth: Int = 64, nodes: Int = 500_000) {
    self.bytes = bytes
    self.depth = depth
    self.nodes = nodes
  }
}
