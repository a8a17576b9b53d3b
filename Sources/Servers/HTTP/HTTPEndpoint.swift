import CCurl

/// Where requests go and what stands above their bodies: method, URL and headers, made once for many requests.
public final class HTTPEndpoint {
  /// The methods this client speaks.
  public enum Method: Sendable, Equatable {
    case get, post
  }

  /// The method.
  public let method: Method

  /// The URL, http or https.
  public let url: String

  // libcurl reads both while a transfer runs: each transfer keeps its endpoint, which frees them.
  let headers: UnsafeMutablePointer<curl_slist>?
  /// Parsed once instead of with every request; nil when it is malformed, which the request then says.
  let parsedURL: OpaquePointer?

  init(_ method: Method, url: String, headers: [(name: String, value: String)]) {
    self.method = method
    self.url = url
    var list: UnsafeMutablePointer<curl_slist>?
    for header in headers { list = hg_curl_slist_append(list, "\(header.name): \(header.value)") ?? list }
    // Lines that libcurl adds unless it is told not to: with Expect it waits up to a second before it sends a body over
    // 1 MiB; Accept says that everything is welcome, as its absence does.
    for name in ["Expect:", "Accept:"] { list = hg_curl_slist_append(list, name) ?? list }
    self.headers = list
    parsedURL = hg_curl_parse_url(url)
  }

  deinit {
    hg_curl_slist_free_all(headers)
    hg_curl_url_cleanup(parsedURL)
  }
}
