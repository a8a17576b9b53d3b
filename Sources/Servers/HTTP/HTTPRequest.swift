import Platform
public import SystemPackage

/// One request that a program makes now and then and waits for: to a brain server, or for vectors.
///
/// Proxies, certificates and what is sent are those of ``HTTPClient``, which it makes for the occasion: libcurl is
/// loaded with the first request and not when the program starts.
public struct HTTPRequest: Sendable {
  /// GET or POST.
  public var method: HTTPEndpoint.Method
  /// An http or https URL.
  public var url: String
  /// Names and values, without line ends.
  public var headers: [(name: String, value: String)]
  /// What is posted.
  public var body: [UInt8]
  /// The longest time for the whole request, in seconds.
  public var seconds: Double
  /// The longest answer that is taken, in bytes.
  public var maximum = 64 << 20
  /// A PEM file of certificate authorities, instead of the system's.
  public var authorities: String?

  /// Describes a request for JSON.
  ///
  /// - Parameters:
  ///   - method: GET or POST.
  ///   - url: An http or https URL.
  ///   - token: Sent as `Authorization: Bearer`; characters that no header may hold are left out.
  ///   - body: What is posted, JSON.
  ///   - seconds: The longest time for the whole request.
  public init(_ method: HTTPEndpoint.Method, _ url: String, token: String?, body: [UInt8] = [], seconds: Double) {
    self.method = method
    self.url = url
    self.body = body
    self.seconds = seconds
    headers = [(name: "Accept", value: "application/json")]
    if method == .post { headers.append((name: "Content-Type", value: "application/json")) }
    if let token { headers.append((name: "Authorization", value: "Bearer \(token.filter { $0 >= " " })")) }
  }

  /// Sends it, and waits.
  ///
  /// - Returns: The answer, whatever its status.
  /// - Throws: Why there is no whole answer.
  public func send() throws(HTTPFailure) -> HTTPResponse {
    var configuration = HTTPConfiguration()
    configuration.connections = 1
    configuration.connectTimeout = seconds
    configuration.maximumResponse = maximum
    configuration.authorities = authorities
    let result: Result<HTTPResponse, HTTPFailure>
    do throws(Errno) {
      let client = try HTTPClient(configuration)
      let endpoint = client.endpoint(method, url: url, headers: headers)
      result = try client.response(to: endpoint, body: HTTPBody(body), seconds: seconds)
    } catch {
      let hasNoLibrary = error == .noSuchFileOrDirectory
      throw HTTPFailure(.unsendable, hasNoLibrary ? "libcurl.so.4 cannot be loaded" : "\(error)")
    }
    return try result.get()
  }
}

/// What a server answered.
public struct HTTPResponse: Sendable, Equatable {
  /// The HTTP status.
  public var status: Int
  /// The body, decoded from its transfer coding.
  public var body: [UInt8]
  /// How long it took, in milliseconds.
  public var milliseconds: Int

  /// Whether the server did what it was asked.
  public var isSuccess: Bool { (200...299).contains(status) }
}

extension HTTPClient {
  /// Makes one request and waits for its end; no other may be on its way.
  ///
  /// - Parameters:
  ///   - endpoint: Where to.
  ///   - body: The request's body; ignored for GET.
  ///   - seconds: The longest time for the whole request.
  /// - Returns: The answer, or why there is none; `interrupted` when a signal asked to stop.
  /// - Throws: The error of waiting.
  public func response(
    to endpoint: HTTPEndpoint, body: HTTPBody? = nil, seconds: Double
  ) throws(Errno) -> Result<HTTPResponse, HTTPFailure> {
    try finished(endpoint, body: body, limits: HTTPLimits(attempt: seconds)) { transfer in
      HTTPResponse(
        status: transfer.status, body: Array(transfer.body),
        milliseconds: MonotonicTime.now.milliseconds(since: transfer.started))
    }
  }

  /// Makes one request, waits for its end, and lets the caller read it; no other may be on its way.
  ///
  /// - Parameters:
  ///   - endpoint: Where to.
  ///   - body: The request's body; ignored for GET.
  ///   - limits: How long it may take.
  ///   - sink: Gets the body of a success instead of the memory.
  ///   - read: Gets the transfer when its response is whole.
  /// - Returns: What `read` made of it, or why there is no whole response; `interrupted` when a signal asked to stop.
  /// - Throws: The error of waiting.
  public func finished<Reading>(
    _ endpoint: HTTPEndpoint, body: HTTPBody? = nil, limits: HTTPLimits, sink: FileDescriptor? = nil,
    _ read: (HTTPTransfer) -> Reading
  ) throws(Errno) -> Result<Reading, HTTPFailure> {
    let transfer: HTTPTransfer
    do throws(HTTPFailure) {
      transfer = try start(endpoint, body: body, token: 0, limits: limits, sink: sink)
    } catch {
      return .failure(error)
    }
    while true {
      let wake = try wait(until: .never)
      // A wake without a signal is left over from a thread that had something to say.
      if wake.contains(.interruption), TerminationSignal.signal != nil {
        cancel(transfer)
        return .failure(HTTPFailure(.interrupted, "interrupted"))
      }
      guard case .finished(let transfer, let failure) = next() else { continue }
      defer { recycle(transfer) }
      if let failure { return .failure(failure) }
      return .success(read(transfer))
    }
  }
}
