public import Records

/// What a model's tokens cost, in US dollars a token, by the members that LiteLLM's price map has for it
/// (https://docs.litellm.ai/docs/proxy/custom_pricing).
///
/// A kind of tokens without a price of its own costs what its side does: cached, written to a cache, sound and images of a
/// prompt like its text; reasoning, sound and images of an answer like its text.
public struct TokenPrices: Sendable, Equatable {
  /// Which of a model's prices holds for a request.
  public enum Tier: Sendable, Equatable {
    /// The usual ones.
    case standard
    /// Those of the batch API: half of the usual ones, where the model names none.
    case batch
    /// Those of a `service_tier`, where the model names them: `flex`, `priority`.
    case service(String)

    /// The tier that an API names.
    ///
    /// - Parameter serviceTier: `service_tier` of a request or of an answer; `default` and nil are the usual prices.
    public init(serviceTier: String?) {
      switch serviceTier?.lowercased() {
      case "batch": self = .batch
      case "fast": self = .service("priority")
      case let name? where !["", "auto", "default", "standard"].contains(name): self = .service(name)
      default: self = .standard
      }
    }

    fileprivate var suffix: String {
      switch self {
      case .standard: ""
      case .batch: "_batches"
      case .service(let name): "_\(name)"
      }
    }
  }

  /// One of LiteLLM's `tiered_pricing`: what all tokens of a request cost whose prompt is this long.
  struct Step: Sendable, Equatable {
    let from: Double
    let to: Double
    let rates: [String: Double]
  }

  /// By LiteLLM's names.
  let rates: [String: Double]
  let steps: [Step]
  /// The prompt lengths from which on other prices hold, as the names have them, longest first: `200k`.
  private let thresholds: [(tokens: Double, name: String)]

  init?(rates: [String: Double], steps: [Step]) {
    let priced = rates.keys.contains { $0.hasPrefix(Name.input) || $0.hasPrefix(Name.output) }
    guard priced || !steps.isEmpty else { return nil }
    self.rates = rates
    self.steps = steps
    let names = Set(rates.keys.compactMap(Self.threshold))
    thresholds = names.compactMap { name in
      let isThousands = name.hasSuffix("k")
      return Double(isThousands ? String(name.dropLast()) : name).map { ($0 * (isThousands ? 1000 : 1), name) }
    }.sorted { $0.tokens > $1.tokens }
  }

  /// Whether both hold the same prices.
  public static func == (left: TokenPrices, right: TokenPrices) -> Bool {
    left.rates == right.rates && left.steps == right.steps
  }

  /// What a token of a short prompt costs.
  public var input: Double { rate(Name.input, .standard, prompt: 0) ?? 0 }

  /// What a token of an answer to a short prompt costs.
  public var output: Double { rate(Name.output, .standard, prompt: 0) ?? 0 }

  /// What an answer costs.
  ///
  /// - Parameters:
  ///   - usage: What it took.
  ///   - tier: Which prices hold.
  /// - Returns: US dollars, finite, not negative.
  public func cost(of usage: TokenUsage, tier: Tier = .standard) -> Double {
    let price = { (name: String) in rate(name, tier, prompt: usage.prompt) }
    let input = price(Name.input) ?? 0
    let cached = price(Name.cached) ?? input
    let written = price(Name.cacheWriting) ?? input
    let promptText =
      usage.prompt - usage.cached - usage.cacheWriting - usage.promptAudio - usage.promptImage
    let output = price(Name.output) ?? price(Name.outputImage) ?? 0
    let answerText = usage.completion - usage.reasoning - usage.completionAudio - usage.completionImage
    // Most answers have none of the others.
    var cost = Double(promptText) * input + Double(answerText) * output
    func add(_ tokens: Int, _ price: @autoclosure () -> Double) {
      if tokens > 0 { cost += Double(tokens) * price() }
    }
    add(usage.cached - usage.cachedAudio, cached)
    add(usage.cachedAudio, price(Name.cachedAudio) ?? cached)
    add(usage.cacheWriting - usage.longCacheWriting, written)
    add(usage.longCacheWriting, price(Name.longCacheWriting) ?? written)
    add(usage.promptAudio, price(Name.inputAudio) ?? input)
    add(usage.promptImage, price(Name.inputImage) ?? input)
    add(usage.reasoning, reasoning(tier, output, prompt: usage.prompt))
    add(usage.completionAudio, price(Name.outputAudio) ?? output)
    add(usage.completionImage, price(Name.outputImage) ?? output)
    return min(max(cost, 0), .greatestFiniteMagnitude)
  }

  private enum Name {
    static let input = "input_cost_per_token"
    static let output = "output_cost_per_token"
    static let cached = "cache_read_input_token_cost"
    static let cacheWriting = "cache_creation_input_token_cost"
    static let longCacheWriting = "cache_creation_input_token_cost_above_1hr"
    static let cachedAudio = "cache_read_input_audio_token_cost"
    static let inputAudio = "input_cost_per_audio_token"
    static let inputImage = "input_cost_per_image_token"
    static let reasoning = "output_cost_per_reasoning_token"
    static let outputAudio = "output_cost_per_audio_token"
    static let outputImage = "output_cost_per_image_token"
  }

  /// The price of a kind of tokens: for long prompts before the usual one, of the tier before the standard one.
  private func rate(_ name: String, _ tier: Tier, prompt: Int) -> Double? {
    if let step = step(prompt), let rate = step.rates[name] { return tier == .batch ? rate / 2 : rate }
    guard tier != .standard || !thresholds.isEmpty else { return rates[name] }
    let long = thresholds.filter { Double(prompt) > $0.tokens }.map { "\(name)_above_\($0.name)_tokens" }
    let suffix = tier.suffix
    let isBatch = tier == .batch
    for name in long {
      if let rate = rates[name + suffix] { return rate }
      // Half the long prompt's price is nearer to the truth than the short prompt's of a batch.
      if let rate = rates[name] { return isBatch ? rate / 2 : rate }
    }
    return rates[name + suffix] ?? rates[name].map { isBatch ? $0 / 2 : $0 }
  }

  /// Reasoning costs what the answer does, unless it has a price of its own in the same tier.
  private func reasoning(_ tier: Tier, _ output: Double, prompt: Int) -> Double {
    if tier != .standard, rates[Name.reasoning + tier.suffix] == nil, rates[Name.output + tier.suffix] != nil {
      return output
    }
    return rate(Name.reasoning, tier, prompt: prompt) ?? output
  }

  private func step(_ prompt: Int) -> Step? {
    guard let last = steps.last else { return nil }
    return steps.first { $0.from < Double(prompt) && Double(prompt) <= $0.to } ?? (prompt > 0 ? last : steps.first)
  }

  /// What stands between `_above_` and `_tokens` in a price's name.
  private static func threshold(_ name: String) -> String? {
    // Few names have a number in them.
    guard name.utf8.contains(where: { (0x30...0x39).contains($0) }) else { return nil }
    let parts = name.split(separator: "_", omittingEmptySubsequences: false)
    guard let end = parts.lastIndex(of: "tokens"), end >= 2, parts[end - 2] == "above" else { return nil }
    return String(parts[end - 1])
  }
}
