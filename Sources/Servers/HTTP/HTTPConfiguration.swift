public import Platform

/// What holds for all requests of a client.
public struct HTTPConfiguration: Sendable {
  /// How many connections are kept open for the next request.
  public var connections = 8

  /// How long a connection may take to be there, TLS included, in seconds.
  public var connectTimeout = 5.0

  /// The largest response that is taken, in bytes, counted after decompression.
  public var maximumResponse = 64 << 20

  /// The `User-Agent` header.
  public var userAgent = "hyperguild"

  /// A PEM file of certificate authorities, instead of the system's.
  public var authorities: String?

  /// Whether one connection may carry many requests (HTTP/2, where a server offers it over TLS).
  public var usesTLS = false

  /// Makes the standard configuration.
  public init() {}
}

/// How long one request may take.
public struct HTTPLimits: Sendable {
  /// The whole attempt, in seconds; a stream's owner lifts it when the stream has begun to deliver.
  public var attempt: Double

  /// How long a stream may be silent once it has begun, in seconds; nil is for responses that come in one piece.
  public var idle: Double?

  /// A last moment that is never lifted.
  public var deadline: MonotonicTime

  /// Whether `attempt` limits the time in which nothing moves, instead of the whole: for files, whatever their length.
  public var limitsSilenceOnly = false

  /// Sets limits.
  ///
  /// - Parameters:
  ///   - attempt: Seconds for the whole attempt.
  ///   - idle: Seconds of silence within a stream.
  ///   - deadline: The last moment.
  public init(attempt: Double, idle: Double? = nil, deadline: MonotonicTime = .never) {
    self.attempt = attempt
    self.idle = idle
    self.deadline = deadline
  }
}
