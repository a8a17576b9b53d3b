public import NDJSON
import Platform
import Records

/// What is known of a model: its window and its prices.
public struct ModelFacts: Sendable, Equatable {
  /// How long a prompt may be, in tokens.
  public var maxInputTokens: Int?
  /// How long an answer may be, in tokens.
  public var maxOutputTokens: Int?
  /// What it is for, in LiteLLM's words: `chat`, `embedding`.
  public var mode: String?
  /// What its tokens cost; nil when nobody says it.
  public var prices: TokenPrices?

  /// Makes facts that say nothing.
  public init() {}

  /// What holds whichever of two servers for the same model answers: the dearer prices and the smaller window.
  ///
  /// - Parameter other: What is known of the other one.
  /// - Returns: Both together.
  func combined(with other: ModelFacts) -> ModelFacts {
    var both = self
    both.maxInputTokens = Self.smaller(maxInputTokens, other.maxInputTokens)
    both.maxOutputTokens = Self.smaller(maxOutputTokens, other.maxOutputTokens)
    both.mode = mode ?? other.mode
    if let own = prices, let others = other.prices {
      let steps = own.steps.isEmpty ? others.steps : own.steps
      both.prices = TokenPrices(rates: own.rates.merging(others.rates) { max($0, $1) }, steps: steps)
    } else {
      both.prices = prices ?? other.prices
    }
    return both
  }

  private static func smaller(_ left: Int?, _ right: Int?) -> Int? {
    guard let left, let right else { return left ?? right }
    return min(left, right)
  }

  /// Writes what a server's own description of the model lacks, under LiteLLM's names.
  ///
  /// - Parameters:
  ///   - writer: Gets members, in an object.
  ///   - entry: The description.
  public func write(to writer: inout JSONWriter, besides entry: JSONValue) {
    let lacks = { (name: String) in entry.value(named: name)?.unlessNull == nil }
    if lacks("mode") { writer.member("mode", mode) }
    if lacks("max_input_tokens") { writer.member("max_input_tokens", maxInputTokens) }
    if lacks("max_output_tokens") { writer.member("max_output_tokens", maxOutputTokens) }
    guard let prices else { return }
    for (name, rate) in prices.rates.sorted(by: { Self.order($0.key) < Self.order($1.key) }) where lacks(name) {
      writer.name(any: name)
      writer.double(rate)
    }
    guard !prices.steps.isEmpty, lacks("tiered_pricing") else { return }
    writer.name("tiered_pricing")
    writer.array { array in
      for step in prices.steps {
        array.object { object in
          object.name("range")
          object.array { range in
            range.double(step.from)
            range.double(step.to)
          }
          for (name, rate) in step.rates.sorted(by: { Self.order($0.key) < Self.order($1.key) }) {
            object.name(any: name)
            object.double(rate)
          }
        }
      }
    }
  }

  /// The two prices that everybody looks for come first.
  private static func order(_ name: String) -> (Int, String) {
    (name == "input_cost_per_token" ? 0 : name == "output_cost_per_token" ? 1 : 2, name)
  }
}
