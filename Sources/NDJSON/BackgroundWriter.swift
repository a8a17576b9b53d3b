import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Writes a descriptor on a thread of its own: a slow reader holds the owner up only when much is waiting for it.
///
/// `@unchecked Sendable`: both threads touch the variables within `monitor` only, but for `thread`, which is the owner's.
final class BackgroundWriter: @unchecked Sendable {
  /// The owner waits when more than so many bytes do.
  static let limit = 1 << 20

  private let descriptor: FileDescriptor
  private let onFailure: @Sendable () -> Void
  private let monitor = Monitor()
  private var waiting: [UInt8] = []
  private var isClosed = false
  private var failure: Errno?
  private var thread: pthread_t?

  /// Starts the thread; nil when the system has none to give.
  ///
  /// - Parameters:
  ///   - descriptor: Stays open; the caller closes it.
  ///   - onFailure: Is called on that thread when writing failed.
  init?(_ descriptor: FileDescriptor, onFailure: @escaping @Sendable () -> Void) {
    self.descriptor = descriptor
    self.onFailure = onFailure
    thread = startThread { self.run() }
    if thread == nil { return nil }
  }

  /// Hands bytes over.
  ///
  /// - Parameter bytes: What to write; empty afterwards.
  /// - Throws: What an earlier write met; nothing is written after that.
  func write(_ bytes: inout [UInt8]) throws(Errno) {
    let (failure, isFirst) = monitor.withLock {
      while self.failure == nil && waiting.count > Self.limit { monitor.wait() }
      let isFirst = waiting.isEmpty
      if self.failure == nil {
        if isFirst { swap(&waiting, &bytes) } else { waiting.append(contentsOf: bytes) }
      }
      return (self.failure, isFirst)
    }
    bytes.removeAll(keepingCapacity: bytes.capacity <= Self.limit)
    if let failure { throw failure }
    if isFirst { monitor.signal() }
  }

  /// What writing met so far.
  func check() throws(Errno) {
    if let failure = monitor.withLock({ failure }) { throw failure }
  }

  /// Waits until everything is written, and ends the thread.
  ///
  /// - Throws: What writing met.
  func close() throws(Errno) {
    monitor.withLock { isClosed = true }
    monitor.signal()
    if let thread { pthread_join(thread, nil) }
    thread = nil
    try check()
  }

  private func run() {
    var bytes: [UInt8] = []
    var error: Errno?
    while error == nil && take(&bytes) {
      error = write(bytes)
      bytes.removeAll(keepingCapacity: bytes.capacity <= Self.limit)
    }
    guard let error else { return }
    monitor.withLock {
      failure = error
      waiting = []
    }
    monitor.signal()
    onFailure()
  }

  /// Waits for something to write; false at the end.
  private func take(_ bytes: inout [UInt8]) -> Bool {
    let wasFull = monitor.withLock {
      while waiting.isEmpty && !isClosed { monitor.wait() }
      swap(&bytes, &waiting)
      return bytes.count > Self.limit
    }
    if wasFull { monitor.signal() }
    return !bytes.isEmpty
  }

  private func write(_ bytes: [UInt8]) -> Errno? {
    bytes.withUnsafeBytes { bytes in
      do throws(Errno) {
        try writeAll(bytes, to: descriptor)
        return nil
      } catch {
        return error
      }
    }
  }
}
