import NDJSON
import Platform

/// How many more requests and tokens a server takes for now, as it says in `x-ratelimit-remaining-*`.
struct RateHeaders {
  /// Requests; nil when it does not say.
  var requests: Int?
  /// Tokens; nil when it does not say.
  var tokens: Int?
  /// Seconds until there are more; nil when it does not say.
  var reset: Double?

  private typealias Names = [StaticString]

  private static let remainingRequests: Names = [
    "x-ratelimit-remaining-requests", "llm_provider-x-ratelimit-remaining-requests",
    "anthropic-ratelimit-requests-remaining",
  ]
  private static let remainingTokens: Names = [
    "x-ratelimit-remaining-tokens", "llm_provider-x-ratelimit-remaining-tokens",
    "anthropic-ratelimit-tokens-remaining",
  ]
  private static let requestsReset: Names = [
    "x-ratelimit-reset-requests", "llm_provider-x-ratelimit-reset-requests",
  ]
  private static let tokensReset: Names = ["x-ratelimit-reset-tokens", "llm_provider-x-ratelimit-reset-tokens"]

  /// Reads the headers of OpenAI, as LiteLLM passes them on too, or of Anthropic; nil when none of them is there.
  ///
  /// - Parameter header: Finds a header by its name in lower case.
  init?(_ header: (StaticString) -> String?) {
    func first(_ names: Names) -> String? {
      for name in names { if let value = header(name) { return value } }
      return nil
    }
    func count(_ names: Names) -> Int? { first(names).flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 } }
    (requests, tokens) = (count(Self.remainingRequests), count(Self.remainingTokens))
    guard requests ?? tokens != nil else { return nil }
    reset = first(requests == 0 ? Self.requestsReset : Self.tokensReset).flatMap(Self.seconds)
  }

  /// A time as OpenAI writes it: `6m0s`, `1.5s`, `250ms`; or a number of seconds.
  ///
  /// - Parameter text: The header.
  /// - Returns: Seconds, from 0; nil for anything else.
  static func seconds(_ text: String) -> Double? {
    if let plain = Double(text) { return plain.isFinite && plain >= 0 ? plain : nil }
    var sum = 0.0
    var number = ""
    var rest = Substring(text)
    while let next = rest.popFirst() {
      if next.isNumber || next == "." {
        number.append(next)
        continue
      }
      let isMillisecond = next == "m" && rest.first == "s"
      if isMillisecond { rest.removeFirst() }
      let units: [Character: Double] = ["d": 86_400, "h": 3600, "m": 60, "s": 1]
      guard let value = Double(number), let unit = isMillisecond ? 0.001 : units[next] else { return nil }
      sum += value * unit
      number = ""
    }
    return number.isEmpty && sum.isFinite && !text.isEmpty ? sum : nil
  }
}

/// Heeds what servers say of their rates, by model: no more requests are on their way than they will take.
struct ServerRates {
  private struct Model {
    var running = 0
    var remaining: RateHeaders?
    /// Nothing more is taken before.
    var opening = MonotonicTime.past
    /// Of an answer, the mean of the latest.
    var meanTokens = 0.0
  }

  private let longestWait: Double
  private var models: [String: Model] = [:]

  /// - Parameter longestWait: In seconds, whatever a server says.
  init(longestWait: Double) { self.longestWait = longestWait }

  /// When a model may be asked.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - now: The moment.
  /// - Returns: Now; later; `never` when the end of a request on its way decides.
  func opening(_ model: String, now: MonotonicTime) -> MonotonicTime {
    guard let state = models[model], let remaining = state.remaining else { return now }
    if state.opening > now { return state.opening }
    let byTokens = remaining.tokens.map { state.meanTokens > 0 ? Int(saturating: Double($0) / state.meanTokens) : $0 }
    let allowed = max(1, min(remaining.requests ?? .max, byTokens ?? .max))
    return state.running < allowed ? now : .never
  }

  /// Notes that a request goes out.
  mutating func started(_ model: String) { models[model, default: Model()].running += 1 }

  /// Notes what came back.
  ///
  /// - Parameters:
  ///   - model: The model that was asked.
  ///   - headers: What the response says; nil when it says nothing.
  ///   - tokens: What it took.
  ///   - now: The moment.
  mutating func finished(_ model: String, _ headers: RateHeaders?, tokens: Int?, now: MonotonicTime) {
    var state = models.removeValue(forKey: model) ?? Model()
    state.running = max(0, state.running - 1)
    if let tokens {
      state.meanTokens += (Double(tokens) - state.meanTokens) / (state.meanTokens == 0 ? 1 : 8)
    }
    state.remaining = headers ?? state.remaining
    if let headers, headers.requests == 0 || headers.tokens == 0, let reset = headers.reset {
      state.opening = now.adding(seconds: min(reset, longestWait))
    }
    models[model] = state
  }
}
