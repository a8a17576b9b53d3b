public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

// Written by the handler below, which may run at any instruction: plain words, stored and loaded whole. The descriptor
// is set once, before the handler is in place.
private nonisolated(unsafe) var caught: Int32 = 0
private nonisolated(unsafe) var wakeDescriptor: Int32 = -1

/// SIGINT, SIGTERM and SIGHUP as something that `poll(2)` can wait for.
public enum StopSignal {
  /// The signal that came, or nil.
  public static var number: Int32? { caught == 0 ? nil : caught }

  /// Takes the signals over.
  ///
  /// - Returns: Readable as soon as one has come.
  /// - Throws: The error of `pipe(2)`.
  public static func descriptor() throws(Errno) -> FileDescriptor {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Errno(rawValue: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    wakeDescriptor = ends[1]
    // Whoever started us may have had them blocked (a thread of a client's that takes no signals).
    var wanted = sigset_t()
    sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      sigaddset(&wanted, number)
      signal(number) { number in
        caught = number
        let saved = errno
        var byte: UInt8 = 0
        _ = write(wakeDescriptor, &byte, 1)
        errno = saved
      }
    }
    sigprocmask(SIG_UNBLOCK, &wanted, nil)
    return FileDescriptor(rawValue: ends[0])
  }
}
