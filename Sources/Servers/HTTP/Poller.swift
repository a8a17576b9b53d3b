import CCurl
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// An epoll set that keeps a parked connection registered, so that a request on it costs no system call here.
struct Poller: ~Copyable {
  private struct Registration {
    /// What the kernel was told.
    var registered: UInt32 = 0
    /// What is wanted now; 0 for a connection that waits for its next request.
    var wanted: UInt32 = 0
    /// Whether its close will be told, so that it may stay registered while nobody wants it.
    var isOwn = false
    /// Whether it is not a connection, and its events are the caller's.
    var isForeign = false
  }

  private let descriptor: Int32
  private var registrations: [Registration] = []

  init() throws(Errno) {
    descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    registrations = Array(repeating: Registration(), count: 1024)
  }

  deinit { close(descriptor) }

  mutating func opened(_ socket: Int32) {
    makeRoom(for: socket)
    registrations[Int(socket)] = Registration(isOwn: true)
  }

  mutating func closed(_ socket: Int32) {
    makeRoom(for: socket)
    registrations[Int(socket)] = Registration()
  }

  /// Asks for events on a socket; 0 for none.
  mutating func want(_ events: UInt32, on socket: Int32) {
    makeRoom(for: socket)
    registrations[Int(socket)].wanted = events
    if events == 0 {
      if !registrations[Int(socket)].isOwn { drop(socket) }
    } else if registrations[Int(socket)].registered != events {
      tellKernel(events, socket)
    }
  }

  /// What is wanted of a socket that had an event; a parked one is dropped, for libcurl does not care before its
  /// next request.
  mutating func wanted(on socket: Int32) -> UInt32 {
    guard socket < registrations.count else { return 0 }
    let wanted = registrations[Int(socket)].wanted
    if wanted == 0 { drop(socket) }
    return wanted
  }

  /// Asks once for input on a descriptor that is not a connection.
  ///
  /// - Returns: False when it cannot be waited for, as a regular file: it is always ready.
  func watchOnce(_ input: Int32) throws(Errno) -> Bool {
    var event = epoll_event(events: EPOLLIN.rawValue | EPOLLONESHOT.rawValue, data: epoll_data(fd: input))
    if epoll_ctl(descriptor, EPOLL_CTL_MOD, input, &event) == 0 { return true }
    if errno == ENOENT && epoll_ctl(descriptor, EPOLL_CTL_ADD, input, &event) == 0 { return true }
    if errno == EPERM { return false }
    throw Errno(rawValue: errno)
  }

  /// Asks for input on a descriptor for good.
  func watch(_ input: Int32) throws(Errno) {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(fd: input))
    guard epoll_ctl(descriptor, EPOLL_CTL_ADD, input, &event) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Asks for input on a descriptor of the caller's, until `unwatchForeign`.
  mutating func watchForeign(_ input: Int32) throws(Errno) {
    try watch(input)
    makeRoom(for: input)
    registrations[Int(input)] = Registration(isForeign: true)
  }

  /// Asks for it no more; the descriptor may be closed then.
  mutating func unwatchForeign(_ input: Int32) {
    var event = epoll_event()
    _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, input, &event)
    makeRoom(for: input)
    registrations[Int(input)] = Registration()
  }

  /// Whether a descriptor that had an event is the caller's.
  func isForeign(_ input: Int32) -> Bool { input < registrations.count && registrations[Int(input)].isForeign }

  /// Waits; a signal ends the wait early, without events.
  func wait(_ events: UnsafeMutableBufferPointer<epoll_event>, milliseconds: Int32) throws(Errno) -> Int {
    let count = epoll_wait(descriptor, events.baseAddress, Int32(events.count), milliseconds)
    if count >= 0 { return Int(count) }
    if errno == EINTR { return 0 }
    throw Errno(rawValue: errno)
  }

  private mutating func tellKernel(_ events: UInt32, _ socket: Int32) {
    var event = epoll_event(events: events, data: epoll_data(fd: socket))
    let isKnown = registrations[Int(socket)].registered != 0
    if !isKnown || epoll_ctl(descriptor, EPOLL_CTL_MOD, socket, &event) != 0 {
      // A refusal here shows as a timeout of the transfer; there is nobody else to tell.
      if epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event) != 0 && errno == EEXIST {
        _ = epoll_ctl(descriptor, EPOLL_CTL_MOD, socket, &event)
      }
    }
    registrations[Int(socket)].registered = events
  }

  private mutating func drop(_ socket: Int32) {
    guard registrations[Int(socket)].registered != 0 else { return }
    var event = epoll_event()
    _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, &event)
    registrations[Int(socket)].registered = 0
  }

  private mutating func makeRoom(for socket: Int32) {
    while registrations.count <= Int(socket) {
      registrations.append(contentsOf: repeatElement(Registration(), count: registrations.count))
    }
  }
}
