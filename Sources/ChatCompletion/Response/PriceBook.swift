import ModelInfo
import NDJSON
import Records
import Servers

/// What answers cost by `--prices`, where the server does not say it. It keeps what it looked up.
struct PriceBook {
  private let table: ModelTable
  private var known: [String: TokenPrices?] = [:]

  init(_ table: ModelTable) { self.table = table }

  /// What an attempt cost.
  ///
  /// - Parameters:
  ///   - outcome: What came of it.
  ///   - asked: The model that was asked.
  ///   - tier: Whose prices hold; nil leaves it to the answer.
  /// - Returns: US dollars; nil when the server counted no tokens or the model has no price.
  mutating func cost(of outcome: AttemptOutcome, asked: String, tier: TokenPrices.Tier? = nil) -> Double? {
    guard let bytes = outcome.usage else { return nil }
    guard let usage = bytes.withUnsafeBytes({ TokenUsage(JSONValue($0)) }) else { return nil }
    guard let prices = prices(of: outcome, asked: asked) else { return nil }
    return prices.cost(of: usage, tier: tier ?? TokenPrices.Tier(serviceTier: outcome.serviceTier))
  }

  /// What an attempt probably cost whose tokens nobody counted: a stream that broke off, or of a server that counts none.
  /// Nothing was paid for what was refused.
  ///
  /// - Parameters:
  ///   - outcome: What came of it.
  ///   - record: The record, with its request still on its way.
  /// - Returns: US dollars; nil when the model has no price.
  mutating func estimatedCost(of outcome: AttemptOutcome, _ record: InFlightRecord) -> Double? {
    guard (200...299).contains(outcome.status), let prices = prices(of: outcome, asked: record.model) else {
      return nil
    }
    let text: [UInt8]? =
      if case .success(let answer) = outcome.result { answer.text } else { record.transmission?.stream?.partialText }
    let usage = TokenUsage(
      prompt: TokenEstimate.tokens(inRequest: JSONValue(record.request.identity.bytes)),
      completion: text?.withUnsafeBytes { TokenEstimate.tokens(in: JSONValue($0)) } ?? 0)
    return prices.cost(of: usage, tier: TokenPrices.Tier(serviceTier: outcome.serviceTier))
  }

  /// A model's prices.
  mutating func prices(of model: String) -> TokenPrices? {
    if let known = known[model] { return known }
    let prices = table[model]?.prices
    known[model] = .some(prices)
    return prices
  }

  /// Those of the model that answered. A server may have a name of its own for the model that was asked, but what another
  /// model costs says nothing.
  private mutating func prices(of outcome: AttemptOutcome, asked: String) -> TokenPrices? {
    prices(of: outcome.model) ?? (outcome.serverFellBack ? nil : prices(of: asked))
  }
}
