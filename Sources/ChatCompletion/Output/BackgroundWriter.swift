import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Puts lines together and writes them on a thread of its own: a slow reader holds the owner up only when much is
/// waiting for it, and the owner has its time for the server.
///
/// `@unchecked Sendable`: both threads touch the variables within `monitor` only, but for `thread`, which is the owner's.
final class BackgroundWriter: @unchecked Sendable {
  /// The owner waits when more than so many bytes do.
  static let limit = 1 << 20

  private let descriptor: FileDescriptor
  private let format: CompletionOptions.Format
  private let wake: @Sendable () -> Void
  private let monitor = Monitor()
  private var waiting = OutputBatch()
  /// What was written: its owner made it and frees it, for the C library's memory is slow to change hands.
  private var spent = OutputBatch()
  private var unwritten = 0
  private var isAwaited = false
  private var isClosed = false
  private var failure: Errno?
  private var thread: pthread_t?

  /// Starts the thread; nil when the system has none to give.
  ///
  /// - Parameters:
  ///   - descriptor: Stays open; the caller closes it.
  ///   - format: What records become.
  ///   - wake: Is called on that thread when writing failed, and after `awaitProgress` when something is written.
  init?(_ descriptor: FileDescriptor, format: CompletionOptions.Format, wake: @escaping @Sendable () -> Void) {
    self.descriptor = descriptor
    self.format = format
    self.wake = wake
    thread = startThread { self.run() }
    if thread == nil { return nil }
  }

  /// Hands parts over.
  ///
  /// - Parameter parts: What to write; empty afterwards.
  /// - Returns: How many records are handed over and not written yet.
  /// - Throws: What an earlier write met; nothing is written after that.
  func write(_ parts: inout OutputBatch) throws(Errno) -> Int {
    var spent = OutputBatch()
    let (failure, isFirst, unwritten) = monitor.withLock {
      while self.failure == nil && waiting.size > Self.limit { monitor.wait() }
      let isFirst = waiting.isEmpty
      self.unwritten += parts.recordCount
      if self.failure == nil { waiting.take(&parts) }
      swap(&spent, &self.spent)
      return (self.failure, isFirst, self.unwritten)
    }
    parts.removeAll()
    // Before the other thread is woken, for it would wait for the allocator too.
    spent.removeAll()
    if let failure { throw failure }
    if isFirst { monitor.signal() }
    return unwritten
  }

  /// Looks how far it is.
  ///
  /// - Returns: How many records are handed over and not written yet.
  /// - Throws: What writing met.
  func check() throws(Errno) -> Int {
    let state = monitor.withLock { (failure: failure, unwritten: unwritten) }
    if let failure = state.failure { throw failure }
    return state.unwritten
  }

  /// Asks to be woken as soon as more is written.
  ///
  /// - Returns: False when everything is written already.
  func awaitProgress() -> Bool {
    monitor.withLock {
      isAwaited = unwritten > 0
      return isAwaited
    }
  }

  /// Waits until everything is written, and ends the thread.
  ///
  /// - Throws: What writing met.
  func close() throws(Errno) {
    monitor.withLock { isClosed = true }
    monitor.signal()
    if let thread { pthread_join(thread, nil) }
    thread = nil
    _ = try check()
  }

  private func run() {
    let writer = BatchRenderer(descriptor, format: format)
    var parts = OutputBatch()
    while take(&parts) {
      do throws(Errno) { try writer.write(parts) } catch { return fail(error) }
      giveBack(&parts)
    }
  }

  private func fail(_ error: Errno) {
    monitor.withLock {
      failure = error
      waiting = OutputBatch()
    }
    monitor.signal()
    wake()
  }

  private func giveBack(_ parts: inout OutputBatch) {
    let wasAwaited = monitor.withLock {
      defer { isAwaited = false }
      unwritten -= parts.recordCount
      spent.take(&parts)
      return isAwaited
    }
    if wasAwaited { wake() }
  }

  /// Waits for something to write; false at the end.
  private func take(_ parts: inout OutputBatch) -> Bool {
    let wasFull = monitor.withLock {
      while waiting.isEmpty && !isClosed { monitor.wait() }
      swap(&parts, &waiting)
      return parts.size > Self.limit
    }
    if wasFull { monitor.signal() }
    return !parts.isEmpty
  }
}
