import CCurl
import Platform

#if canImport(Glibc)
  import Glibc
#endif

// libcurl calls back only from within the calls that this client makes, on the client's own thread, and never after
// `curl_multi_cleanup` and `curl_easy_cleanup`, which run while client and transfers are alive: the contexts below are
// unretained for that reason.

extension HTTPTransfer {
  static func from(_ context: UnsafeMutableRawPointer) -> HTTPTransfer {
    Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}

extension HTTPClient {
  /// Bytes that are taken from a connection at once.
  private static let bufferSize = 4 << 10

  /// Whether a variable names a proxy. libcurl would look for these with every request.
  private static let usesProxy = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    .contains { (name: String) in Environment.variable(name) != nil }

  /// The authorities that the curl command trusts where these variables are set; libcurl itself does not look.
  private static let commonAuthorities = Environment.first(of: ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])

  private static func from(_ context: UnsafeMutableRawPointer) -> HTTPClient {
    Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
  }

  private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  func connectCallbacks() {
    hg_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.connections)
    hg_curl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
    hg_curl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
    hg_curl_multi_set_socket(multi) { _, socket, what, context, _ in
      guard let context else { return 0 }
      var events: UInt32 = 0
      if what == CURL_POLL_IN || what == CURL_POLL_INOUT { events |= EPOLLIN.rawValue }
      if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { events |= EPOLLOUT.rawValue }
      HTTPClient.from(context).poller.want(events, on: socket)
      return 0
    }
    hg_curl_multi_set_timer(multi) { _, milliseconds, context in
      guard let context else { return 0 }
      let client = HTTPClient.from(context)
      client.timer =
        milliseconds < 0
        ? .never : milliseconds == 0 ? client.now : MonotonicTime.now.adding(seconds: Double(milliseconds) / 1000)
      return 0
    }
  }

  /// Sets what stays the same for all requests on a handle.
  func setUp(_ transfer: HTTPTransfer) {
    let handle = transfer.handle
    hg_curl_set_pointer(handle, CURLOPT_PRIVATE, transfer.context)
    hg_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, transfer.reason)
    hg_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    // libcurl keeps one such buffer for each request on its way, 16 KiB if not told: more than an answer.
    hg_curl_set_long(handle, CURLOPT_BUFFERSIZE, Self.bufferSize)
    hg_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    hg_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    // Makes libcurl decompress; the header itself is the endpoint's.
    hg_curl_set_string(handle, CURLOPT_ACCEPT_ENCODING, "")
    if !Self.usesProxy { hg_curl_set_string(handle, CURLOPT_PROXY, "") }
    hg_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeout * 1000))
    // Wait for a connection that may turn out to carry many requests, where there can be such a one.
    if configuration.usesTLS { hg_curl_set_long(handle, CURLOPT_PIPEWAIT, 1) }
    if let authorities = configuration.authorities ?? Self.commonAuthorities {
      hg_curl_set_string(handle, CURLOPT_CAINFO, authorities)
    }
    hg_curl_set_pointer(handle, CURLOPT_WRITEDATA, transfer.context)
    hg_curl_set_data_callback(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = HTTPTransfer.from(context)
      guard transfer.receive(UnsafeRawBufferPointer(start: bytes, count: size * count)) else { return 0 }
      transfer.client.announce(transfer)
      return size * count
    }
    hg_curl_set_pointer(handle, CURLOPT_HEADERDATA, transfer.context)
    hg_curl_set_data_callback(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return HTTPTransfer.from(context).receiveHead(line) ? size * count : 0
    }
    hg_curl_set_pointer(handle, CURLOPT_OPENSOCKETDATA, transfer.context)
    hg_curl_set_open_socket(handle) { context, _, address in
      guard let context, let address else { return CURL_SOCKET_BAD }
      let transfer = HTTPTransfer.from(context)
      let descriptor = socket(
        address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
      if descriptor >= 0 { transfer.client.poller.opened(descriptor) } else { transfer.socketError = errno }
      return descriptor
    }
    hg_curl_set_pointer(handle, CURLOPT_CLOSESOCKETDATA, context)
    hg_curl_set_close_socket(handle) { context, descriptor in
      guard let context else { return -1 }
      HTTPClient.from(context).poller.closed(descriptor)
      return close(descriptor)
    }
  }

  /// Sets what differs from the handle's last request.
  func prepare(_ transfer: HTTPTransfer, _ endpoint: HTTPEndpoint, _ body: HTTPBody?) {
    let handle = transfer.handle
    if transfer.endpoint !== endpoint {
      transfer.endpoint = endpoint
      hg_curl_set_string(handle, CURLOPT_URL, endpoint.url)
      hg_curl_set_pointer(handle, CURLOPT_CURLU, endpoint.parsedURL.map { UnsafeRawPointer($0) })
      hg_curl_set_pointer(handle, CURLOPT_HTTPHEADER, endpoint.headers)
      hg_curl_set_long(handle, endpoint.method == .post ? CURLOPT_POST : CURLOPT_HTTPGET, 1)
    }
    if endpoint.method == .post {
      transfer.upload = body
      // Without fields in memory libcurl asks the callback.
      hg_curl_set_pointer(handle, CURLOPT_POSTFIELDS, body?.file == nil ? body?.bytes.baseAddress : nil)
      hg_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body?.file?.count ?? body?.bytes.count ?? 0))
      transfer.sentCount = 0
      if body?.file != nil { readUpload(transfer) }
    }
    transfer.received.removeAll()
    transfer.head.removeAll()
    transfer.receivedTotal = 0
    transfer.maximum = configuration.maximumResponse
    transfer.isTooLarge = false
    transfer.socketError = 0
    transfer.sinkError = nil
    transfer.isAnnounced = false
    transfer.reason[0] = 0
  }

  /// Lets libcurl fetch the body piece by piece.
  private func readUpload(_ transfer: HTTPTransfer) {
    hg_curl_set_pointer(transfer.handle, CURLOPT_READDATA, transfer.context)
    hg_curl_set_data_callback(transfer.handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
      guard let context else { return Int(CURL_READFUNC_ABORT) }
      let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
      return HTTPTransfer.from(context).send(into: room) ?? Int(CURL_READFUNC_ABORT)
    }
  }
}
