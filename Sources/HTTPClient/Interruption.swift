import CCurl
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

// Written by the handler below, which may run at any instruction: plain words, stored and loaded whole, with constant
// initial values. The descriptor is set once, before the handler is in place.
private nonisolated(unsafe) var caughtSignal: Int32 = 0
private nonisolated(unsafe) var wakeDescriptor: Int32 = -1

/// SIGINT and SIGTERM as a flag and an event. A second one ends the process at once, whatever it is doing.
public enum Interruption {
  /// The signal that was caught, or nil.
  public static var signal: Int32? { caughtSignal == 0 ? nil : caughtSignal }

  static var descriptor: Int32 { wakeDescriptor }

  /// Ends the wait of a client, from any thread, as a signal does.
  public static func wake() {
    var one: UInt64 = 1
    _ = write(wakeDescriptor, &one, 8)
  }

  /// Takes both signals over, unless the process was started with them ignored (`nohup`).
  ///
  /// - Throws: The error of `eventfd(2)`.
  public static func catchSignals() throws(Errno) {
    guard wakeDescriptor < 0 else { return }
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    wakeDescriptor = descriptor
    // A parent with many threads may have started this process with everything blocked.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGINT)
    sigaddset(&mask, SIGTERM)
    defer { pthread_sigmask(SIG_UNBLOCK, &mask, nil) }
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      sigaction(number, nil, &action)
      // SIG_IGN is a cast of 1, which Swift cannot compare: the address says it.
      if unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
      action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        if caughtSignal != 0 { _exit(128 + number) }
        caughtSignal = number
        let saved = errno
        Interruption.wake()
        errno = saved
      }
      sigaction(number, &action, nil)
    }
  }
}
