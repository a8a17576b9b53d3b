import CWebRequest

/// One HTTP request, sent and answered while the caller waits. For the programs that seldom ask a server: libcurl is loaded by the
/// first request. A program that lives from requests uses `HTTPClient`.
public struct WebRequest: Sendable {
  /// The method, in capitals.
  public var method: String
  /// An http or https address.
  public var url: String
  /// Lines like `Content-Type: application/json`; what holds a line end is not sent.
  public var headers: [String]
  /// What is sent; nil sends nothing.
  public var body: [UInt8]?
  /// How long the whole exchange may take, in seconds.
  public var timeout: Double
  /// The longest answer to accept, in bytes.
  public var maximum: Int

  /// Makes a request.
  ///
  /// - Parameters:
  ///   - method: In capitals.
  ///   - url: http or https.
  ///   - headers: Whole lines.
  ///   - body: What is sent.
  ///   - timeout: In seconds.
  ///   - maximum: The longest answer, in bytes.
  public init(
    _ method: String, _ url: String, headers: [String] = [], body: [UInt8]? = nil, timeout: Double = 10,
    maximum: Int = 16 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.maximum = maximum
  }

  /// Sends the request and waits.
  ///
  /// - Returns: The answer, whatever its status.
  /// - Throws: ``WebFailure`` when there is no answer.
  public func send() throws(WebFailure) -> WebResponse {
    var response = hg_web_response()
    let code = withRequest { hg_web_send($0, &response) }
    defer { hg_web_free(&response) }
    guard code == HG_WEB_OK else {
      if Int(code) == HG_WEB_TOO_LONG { throw WebFailure("the answer is longer than \(maximum) bytes") }
      let reason = withUnsafeBytes(of: &response.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw WebFailure(reason.isEmpty ? "curl error \(code)" : reason)
    }
    let bytes = UnsafeRawBufferPointer(start: response.body, count: response.length)
    return WebResponse(status: response.status, body: Array(bytes))
  }

  private func withRequest(_ send: (UnsafePointer<hg_web_request>) -> Int32) -> Int32 {
    let lines = headers.filter { !$0.utf8.contains { $0 < 0x20 } }.map { Array($0.utf8CString) }
    let flat = ContiguousArray(lines.joined())
    var starts: [Int] = []
    var length = 0
    for line in lines {
      starts.append(length)
      length += line.count
    }
    return method.withCString { method in
      url.withCString { url in
        flat.withUnsafeBufferPointer { flat in
          var pointers: [UnsafePointer<CChar>?] = starts.map { start in flat.baseAddress.map { $0 + start } }
          pointers.append(nil)
          return pointers.withUnsafeBufferPointer { pointers in
            (body ?? []).withUnsafeBytes { bytes in
              var request = hg_web_request()
              request.method = method
              request.url = url
              request.headers = pointers.baseAddress
              request.body = body == nil ? nil : bytes.bindMemory(to: CChar.self).baseAddress ?? method
              request.body_length = bytes.count
              request.timeout_ms = max(1, Int(timeout * 1000))
              request.maximum = maximum
              return send(&request)
            }
          }
        }
      }
    }
  }
}

/// What a server answered.
public struct WebResponse: Sendable {
  /// The HTTP status.
  public let status: Int
  /// The body, decoded from its transfer coding.
  public let body: [UInt8]
}

/// Why there was no answer.
public struct WebFailure: Error, Equatable, CustomStringConvertible {
  /// What libcurl said.
  public let description: String

  init(_ description: String) { self.description = description }
}
