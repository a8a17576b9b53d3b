public import ModelInfo

/// What a run does with all its records.
public struct CompletionOptions: Sendable {
  /// How answered records are written.
  public enum Format: Sendable, Equatable {
    /// The record with the answer's members.
    case records
    /// Only the text.
    case text
    /// A line as the OpenAI Batch API writes it.
    case batch
  }

  /// How many requests are on their way at once, at most.
  public var concurrency = 8
  /// Whether to find out how many are best.
  public var findsConcurrency = false
  /// Whether records come out in the order in which they came in.
  public var isOrdered = true
  /// How answered records are written.
  public var format = Format.records
  /// Whether answers are streamed unless the record says otherwise.
  public var streams = false
  /// Whether the pieces of a stream are written as lines of their own.
  public var writesDeltas = false
  /// The model of a record that names none.
  public var model = "qwen35"
  /// The system prompt of a record that has none of its own.
  public var system: String?
  /// Sampling members of a record that has none of the name, as JSON: what the user typed stays as it was typed.
  public var sampling: [String: String] = [:]
  /// Further members of the body for records that lack them, as JSON, in their order.
  public var extra: [(name: String, json: String)] = []
  /// What requests say in their headers.
  public var headers = RequestHeaders()
  /// Asks LiteLLM not to walk a list of its own.
  public var disablesServerFallbacks = false
  /// How often one model is asked again.
  public var retries = 3
  /// The upper end of the first wait, in seconds; doubled for each further one.
  public var retryBase = 0.5
  /// The longest wait between two tries, in seconds.
  public var retryMaximum = 60.0
  /// The longest attempt, in seconds.
  public var attemptTimeout = 120.0
  /// The longest silence within a stream, in seconds.
  public var idleTimeout = 60.0
  /// The longest time for a record with all its attempts, in seconds.
  public var recordDeadline: Double?
  /// Requests a minute, all together.
  public var requestsPerMinute: Double?
  /// Tokens a minute, all together.
  public var tokensPerMinute: Double?
  /// What tokens cost, where the server does not say it.
  public var prices: ModelTable?
  /// What may be spent, in US dollars.
  public var maximumCost: Double?
  /// How many tokens may be used.
  public var maximumTokens: Int?

  /// What an answer must be.
  public var judging = JudgingOptions()

  /// Where answers are kept; nil keeps none.
  public var caching: CachingOptions?

  /// Whether a member of the body is one that records may have under the same name.
  ///
  /// - Parameter name: The member.
  /// - Returns: False for one that is only sent because an option says so.
  public static func isKnownMember(_ name: String) -> Bool {
    RequestMembers.all.contains { "\($0.name)" == name }
  }

  /// How records go through the batch API.
  public var batch = BatchConfiguration()

  /// Makes the standard options.
  public init() {}

  /// How many records may be answered and not yet written to a file although it is their turn, while all requests are on
  /// their way. Less, and a thread that writes in bursts would hold requests up.
  var unwrittenMaximum: Int { max(16, concurrency / 4) }

  /// How many records may be read and not written yet.
  var window: Int { max(256, concurrency * 4) }
}
