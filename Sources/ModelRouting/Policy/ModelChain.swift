/// The models that may answer one kind of job, in the order in which they are asked.
public struct ModelChain: Sendable, Hashable {
  /// The models; never empty.
  public let models: [String]

  /// Makes a chain, unless there is no model.
  ///
  /// - Parameter models: The models in the order in which they are asked.
  public init?(_ models: [String]) {
    guard !models.isEmpty else { return nil }
    self.models = models
  }

  /// Makes the chain of a cheap and a strong model, or of one model where both are the same.
  ///
  /// - Parameters:
  ///   - local: The local candidate.
  ///   - strong: The strong one.
  public init(local: String, strong: String) {
    models = local == strong ? [local] : [local, strong]
  }

  /// The local candidate: the first.
  public var local: String { models[0] }

  /// The strong one: the last.
  public var strong: String { models[models.count - 1] }

  /// The models behind one of the chain: what is asked when it cannot answer.
  ///
  /// - Parameter model: A model of the chain.
  /// - Returns: The models behind it; empty when it is the last, or not in the chain.
  public func models(after model: String) -> ArraySlice<String> {
    guard let index = models.firstIndex(of: model) else { return [] }
    return models[(index + 1)...]
  }
}
