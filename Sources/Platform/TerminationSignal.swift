public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

// Written by the handler below, which may run at any instruction: plain words, stored and loaded whole, with constant
// initial values. The others are set once, before the handler is in place.
private nonisolated(unsafe) var caughtSignal: Int32 = 0
private nonisolated(unsafe) var endsNow = false
private nonisolated(unsafe) var readEnd: Int32 = -1
private nonisolated(unsafe) var writeEnd: Int32 = -1

/// Signals that ask a process to stop, as a flag and as an event.
public enum TerminationSignal {
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

  /// Takes signals over, but for those that the process was started to ignore (`nohup`).
  ///
  /// - Parameters:
  ///   - numbers: The signals.
  ///   - endsAtSecond: Whether a second one ends the process at once, whatever it is doing.
  /// - Returns: What `descriptor` is from now on.
  /// - Throws: The error of `pipe(2)`.
  @discardableResult
  public static func catchSignals(_ numbers: [Int32], endsAtSecond: Bool) throws(Errno) -> FileDescriptor {
    if let descriptor { return descriptor }
    endsNow = endsAtSecond
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
    // A parent with many threads may have started this process with everything blocked.
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in numbers { sigaddset(&mask, number) }
    defer { pthread_sigmask(SIG_UNBLOCK, &mask, nil) }
    for number in numbers {
      var action = sigaction()
      sigaction(number, nil, &action)
      // SIG_IGN is a cast of 1, which Swift cannot compare: the address says it.
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        if caughtSignal != 0 && endsNow { _exit(128 + number) }
        caughtSignal = number
        let saved = errno
        TerminationSignal.wake()
        errno = saved
      }
      sigaction(number, &action, nil)
    }
    return FileDescriptor(rawValue: readEnd)
  }
}
