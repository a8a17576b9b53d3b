import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// An exclusive lock on a whole file that belongs to the open file description, not to the process (`fcntl(2)`).
enum FileLock {
  /// Waits for the lock; false and `errno` when there is none to have.
  static func take(_ descriptor: FileDescriptor) -> Bool { set(descriptor, F_WRLCK) }

  /// Gives the lock back.
  static func release(_ descriptor: FileDescriptor) { _ = set(descriptor, F_UNLCK) }

  private static func set(_ descriptor: FileDescriptor, _ type: Int32) -> Bool {
    var request = flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
    // F_OFD_SETLKW of Linux, which Swift does not import.
    return fcntl(descriptor.rawValue, 38, &request) == 0
  }
}

/// Which file it is, whatever its name.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  let isRegular: Bool
  let size: Int
  let changed: Int64

  init?(of descriptor: FileDescriptor) {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { return nil }
    self.init(status)
  }

  init?(at path: FilePath) {
    var status = stat()
    guard lstat(path.string, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = status.st_dev
    number = status.st_ino
    isRegular = status.st_mode & S_IFMT == S_IFREG
    size = Int(status.st_size)
    changed = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
  }

  /// Whether it is the same file; its content may have changed.
  static func == (left: FileIdentity, right: FileIdentity) -> Bool {
    left.device == right.device && left.number == right.number
  }
}
