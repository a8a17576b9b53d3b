public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// Written by the handler below, which may run at any instruction: plain words, stored and loaded whole, with constant
// initial values. The others are set once, before the handler is in place.
private nonisolated(unsafe) var caughtSignal: Int32 = 0
private nonisolated(unsafe) var caughtAt: Int64 = 0
private nonisolated(unsafe) var endsNow = false
private nonisolated(unsafe) var readEnd: Int32 = -1
private nonisolated(unsafe) var writeEnd: Int32 = -1

/// Signals that ask a process to stop, as a flag and as an event.
public enum TerminationSignal {
  /// Whether a signal is a second request and not the first one again: GNU `timeout` sends one to the process and one
  /// to its group, so those of one second are the same request.
  ///
  /// - Parameters:
  ///   - first: When the first signal came, in nanoseconds of `MonotonicTime`.
  ///   - now: When this one came.
  /// - Returns: True a second or more after the first.
  static func isSecondRequest(first: Int64, now: Int64) -> Bool { now - first >= 1_000_000_000 }

  /// The signal that was caught, or nil.
  public static var signal: Int32? { caughtSignal == 0 ? nil : caughtSignal }

  /// A pipe that is readable as soon as a signal has come or `wake` was called; nil before `catchSignals`.
  public static var descriptor: FileDescriptor? { readEnd < 0 ? nil : FileDescriptor(rawValue: readEnd) }

  /// Ends the wait for `descriptor`, from any thread, as a signal does.
  public static func wake() {
    var byte: UInt8 = 0
    // A pipe that is full wakes too.
    _ = write(writeEnd, &byte, 1)
  }

  /// Ends the wait for `descriptor` also when a child of this process has ended, from now on. Call it before the first
  /// child is started.
  public static func wakeAtEndsOfChildren() {
    defer { unblock([SIGCHLD]) }
    setHandler(SIGCHLD, flags: SA_RESTART | SA_NOCLDSTOP) { _ in
      let saved = errno
      TerminationSignal.wake()
      errno = saved
    }
  }

  /// Takes signals over, but for those that the process was started to ignore (`nohup`).
  ///
  /// - Parameters:
  ///   - numbers: The signals.
  ///   - endsAtSecond: Whether one that comes a second or more after the first ends the process at once, whatever it is
  ///     doing.
  /// - Returns: What `descriptor` is from now on.
  /// - Throws: The error of `pipe2(2)`.
  @discardableResult
  public static func catchSignals(_ numbers: [Int32], endsAtSecond: Bool) throws(Errno) -> FileDescriptor {
    if let descriptor { return descriptor }
    endsNow = endsAtSecond
    let pipe = try FileDescriptor.pipe(options: [.closeOnExec, .nonBlocking])
    (readEnd, writeEnd) = (pipe.readEnd.rawValue, pipe.writeEnd.rawValue)
    defer { unblock(numbers) }
    for number in numbers where !isIgnored(number) {
      setHandler(number) { number in
        let saved = errno
        let now = MonotonicTime.now.nanoseconds
        if caughtSignal == 0 {
          caughtAt = now
        } else if endsNow && TerminationSignal.isSecondRequest(first: caughtAt, now: now) {
          _exit(128 + number)
        }
        caughtSignal = number
        TerminationSignal.wake()
        errno = saved
      }
    }
    return pipe.readEnd
  }

  /// Lets signals through: a parent with many threads may have started this process with everything blocked.
  private static func unblock(_ numbers: [Int32]) {
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in numbers { sigaddset(&mask, number) }
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }
}
