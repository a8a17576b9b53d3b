import CCurl
public import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// HTTP over libcurl's multi interface: any number of requests at once, on the caller's thread, on one epoll.
///
/// The caller starts requests, waits, and takes events. Nothing happens between two calls, and no callback reaches
/// the caller.
public final class HTTPClient {
  /// What happened to a transfer.
  public enum Event {
    /// A stream delivered something: it is in `body`.
    case received(HTTPTransfer)
    /// The response is whole, or failed. The caller hands the transfer back with `recycle`.
    case finished(HTTPTransfer, HTTPFailure?)
    /// A descriptor that `watch` was told of can be read, or is at its end. It is told again until it was read.
    case readable(FileDescriptor)
  }

  /// The number of transfers on their way.
  public var runningCount: Int { running.count }

  let configuration: HTTPConfiguration
  var poller: Poller
  /// When libcurl wants to be called although nothing happened.
  var timer = MonotonicTime.never
  var now = MonotonicTime.now
  let multi: UnsafeMutableRawPointer
  private(set) var running: [HTTPTransfer] = []
  private var idle: [HTTPTransfer] = []
  private var events: [Event] = []
  private var nextEvent = 0
  /// No transfer is over its time before this moment.
  private var nextExpiry = MonotonicTime.never
  private let ready = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 256)
  private var isInterruptionWatched = false

  /// Makes a client; nothing is sent yet.
  ///
  /// - Parameter configuration: What holds for all requests.
  /// - Throws: The system's refusal of a descriptor, `ENOENT` when there is no libcurl, or `ENOMEM`.
  public init(_ configuration: HTTPConfiguration) throws(Errno) {
    self.configuration = configuration
    poller = try Poller()
    // Signals, Windows and memory are our own; TLS starts itself with its first connection.
    guard hg_curl_global_init(Int(CURL_GLOBAL_ACK_EINTR)) == CURLE_OK else { throw .noSuchFileOrDirectory }
    guard let multi = hg_curl_multi_init() else { throw .noMemory }
    self.multi = multi
    connectCallbacks()
  }

  deinit {
    for transfer in running { hg_curl_multi_remove_handle(multi, transfer.handle) }
    running = []
    idle = []
    events = []
    hg_curl_multi_cleanup(multi)
    ready.deallocate()
  }

  /// Describes requests of this client.
  ///
  /// - Parameters:
  ///   - method: GET or POST.
  ///   - url: An http or https URL.
  ///   - headers: Names and values, without line ends, besides `User-Agent` and `Accept-Encoding`.
  /// - Returns: What `start` takes, any number of times.
  public func endpoint(
    _ method: HTTPEndpoint.Method, url: String, headers: [(name: String, value: String)] = []
  ) -> HTTPEndpoint {
    // As lines of the list: libcurl would put together its own anew for each request.
    let own = [(name: "User-Agent", value: configuration.userAgent), (name: "Accept-Encoding", value: "gzip")]
    return HTTPEndpoint(method, url: url, headers: headers + own)
  }

  /// Starts a request.
  ///
  /// - Parameters:
  ///   - endpoint: Where to.
  ///   - body: The request's body; ignored for GET.
  ///   - token: The caller's own number, found again in the transfer.
  ///   - limits: How long it may take.
  ///   - sink: Gets the body of a success, of any length, at the place where it stands; nil keeps it in memory.
  /// - Returns: The transfer; it finishes with an event.
  /// - Throws: `HTTPFailure` when libcurl has no memory for it.
  @discardableResult
  public func start(
    _ endpoint: HTTPEndpoint, body: HTTPBody? = nil, token: Int, limits: HTTPLimits, sink: FileDescriptor? = nil
  ) throws(HTTPFailure) -> HTTPTransfer {
    guard let transfer = idle.popLast() ?? HTTPTransfer(client: self) else {
      throw HTTPFailure(code: CURLE_OUT_OF_MEMORY, detail: "")
    }
    if transfer.endpoint == nil { setUp(transfer) }
    prepare(transfer, endpoint, body)
    now = .now
    transfer.token = token
    transfer.started = now
    transfer.attemptDeadline = now.adding(seconds: limits.attempt)
    transfer.deadline = limits.deadline
    transfer.idle = limits.idle
    transfer.silence = limits.limitsSilenceOnly ? limits.attempt : nil
    transfer.sink = sink
    transfer.idleDeadline = .never
    let code = hg_curl_multi_add_handle(multi, transfer.handle)
    guard code == CURLM_OK else {
      throw HTTPFailure(.unsendable, String(cString: hg_curl_multi_strerror(code)))
    }
    transfer.index = running.count
    running.append(transfer)
    nextExpiry = min(nextExpiry, transfer.attemptDeadline, transfer.deadline)
    return transfer
  }

  /// Takes a finished transfer back for the next request.
  ///
  /// - Parameter transfer: One that had its `finished` event.
  public func recycle(_ transfer: HTTPTransfer) {
    transfer.received.removeAll()
    transfer.upload = nil
    idle.append(transfer)
  }

  /// Ends a transfer without an event.
  ///
  /// - Parameter transfer: A running one.
  public func cancel(_ transfer: HTTPTransfer) {
    guard transfer.index >= 0 else { return }
    remove(transfer)
    recycle(transfer)
  }

  /// Lets a stream that delivers go on past its attempt's time.
  ///
  /// - Parameter transfer: A running one.
  public func liftAttemptLimit(of transfer: HTTPTransfer) { transfer.attemptDeadline = .never }

  /// Ends a transfer soon: what mattered of it has come.
  ///
  /// - Parameters:
  ///   - transfer: A running one.
  ///   - seconds: How long it may still take.
  public func limitRest(of transfer: HTTPTransfer, seconds: Double) {
    transfer.attemptDeadline = now.adding(seconds: seconds)
    nextExpiry = min(nextExpiry, transfer.attemptDeadline)
  }

  /// Gives all transfers the time that the caller spent elsewhere, as in writing to a slow reader.
  ///
  /// - Parameter seconds: The time spent.
  public func extendDeadlines(by seconds: Double) {
    for transfer in running {
      transfer.attemptDeadline = transfer.attemptDeadline.adding(seconds: seconds)
      transfer.idleDeadline = transfer.idleDeadline.adding(seconds: seconds)
    }
  }

  /// Watches a descriptor of the caller's, a pipe say, beside the connections.
  ///
  /// - Parameter descriptor: One that can be waited for, not watched yet.
  /// - Throws: The error of `epoll_ctl(2)`.
  public func watch(_ descriptor: FileDescriptor) throws(Errno) { try poller.watchForeign(descriptor.rawValue) }

  /// Ends `watch`; before the descriptor is closed.
  ///
  /// - Parameter descriptor: A watched one.
  public func unwatch(_ descriptor: FileDescriptor) { poller.unwatchForeign(descriptor.rawValue) }

  /// The next event that `wait` found.
  ///
  /// - Returns: An event; nil when `wait` must be called again.
  public func next() -> Event? {
    guard nextEvent < events.count else {
      events.removeAll(keepingCapacity: true)
      nextEvent = 0
      return nil
    }
    defer { nextEvent += 1 }
    if case .received(let transfer) = events[nextEvent] { transfer.isAnnounced = false }
    return events[nextEvent]
  }

  /// Moves transfers on, and waits until there is an event, a wake, or the given moment has come.
  ///
  /// - Parameters:
  ///   - moment: The latest to return; a moment that has passed means not to wait.
  ///   - input: A descriptor to watch for input, this time. Regular files are always ready.
  /// - Returns: Why it returned, besides events.
  /// - Throws: The error of `epoll_wait(2)` or `epoll_ctl(2)`.
  public func wait(until moment: MonotonicTime, input: FileDescriptor? = nil) throws(Errno) -> Wake {
    try watchInterruption()
    var wake: Wake = []
    if let input, try !poller.watchOnce(input.rawValue) { wake.insert(.input) }
    now = .now
    runTimer()
    let limit = min(moment, timer, nextExpiry)
    let count = try poller.wait(ready, milliseconds: wake.isEmpty && events.isEmpty ? milliseconds(to: limit) : 0)
    now = .now
    for event in ready[..<count] { wake.formUnion(handle(event, input: input)) }
    runTimer()
    collectFinished()
    expire()
    return wake
  }

  /// Waits only if there is nothing to do at once; rounded up, so that the moment has come when it returns.
  private func milliseconds(to moment: MonotonicTime) -> Int32 {
    if moment == .never { return -1 }
    let left = moment.nanoseconds - now.nanoseconds
    return left <= 0 ? 0 : Int32(clamping: (left + 999_999) / 1_000_000)
  }

  private func watchInterruption() throws(Errno) {
    guard !isInterruptionWatched, let descriptor = TerminationSignal.descriptor else { return }
    isInterruptionWatched = true
    try poller.watch(descriptor.rawValue)
  }

  private func handle(_ event: epoll_event, input: FileDescriptor?) -> Wake {
    let descriptor = event.data.fd
    if descriptor == TerminationSignal.descriptor?.rawValue {
      var bytes: UInt64 = 0
      _ = read(descriptor, &bytes, 8)
      return .interruption
    }
    if let input, descriptor == input.rawValue { return .input }
    if poller.isForeign(descriptor) {
      events.append(.readable(FileDescriptor(rawValue: descriptor)))
      return []
    }
    guard poller.wanted(on: descriptor) != 0 else { return [] }
    var action: Int32 = 0
    if event.events & (EPOLLIN.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { action |= CURL_CSELECT_IN }
    if event.events & EPOLLOUT.rawValue != 0 { action |= CURL_CSELECT_OUT }
    act(on: descriptor, action)
    return []
  }

  private func runTimer() {
    guard timer <= now else { return }
    timer = .never
    act(on: CURL_SOCKET_BAD, 0)
    collectFinished()
  }

  private func act(on socket: Int32, _ action: Int32) {
    var count: Int32 = 0
    hg_curl_multi_socket_action(multi, socket, action, &count)
  }

  private func collectFinished() {
    var code = CURLE_OK
    while let handle = hg_curl_next_done(multi, &code) {
      guard let context = hg_curl_get_private(handle) else { continue }
      let transfer = HTTPTransfer.from(context)
      remove(transfer)
      let failure = code == CURLE_OK ? nil : HTTPFailure(of: transfer, code)
      events.append(.finished(transfer, failure))
    }
  }

  /// Ends what is over its time. Looked at only when something can be: most transfers end long before.
  private func expire() {
    guard nextExpiry <= now else { return }
    nextExpiry = .never
    for transfer in running {
      let failure: HTTPFailure? =
        if transfer.deadline <= now {
          HTTPFailure(.deadline, "the deadline passed")
        } else if transfer.attemptDeadline <= now {
          HTTPFailure(
            .timedOut,
            "no answer within \(Double(transfer.attemptDeadline.milliseconds(since: transfer.started)) / 1000) s")
        } else if transfer.idleDeadline <= now {
          HTTPFailure(.idle, "the stream was silent for \(transfer.idle ?? 0) s")
        } else {
          nil
        }
      if let failure {
        remove(transfer)
        events.append(.finished(transfer, failure))
      } else {
        nextExpiry = min(nextExpiry, transfer.deadline, transfer.attemptDeadline, transfer.idleDeadline)
      }
    }
  }

  func announce(_ transfer: HTTPTransfer) {
    guard let idle = transfer.idle else { return }
    transfer.idleDeadline = now.adding(seconds: idle)
    nextExpiry = min(nextExpiry, transfer.idleDeadline)
    guard !transfer.isAnnounced else { return }
    transfer.isAnnounced = true
    events.append(.received(transfer))
  }

  private func remove(_ transfer: HTTPTransfer) {
    hg_curl_multi_remove_handle(multi, transfer.handle)
    guard transfer.index >= 0 else { return }
    let last = running.removeLast()
    if last !== transfer {
      running[transfer.index] = last
      last.index = transfer.index
    }
    transfer.index = -1
  }
}
