public import SystemPackage

/// How records go through the batch API.
public struct BatchConfiguration: Sendable {
  /// How long batches are waited for, in seconds; nil is as long as they take.
  public var wait: Double?
  /// Whether what a batch did not answer is asked one by one.
  public var asksLive = false
  /// The time between the first two looks at a batch, in seconds; it grows up to `longestInterval`.
  public var firstInterval = 10.0
  /// The longest time between two looks, in seconds, unless the server asks for more.
  public var longestInterval = 300.0
  /// Requests in one batch, at most: what OpenAI takes.
  public var mostLines = 50_000
  /// Bytes in one batch, at most: what OpenAI takes.
  public var mostBytes = 200_000_000
  /// Behind a LiteLLM proxy, the provider whose batches they are; nil leaves it to the proxy.
  public var provider: String?

  /// Makes the standard configuration.
  public init() {}
}

/// How far the batches of a run are.
public struct BatchProgress: Sendable, Equatable {
  /// Batches.
  public internal(set) var batches = 0
  /// Batches that have ended.
  public internal(set) var ended = 0
  /// Requests in all batches.
  public internal(set) var requests = 0
  /// Requests that the server has answered, as it says.
  public internal(set) var completed = 0
  /// Requests that failed there, as it says.
  public internal(set) var failed = 0
}

/// Why a run with batches stops before anything is written.
public enum BatchStop: Error, Equatable {
  /// Batches go on at the server; the same command fetches them. Says which.
  case running(String)
  /// The same, after a signal.
  case interrupted(String)
  /// The server cannot be reached, or breaks down. Says why, and what goes on.
  case unavailable(String)
  /// The key was refused.
  case keyRefused(String)
  /// The batches that were submitted are of other requests than these.
  case otherRequests(String)
  /// The system's refusal.
  case system(Errno)
}
