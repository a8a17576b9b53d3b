public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Tells when something changes in a directory, that need not exist yet (`inotify(7)`).
///
/// A class because the descriptor closes once.
public final class DirectoryWatch {
  /// A shared disk tells nobody about the changes of other hosts: it is looked at this often anyway, in milliseconds.
  private static let interval: Int32 = 1000

  private let path: FilePath
  // -1 where the system has no watch to give; then only time wakes.
  private let descriptor: Int32

  /// Names a directory; `start` begins.
  ///
  /// - Parameter path: The directory.
  public init(_ path: FilePath) {
    self.path = path
    descriptor = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Watches the directory that is at the path now: what changes from here on ends the next wait.
  public func start() {
    _ = path.withPlatformString {
      inotify_add_watch(descriptor, $0, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
    }
  }

  /// Waits until something has changed, or for a second.
  ///
  /// - Parameter reader: Where is written what is found.
  /// - Throws: `brokenPipe` when the reader has gone.
  public func wait(unlessGone reader: FileDescriptor) throws(Errno) {
    var requests = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: reader.rawValue, events: 0, revents: 0),
    ]
    guard poll(&requests, 2, Self.interval) > 0 else { return }
    if Int32(requests[1].revents) & (POLLERR | POLLHUP) != 0 { throw .brokenPipe }
    var events = [UInt8](repeating: 0, count: 16 << 10)
    while read(descriptor, &events, events.count) > 0 {}
  }
}
