import Foundation

/// A server on a free port of this machine that does exactly what a test says, byte for byte: one thread a connection,
/// blocking sockets, no HTTP library that would repair anything.
public final class ScriptedServer: Sendable {
  /// One request as it came.
  public struct Request: Sendable {
    /// The request line and the headers, without the empty line.
    public let head: String
    /// The body, as long as its `Content-Length` says.
    public let body: [UInt8]
    /// The number of its connection, from 0.
    public let connection: Int
    /// Its number among all requests, from 0.
    public let number: Int

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The path of the request line.
    public var path: String { head.split(separator: " ").dropFirst().first.map(String.init) ?? "" }

    /// The value of a header.
    public func header(_ name: String) -> String? {
      for line in head.split(separator: "\r\n").dropFirst() {
        let parts = line.split(separator: ":", maxSplits: 1)
        if parts.count == 2 && parts[0].lowercased() == name.lowercased() {
          return parts[1].trimmingCharacters(in: .whitespaces)
        }
      }
      return nil
    }
  }

  /// The way back to the client.
  public struct Connection: Sendable {
    let descriptor: Int32

    /// Sends bytes; a client that has gone is no error.
    public func send(_ bytes: some Collection<UInt8>) {
      let bytes = Array(bytes)
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes { buffer in
          Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        sent += count
      }
    }

    /// Sends text.
    public func send(_ text: String) { send(text.utf8) }

    /// Sends a whole response with a length.
    public func respond(_ status: Int = 200, _ body: String, headers: [String] = []) {
      let type =
        headers.contains { $0.lowercased().hasPrefix("content-type:") } ? [] : ["Content-Type: application/json"]
      let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + type + headers
      send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Sends a whole `chat.completion` with a text.
    public func answer(_ text: String, model: String = "m", headers: [String] = []) {
      let quoted = String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
      respond(
        200,
        """
        {"id":"chatcmpl-1","object":"chat.completion","model":"\(model)","choices":[{"index":0,"message":\
        {"role":"assistant","content":\(quoted)},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,\
        "completion_tokens":2,"total_tokens":5}}
        """, headers: headers)
    }

    /// Ends the connection; what was sent arrives.
    public func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends the connection with a reset.
    public func reset() {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      // A reset is sent when the last descriptor is closed; the number stays taken.
      let null = open("/dev/null", O_RDWR)
      dup2(null, descriptor)
      Glibc.close(null)
    }

    /// Waits until the client has gone.
    public func waitForEnd() {
      var byte: UInt8 = 0
      while recv(descriptor, &byte, 1, 0) > 0 {}
    }
  }

  private final class State: @unchecked Sendable {
    // All members are used under the lock only.
    let lock = NSLock()
    var requests: [Request] = []
    var connections = 0
    var open = 0
    var openAtMost = 0
  }

  /// Where it listens.
  public let url: String

  private let listener: Int32
  private let state = State()

  /// Starts a server.
  ///
  /// - Parameter handler: Gets each request, on the connection's own thread; the connection stays open afterwards
  ///   unless the handler closed it.
  /// - Throws: When there is no free port.
  public init(_ handler: @escaping @Sendable (Request, Connection) -> Void) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 1024) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    let state = state
    Thread.detachNewThread { Self.accept(listener, state, handler) }
  }

  /// Starts a server that gives every request the same bytes and ends the connection.
  ///
  /// - Parameter answer: A whole response, or what should have been one; nil takes requests and says nothing.
  /// - Throws: When there is no free port.
  public convenience init(answer: String?) throws {
    try self.init { _, connection in
      guard let answer else { return connection.waitForEnd() }
      connection.send(answer)
      connection.close()
    }
  }

  /// A whole response with a JSON body.
  public static func json(_ body: String, status: String = "200 OK") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n\(body)"
  }

  deinit {
    // Wakes the thread that accepts, which then closes the descriptor.
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// What came so far.
  public var requests: [Request] { state.lock.withLock { state.requests } }

  /// The first lines of what came so far.
  public var requestLines: [String] { requests.map { String($0.head.prefix { $0 != "\r\n" }) } }

  /// How many connections were made.
  public var connectionCount: Int { state.lock.withLock { state.connections } }

  /// The most connections at one time.
  public var openAtMost: Int { state.lock.withLock { state.openAtMost } }

  private static func accept(
    _ listener: Int32, _ state: State, _ handler: @escaping @Sendable (Request, Connection) -> Void
  ) {
    while true {
      let descriptor = Glibc.accept(listener, nil, nil)
      guard descriptor >= 0 else { break }
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      var one: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
      let number = state.lock.withLock {
        state.connections += 1
        state.open += 1
        state.openAtMost = max(state.open, state.openAtMost)
        return state.connections - 1
      }
      Thread.detachNewThread {
        while let request = read(descriptor, number, state) { handler(request, Connection(descriptor: descriptor)) }
        Glibc.close(descriptor)
        state.lock.withLock { state.open -= 1 }
      }
    }
    Glibc.close(listener)
  }

  private static func read(_ descriptor: Int32, _ connection: Int, _ state: State) -> Request? {
    var head: [UInt8] = []
    while !head.ends(with: [13, 10, 13, 10]) {
      var byte: UInt8 = 0
      guard recv(descriptor, &byte, 1, 0) == 1 else { return nil }
      head.append(byte)
    }
    let text = String(decoding: head.dropLast(4), as: UTF8.self)
    let draft = Request(head: text, body: [], connection: connection, number: 0)
    var body = [UInt8](repeating: 0, count: draft.header("content-length").flatMap { Int($0) } ?? 0)
    var count = 0
    while count < body.count {
      let got = body.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count, 0) }
      guard got > 0 else { return nil }
      count += got
    }
    return state.lock.withLock {
      let request = Request(head: text, body: body, connection: connection, number: state.requests.count)
      state.requests.append(request)
      return request
    }
  }
}

extension [UInt8] {
  fileprivate func ends(with end: [UInt8]) -> Bool {
    count >= end.count && self[(count - end.count)...].elementsEqual(end)
  }
}
