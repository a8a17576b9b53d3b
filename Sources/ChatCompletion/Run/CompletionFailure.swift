public import NDJSON
import Servers

/// Why a request, or a whole record, got no answer.
public struct CompletionFailure: Error, Equatable {
  /// What went wrong: the `kind` of the record's `error`.
  public enum Kind: String, Sendable, CaseIterable {
    /// The record has no prompt, or an empty one.
    case noPrompt = "no_prompt"
    /// The record is not one that can be sent.
    case badInput = "bad_input"
    /// No connection to the server.
    case unreachable
    /// The connection broke before the answer was whole.
    case disconnected
    /// An attempt took longer than `--timeout`.
    case timeout
    /// A stream was silent for longer than `--idle-timeout`.
    case idleTimeout = "idle_timeout"
    /// The record took longer than `--deadline`.
    case deadline
    /// Status 429.
    case rateLimit = "rate_limit"
    /// Status 5xx.
    case serverError = "server_error"
    /// Another status of 4xx.
    case badRequest = "bad_request"
    /// Status 401 or 403.
    case keyRefused = "key_refused"
    /// Status 3xx: redirects are not followed.
    case redirect
    /// A success whose body is not what the API promises.
    case badAnswer = "bad_answer"
    /// A well-formed answer that says nothing.
    case emptyAnswer = "empty_answer"
    /// An error in the middle of a stream.
    case streamError = "stream_error"
    /// A stream that ended before the answer did.
    case truncated
    /// A response over `--max-response`.
    case tooLarge = "too_large"
    /// The server's certificate was not accepted.
    case tls
    /// The key file cannot be read.
    case noKey = "no_key"
    /// Not asked: the budget is spent.
    case budget
    /// Not finished: the program was told to stop.
    case cancelled
  }

  /// What went wrong.
  public var kind: Kind

  /// For a person; holds no secret.
  public var message: String

  /// The HTTP status, when there was one.
  public var status: Int?

  /// How long the server asked to wait, in seconds.
  public var retryAfter: Double?

  /// Whether the same model may be asked again.
  public var isTransient = false

  /// Makes a failure.
  ///
  /// - Parameters:
  ///   - kind: What went wrong.
  ///   - message: For a person.
  ///   - status: The HTTP status, when there was one.
  public init(_ kind: Kind, _ message: String, status: Int? = nil) {
    self.kind = kind
    self.message = message
    self.status = status
  }

  /// The failure of a request that got no whole response.
  init(_ failure: HTTPFailure) {
    let kind: Kind =
      switch failure.kind {
      case .unreachable: .unreachable
      case .disconnected: .disconnected
      case .timedOut: .timeout
      case .idle: .idleTimeout
      case .deadline: .deadline
      case .tooLarge: .tooLarge
      case .tls: .tls
      case .malformed: .badAnswer
      case .unsendable: .badRequest
      }
    self.init(kind, failure.message)
    isTransient = kind == .unreachable || kind == .disconnected
  }

  /// The record's error.
  public var recordError: RecordError {
    RecordError(kind: kind.rawValue, message: message, status: status, retryAfterSeconds: retryAfter)
  }
}

extension CompletionFailure {
  /// Statuses after which the same model may answer: those that the official clients retry, and 425 and 529
  /// (Anthropic's "overloaded").
  static func isTransient(status: Int) -> Bool {
    switch status {
    case 408, 409, 425, 429, 500, 502, 503, 504, 529: true
    default: false
    }
  }

  /// The kind that a status stands for; nothing else is looked at.
  static func kind(status: Int) -> Kind {
    switch status {
    case 401, 403: .keyRefused
    case 429: .rateLimit
    case 300...399: .redirect
    case 400...499: .badRequest
    case 500...599: .serverError
    default: .badAnswer
    }
  }
}
