public import ModelInfo
public import NDJSON
import Platform
import Records
import Servers

/// What records would cost: reads them and sends nothing.
public struct CostEstimate {
  /// What one model would be asked.
  public struct Share: Sendable, Equatable {
    /// The model.
    public let model: String
    /// Records that ask it first.
    public fileprivate(set) var requests = 0
    /// Records that ask it when others failed.
    public fileprivate(set) var fallbacks = 0
    /// The tokens of all these prompts, estimated.
    public fileprivate(set) var promptTokens = 0
    /// The tokens of the longest answers that are allowed; nil when nothing limits one of them.
    public fileprivate(set) var maxTokens: Int? = 0
    /// US dollars, when it is asked first only and says nothing; nil without a price.
    public fileprivate(set) var least: Double? = 0
    /// US dollars, when each of them asks it and is answered at length; nil without a price or a limit.
    public fileprivate(set) var most: Double? = 0

    init(model: String) { self.model = model }
  }

  /// The models, in the order in which they first came up.
  public private(set) var shares: [Share] = []

  private var places: [String: Int] = [:]
  private let builder: RequestBuilder
  private let table: ModelTable?
  private let tier: TokenPrices.Tier?
  /// How often a model may be asked for one record, because its answers are rejected.
  private let rounds: Int
  /// What `shares` needs of the table, looked up once.
  private var facts: [ModelFacts?] = []

  /// Makes an estimate of nothing.
  ///
  /// - Parameters:
  ///   - options: As for a run; `prices` has the prices and the limits of answers.
  ///   - tier: The prices that hold for all; nil leaves them to each request's `service_tier`.
  public init(_ options: CompletionOptions, tier: TokenPrices.Tier? = nil) {
    builder = RequestBuilder(options: options)
    table = options.prices
    self.tier = tier
    rounds = options.judging.check == nil ? 1 : 1 + options.judging.repairs
  }

  /// Adds a record.
  ///
  /// - Parameter record: The record; one that failed before would not be asked.
  /// - Throws: The record's error, if nothing would be sent.
  public mutating func add(_ record: Record) throws(RecordError) {
    guard !record.hasFailed else { return }
    let request: ChatRequest
    do throws(CompletionFailure) { request = try builder.request(of: record) } catch { throw error.recordError }
    let body = JSONValue(request.body(modelIndex: 0).bytes)
    let prompt = TokenEstimate.tokens(inRequest: body)
    let tier = tier ?? TokenPrices.Tier(serviceTier: body["service_tier"]?.string)
    let limit = AnswerLimit(of: body)
    var asked: Set<String> = []
    for (number, model) in request.models.enumerated() where asked.insert(model).inserted {
      let place = place(of: model)
      shares[place].add(prompt, limit, rounds: rounds, isFirst: number == 0, facts[place], tier)
    }
  }

  private mutating func place(of model: String) -> Int {
    if let place = places[model] { return place }
    places[model] = shares.count
    shares.append(Share(model: model))
    facts.append(table?[model])
    return shares.count - 1
  }
}

extension CostEstimate.Share {
  fileprivate mutating func add(
    _ prompt: Int, _ limit: AnswerLimit, rounds: Int, isFirst: Bool, _ facts: ModelFacts?, _ tier: TokenPrices.Tier
  ) {
    if isFirst { requests += 1 } else { fallbacks += 1 }
    promptTokens.addSaturated(prompt.multipliedSaturated(by: rounds))
    let longest = limit.tokens(at: facts)
    maxTokens = longest.flatMap { maxTokens?.addingSaturated($0.multipliedSaturated(by: rounds)) }
    let cost = { (completion: Int) in
      facts?.prices?.cost(of: TokenUsage(prompt: prompt, completion: completion), tier: tier)
    }
    if isFirst { least = Self.sum(least, cost(0)) } else if facts?.prices == nil { least = nil }
    most = Self.sum(most, longest.flatMap(cost).map { $0 * Double(rounds) })
  }

  private static func sum(_ left: Double?, _ right: Double?) -> Double? {
    guard let left, let right else { return nil }
    return min(left + right, .greatestFiniteMagnitude)
  }
}

/// How long a request lets an answer become.
private struct AnswerLimit {
  /// By the request, for one choice; nil leaves it to the model.
  private let own: Int?
  private let choices: Int
  /// Whether tokens come back at all.
  private let isText: Bool

  init(of body: JSONValue) {
    own =
      (body["max_completion_tokens"]?.unlessNull ?? body["max_tokens"]?.unlessNull ?? body["max_output_tokens"])?
      .count
    choices = max(1, body["n"]?.count ?? 1)
    // A vector is not text.
    isText = body["messages"] != nil || body["prompt"] != nil || body["max_output_tokens"] != nil
  }

  func tokens(at facts: ModelFacts?) -> Int? {
    guard isText, facts?.mode != "embedding" else { return 0 }
    guard let own else { return facts?.maxOutputTokens?.multipliedSaturated(by: choices) }
    return min(own, facts?.maxOutputTokens ?? own).multipliedSaturated(by: choices)
  }
}
