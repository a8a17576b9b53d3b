import NDJSON
import Platform
import Records

extension ModelFacts {
  /// What is wrong with a model's description: a member, its value, and what is allowed.
  struct Invalid: Error {
    /// Where, in bytes behind the description's start.
    let offset: Int
    let message: String

    init(_ name: JSONValue, _ value: JSONValue, in description: JSONValue, allowed: String) {
      let text = value.text
      let shown = text.count > 60 ? text.prefix(60) + "..." : text
      message = "\(name.string ?? ""): \(shown) is not allowed: \(allowed)"
      guard let start = value.bytes.baseAddress, let base = description.bytes.baseAddress else {
        offset = 0
        return
      }
      offset = start - base
    }
  }

  /// Where servers say how long a prompt may be: LiteLLM, OpenRouter, vLLM, Groq, LM Studio.
  private static let windows: [StaticString] = [
    "max_input_tokens", "context_length", "max_model_len", "context_window", "max_context_length",
  ]

  /// Reads a model's description.
  ///
  /// - Parameter description: An object with LiteLLM's names, or with what OpenRouter and others say.
  /// - Throws: A price or a length that is not a number.
  init(_ description: JSONValue) throws(Invalid) {
    var rates: [String: Double] = [:]
    var steps: [TokenPrices.Step] = []
    var window: (place: Int, tokens: Int)?
    for (name, value) in description.members {
      if value.isNull { continue }
      if Self.isPrice(name) {
        rates[name.string ?? ""] = try Self.price(name, value, in: description)
      } else if let place = Self.windows.firstIndex(where: { name.isNamed(MemberName(stringLiteral: $0)) }) {
        guard let tokens = try Self.length(name, value, in: description) else { continue }
        if place <= window?.place ?? place { window = (place, tokens) }
      } else if name.isNamed("max_output_tokens") {
        maxOutputTokens = try Self.length(name, value, in: description)
      } else if name.isNamed("mode") {
        mode = value.string
      } else if name.isNamed("tiered_pricing") {
        steps = try Self.steps(name, value, in: description)
      } else if name.isNamed("pricing") {
        rates.merge(Self.pricing(value)) { own, _ in own }
      } else if name.isNamed("top_provider"), maxOutputTokens == nil {
        maxOutputTokens = value["max_completion_tokens"]?.count.flatMap { $0 > 0 ? $0 : nil }
      }
    }
    maxInputTokens = window?.tokens
    prices = TokenPrices(rates: rates, steps: steps)
  }

  /// Whether a member is a price of LiteLLM's for something that is counted in tokens.
  private static func isPrice(_ name: JSONValue) -> Bool {
    guard let content = name.escapedContent, content.count >= 20 else { return false }
    switch content[0] {
    case UInt8(ascii: "i"): return isPerToken(content, behind: "input_cost_per_")
    case UInt8(ascii: "o"): return isPerToken(content, behind: "output_cost_per_")
    case UInt8(ascii: "c"):
      return content.starts(with: "cache_read_input_".utf8) || content.starts(with: "cache_creation_input_".utf8)
    default: return false
    }
  }

  private static func isPerToken(_ name: UnsafeRawBufferPointer, behind prefix: StaticString) -> Bool {
    guard name.starts(with: UnsafeBufferPointer(start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)) else {
      return false
    }
    let unit = name[prefix.utf8CodeUnitCount...]
    return units.contains { unit.starts(with: $0) }
  }

  private static let units = ["token", "audio_token", "image_token", "reasoning_token"].map { Array($0.utf8) }

  /// A price in US dollars. LiteLLM takes text too, for YAML has no `1e-6`.
  private static func price(
    _ name: JSONValue, _ value: JSONValue, in description: JSONValue
  ) throws(Invalid) -> Double {
    let number = value.double ?? value.string.flatMap { DecimalNumber($0)?.value }
    guard let number, number.isFinite, number >= 0 else {
      throw Invalid(name, value, in: description, allowed: "a price in dollars, 0 or more")
    }
    return number
  }

  /// A number of tokens; 0 says nothing.
  private static func length(
    _ name: JSONValue, _ value: JSONValue, in description: JSONValue
  ) throws(Invalid) -> Int? {
    let count = value.count ?? value.string.flatMap { DecimalNumber($0)?.int }
    guard let count, count >= 0 else {
      throw Invalid(name, value, in: description, allowed: "a number of tokens")
    }
    return count > 0 ? count : nil
  }

  private static func steps(
    _ name: JSONValue, _ value: JSONValue, in description: JSONValue
  ) throws(Invalid) -> [TokenPrices.Step] {
    var steps: [TokenPrices.Step] = []
    for step in value.elements {
      var rates: [String: Double] = [:]
      for (name, value) in step.members where !value.isNull && isPrice(name) {
        rates[name.string ?? ""] = try price(name, value, in: description)
      }
      // Searches have steps too, which are counted in results.
      if rates.isEmpty { continue }
      let range = step["range"]?.elements.compactMap(\.double) ?? []
      guard range.count == 2, range[0] <= range[1] else {
        throw Invalid(name, step, in: description, allowed: "prices and a 'range' of two numbers")
      }
      steps.append(TokenPrices.Step(from: range[0], to: range[1], rates: rates))
    }
    return steps.sorted { $0.from < $1.from }
  }

  /// OpenRouter's prices, as text. What is negative there depends on the model that is chosen in the end; what is 0 beside
  /// the two main ones is not told apart.
  private static func pricing(_ value: JSONValue) -> [String: Double] {
    let names: [(theirs: MemberName, ours: String)] = [
      ("prompt", "input_cost_per_token"), ("completion", "output_cost_per_token"),
      ("input_cache_read", "cache_read_input_token_cost"), ("input_cache_write", "cache_creation_input_token_cost"),
      ("internal_reasoning", "output_cost_per_reasoning_token"), ("audio", "input_cost_per_audio_token"),
    ]
    var rates: [String: Double] = [:]
    for (place, name) in names.enumerated() {
      let text = value[name.theirs]
      guard let rate = text?.double ?? text?.string.flatMap({ DecimalNumber($0)?.value }), rate.isFinite, rate >= 0,
        rate > 0 || place < 2
      else { continue }
      rates[name.ours] = rate
    }
    return rates
  }
}
