import NDJSON
import Platform
import Records

/// Models, their windows and their prices, from a file: what `hg-complete --models` or `--health` printed, a list of names,
/// what a server answers to `/v1/models` or `/model/info`, or LiteLLM's `model_prices_and_context_window.json`.
///
/// All of it is checked when it is read; a model's facts are put together when they are asked for.
public struct ModelTable: Sendable {
  /// What is wrong with a file, and where.
  public struct Invalid: Error, Equatable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// What is wrong: the model, the member, its value, and what is allowed.
    public let message: String

    /// `17: gpt-4o: input_cost_per_token: -1 is not allowed: ...`, to be put behind the file's name and a colon.
    public var description: String { "\(line): \(message)" }
  }

  /// The models that the file lists as being there; nil for a map of prices, which lists the world's models.
  public let listed: Set<String>?

  private let bytes: [UInt8]
  /// Where in `bytes` each model is described, one place or more.
  private let places: [String: [Range<Int>]]

  /// Reads a file.
  ///
  /// - Parameter bytes: Its content.
  /// - Throws: What is wrong with it. A file without any model is wrong.
  public init(_ bytes: [UInt8]) throws(Invalid) {
    var reader = ModelTableReader()
    try reader.read(bytes)
    listed = reader.isMap ? nil : reader.names
    places = reader.places
    self.bytes = bytes
  }

  /// What is known of a model: of its name, else of the name without the provider in front, as in `openai/gpt-4o`.
  ///
  /// - Parameter model: As it is asked for.
  /// - Returns: nil when there is nothing about it.
  public subscript(model: String) -> ModelFacts? {
    var name = Substring(model)
    while true {
      if let facts = facts(named: String(name)) { return facts }
      guard let slash = name.firstIndex(of: "/") else { return nil }
      name = name[name.index(after: slash)...]
    }
  }

  /// What is known of a model under just this name.
  ///
  /// - Parameter model: As the server lists it.
  /// - Returns: nil when there is nothing about it.
  public func facts(named model: String) -> ModelFacts? { places[model].map(facts) }

  /// Whether any model has a price.
  public var hasPrices: Bool { places.values.contains { facts($0).prices != nil } }

  private func facts(_ places: [Range<Int>]) -> ModelFacts {
    bytes.withUnsafeBytes { bytes in
      places.reduce(nil) { (facts: ModelFacts?, place) in
        // It was read once before.
        let next = (try? ModelFacts(JSONValue(UnsafeRawBufferPointer(rebasing: bytes[place])))) ?? ModelFacts()
        return facts?.combined(with: next) ?? next
      } ?? ModelFacts()
    }
  }
}
