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
    /// This process may open no further descriptor: the server is not at fault.
    case tooManyFiles = "too_many_files"
    /// A proxy on the way refused to pass the request on: status 407, or a 403 of its own.
    case proxyRefused = "proxy_refused"
    /// The model refused, or its answer was withheld.
    case refused
    /// The answer was cut off at `max_tokens`, and that counts as none.
    case length
    /// The schema or the check did not accept the answer.
    case rejected
    /// The check could not say.
    case checkFailed = "check_failed"
    /// The quota or the credit of the key is spent: waiting does not help.
    case quotaSpent = "quota_spent"
    /// A batch's time was over before it came to this request.
    case batchExpired = "batch_expired"
    /// The batch was cancelled before it came to this request.
    case batchCancelled = "batch_cancelled"
    /// The batch, or this request of it, was not taken.
    case batchFailed = "batch_failed"
    /// The batch ended, and says nothing of this request.
    case batchLost = "batch_lost"
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

  /// The member of the request that the server complained of.
  var parameter: String?

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
      case .unsendable, .unwritable: .badRequest
      case .tooManyFiles: .tooManyFiles
      case .proxyRefused: .proxyRefused
      case .interrupted: .cancelled
      }
    self.init(kind, failure.message)
    isTransient = [.unreachable, .disconnected, .tooManyFiles].contains(kind)
  }

  /// The record's error.
  public var recordError: RecordError {
    RecordError(kind: kind.rawValue, message: message, status: status, retryAfterSeconds: retryAfter)
  }
}

extension CompletionFailure {
  /// Statuses after which the same model may answer: 408, 409 (a lock), 425, 429 and every 5xx, Cloudflare's 520 to 524
  /// and Anthropic's 529 among them, but for those that say that it never will (501, 505).
  static func isTransient(status: Int) -> Bool {
    switch status {
    case 408, 409, 425, 429: true
    case 501, 505: false
    default: (500...599).contains(status)
    }
  }

  /// The kind that a status stands for; nothing else is looked at.
  static func kind(status: Int) -> Kind {
    switch status {
    case 401, 403: .keyRefused
    case 407: .proxyRefused
    case 429: .rateLimit
    case 300...399: .redirect
    case 400...499: .badRequest
    case 500...599: .serverError
    default: .badAnswer
    }
  }

  /// A failure that a server told of in an error object, wherever that stood.
  ///
  /// - Parameters:
  ///   - error: What the server said.
  ///   - status: The response's status; a code within the error says more where that is a success.
  ///   - otherwise: The kind when no code says more.
  init(_ error: ServerError, status: Int, otherwise: Kind) {
    let code = (200...299).contains(status) ? error.status : status
    let kind: Kind = error.isQuotaSpent ? .quotaSpent : code.map { Self.kind(status: $0) } ?? otherwise
    self.init(kind, error.message ?? code.map { "status \($0)" } ?? "the server answered with an error", status: code)
    parameter = error.parameter
    isTransient = kind != .quotaSpent && code.map { Self.isTransient(status: $0) } ?? false
    if isTransient, code == 429 || code == 503 { retryAfter = RetryAfter.seconds(inMessage: message) }
  }
}
