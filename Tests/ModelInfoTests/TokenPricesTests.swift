import Foundation
import NDJSON
import Records
import TestSupport
import Testing

@testable import ModelInfo

@Suite("What an answer costs")
struct TokenPricesTests {
  /// A model's description, a usage, and what it costs, worked out by hand.
  private struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let model: String
    let usage: String
    var tier: TokenPrices.Tier = .standard
    let cost: Double
  }

  private static let plain = #"{"input_cost_per_token":2e-6,"output_cost_per_token":10e-6}"#
  private static let rich = """
    {"input_cost_per_token":2e-6,"output_cost_per_token":10e-6,"cache_read_input_token_cost":1e-6,\
    "cache_creation_input_token_cost":3e-6,"cache_creation_input_token_cost_above_1hr":5e-6,\
    "output_cost_per_reasoning_token":20e-6,"input_cost_per_audio_token":40e-6,"output_cost_per_audio_token":80e-6,\
    "input_cost_per_token_above_200k_tokens":4e-6,"output_cost_per_token_above_200k_tokens":15e-6,\
    "input_cost_per_token_flex":1.5e-6,"output_cost_per_token_flex":5e-6,"input_cost_per_token_batches":0.5e-6}
    """

  private static let cases = [
    Case(
      testDescription: "text", model: plain, usage: #"{"prompt_tokens":100,"completion_tokens":10}"#, cost: 300e-6),
    Case(
      testDescription: "cached tokens without a price are read as text",
      model: plain, usage: #"{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":60}}"#, cost: 200e-6),
    Case(
      testDescription: "cached tokens", model: rich,
      usage: #"{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":60},"completion_tokens":0}"#,
      cost: 140e-6),
    Case(
      testDescription: "Anthropic's cache through LiteLLM, which counts it in the prompt", model: rich,
      usage: """
        {"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":50,"cache_creation_tokens":\
        30,"cache_creation_token_details":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}},\
        "cache_read_input_tokens":50,"cache_creation_input_tokens":30}
        """, cost: (20 * 2 + 50 * 1 + 10 * 3 + 20 * 5 + 10 * 10) * 1e-6),
    Case(
      testDescription: "Anthropic's own usage, which counts it beside the prompt", model: rich,
      usage: """
        {"input_tokens":20,"cache_read_input_tokens":50,"cache_creation_input_tokens":30,"output_tokens":10}
        """, cost: (20 * 2 + 50 * 1 + 30 * 3 + 10 * 10) * 1e-6),
    Case(
      testDescription: "reasoning within the answer", model: rich,
      usage: #"{"prompt_tokens":0,"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":40}}"#,
      cost: (10 * 10 + 40 * 20) * 1e-6),
    Case(
      testDescription: "reasoning beside the answer, in the total only", model: rich,
      usage: """
        {"prompt_tokens":10,"completion_tokens":10,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":40}}
        """, cost: (10 * 2 + 10 * 10 + 40 * 20) * 1e-6),
    Case(
      testDescription: "sound both ways", model: rich,
      usage: """
        {"prompt_tokens":30,"prompt_tokens_details":{"audio_tokens":20},"completion_tokens":25,\
        "completion_tokens_details":{"audio_tokens":15}}
        """, cost: (10 * 2 + 20 * 40 + 10 * 10 + 15 * 80) * 1e-6),
    Case(
      testDescription: "a long prompt", model: rich, usage: #"{"prompt_tokens":200001,"completion_tokens":1}"#,
      cost: 200_001 * 4e-6 + 15e-6),
    Case(
      testDescription: "a prompt at the bound is not long", model: rich,
      usage: #"{"prompt_tokens":200000,"completion_tokens":1}"#, cost: 0.4 + 10e-6),
    Case(
      testDescription: "a service tier", model: rich, usage: #"{"prompt_tokens":10,"completion_tokens":1}"#,
      tier: TokenPrices.Tier(serviceTier: "flex"), cost: 20e-6),
    Case(
      testDescription: "a service tier without prices of its own", model: rich,
      usage: #"{"prompt_tokens":10,"completion_tokens":1}"#, tier: TokenPrices.Tier(serviceTier: "priority"),
      cost: 30e-6),
    Case(
      testDescription: "a batch: the price that is named, and half of the one that is not", model: rich,
      usage: #"{"prompt_tokens":10,"completion_tokens":1}"#, tier: .batch, cost: 10e-6),
    Case(
      testDescription: "prices as text, as YAML leaves them",
      model: #"{"input_cost_per_token":"1e-6","output_cost_per_token":"2e-06"}"#,
      usage: #"{"prompt_tokens":1,"completion_tokens":1}"#, cost: 3e-6),
    Case(
      testDescription: "tiers by the prompt's length",
      model: """
        {"tiered_pricing":[{"range":[0,1000],"input_cost_per_token":1e-6,"output_cost_per_token":2e-6},\
        {"range":[1000,5000],"input_cost_per_token":3e-6,"output_cost_per_token":4e-6}]}
        """, usage: #"{"prompt_tokens":1001,"completion_tokens":1}"#, cost: 3007e-6),
    Case(
      testDescription: "what OpenRouter says",
      model: #"{"pricing":{"prompt":"0.000002","completion":"0.00001","internal_reasoning":"0"}}"#,
      usage: #"{"prompt_tokens":1,"completion_tokens":2,"completion_tokens_details":{"reasoning_tokens":1}}"#,
      cost: 22e-6),
    Case(
      testDescription: "a model that costs nothing",
      model: #"{"input_cost_per_token":0,"output_cost_per_token":0}"#,
      usage: #"{"prompt_tokens":10,"completion_tokens":1}"#, cost: 0),
    Case(
      testDescription: "more cached than there was, and more reasoning", model: rich,
      usage: """
        {"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":20,"audio_tokens":20},"completion_tokens":5,\
        "completion_tokens_details":{"reasoning_tokens":9}}
        """, cost: (20 * 1 + 9 * 20) * 1e-6),
  ]

  @Test("by the member that holds", arguments: cases)
  private func cost(_ row: Case) throws {
    let prices = try #require(facts(row.model).prices)
    let usage = try #require(value(row.usage) { TokenUsage($0) })
    let cost = prices.cost(of: usage, tier: row.tier)
    #expect(abs(cost - row.cost) <= 1e-9 * max(row.cost, 1e-6), "\(cost), not \(row.cost); \(usage)")
  }

  /// Tests/Fixtures/prices: an excerpt of LiteLLM's price map, and what LiteLLM 1.106's own calculation
  /// (`generic_cost_per_token`) makes of usages by it.
  @Test("is what LiteLLM makes of it")
  func sameAsLiteLLM() throws {
    let folder = "\(sourceRoot)/Tests/Fixtures/prices"
    let table = try ModelTable(Array(Data(contentsOf: URL(fileURLWithPath: "\(folder)/litellm.json"))))
    let lines = try String(contentsOfFile: "\(folder)/costs.ndjson", encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 200)
    for line in lines {
      try value(String(line)) { row in
        let prices = try #require(table[row["model"]?.string ?? ""]?.prices, "\(line)")
        let usage = try #require(row["usage"].flatMap { TokenUsage($0) })
        let cost = prices.cost(of: usage, tier: TokenPrices.Tier(serviceTier: row["tier"]?.string))
        let expected = try #require(row["cost"]?.double)
        #expect(abs(cost - expected) <= 1e-9 * expected, "\(cost): \(line)")
      }
    }
  }

  @Test("is finite, whatever the server counts")
  func extremes() throws {
    let prices = try #require(facts(Self.rich).prices)
    let count = "9223372036854775807"
    let usage = try #require(
      value(#"{"prompt_tokens":\#(count),"completion_tokens":1e400,"total_tokens":\#(count),"input_tokens":-1}"#) {
        TokenUsage($0)
      })
    #expect(prices.cost(of: usage).isFinite)
    for text in ["{}", "[]", "null", #"{"prompt_tokens":"many"}"#, #"{"prompt_tokens":-3}"#] {
      #expect(value(text) { TokenUsage($0) } == nil, "\(text)")
    }
  }

  private func facts(_ text: String) throws -> ModelFacts { try value(text) { try ModelFacts($0) } }

  private func value<Result>(_ text: String, _ body: (JSONValue) throws -> Result) rethrows -> Result {
    try Array(text.utf8).withUnsafeBytes { try body(JSONValue($0)) }
  }
}
