import NDJSON
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A session's file, open for appending. What is appended is whole or not there, whoever else appends.
///
/// Every append holds an exclusive lock on the open file description (`F_OFD_SETLKW`), which the kernel drops when the
/// process dies. Under it a last line that a crash left without its end is closed off first, and what a full disk cut
/// off is taken away again.
final class SessionFile {
  let path: FilePath

  // Closed in deinit.
  private let descriptor: FileDescriptor
  private let identity: FileIdentity
  /// Where this process's last append ended: the file ends with a whole line there.
  private var knownEnd: off_t = 0
  /// How many lines the last append wrote, also when it failed.
  private(set) var writtenLines = 0

  /// Opens the file, makes it and its directories when they are missing, and refuses what is no regular file.
  ///
  /// - Parameters:
  ///   - path: The session's file.
  ///   - isNew: Set when the file was made.
  /// - Throws: When it cannot be opened or made.
  init(_ path: FilePath, isNew: inout Bool) throws(SessionLogError) {
    self.path = path
    (descriptor, isNew) = try Self.openOrCreate(path)
    guard let identity = FileIdentity(of: descriptor), identity.isRegular else {
      _ = try? descriptor.close()
      throw SessionLogError("open", path.string, .notRegular)
    }
    self.identity = identity
  }

  deinit { _ = try? descriptor.close() }

  /// Whether the path still leads to this file: it may have been removed or rotated.
  var isCurrent: Bool { FileIdentity(at: path) == identity }

  /// Appends whole lines.
  ///
  /// - Parameter lines: Each with its line end.
  /// - Returns: False when the file is no longer the one at its path; nothing was written then.
  /// - Throws: When not all lines could be written. Those that were are whole, and stay.
  func append(_ lines: [UInt8]) throws(SessionLogError) -> Bool {
    try append { () throws(SessionLogError) in lines }
  }

  /// Appends lines that depend on what is in the file: nobody else appends while they are made.
  ///
  /// - Parameter makeLines: Gives whole lines, or none.
  /// - Returns: As above.
  /// - Throws: As above, and what `makeLines` throws.
  func append(_ makeLines: () throws(SessionLogError) -> [UInt8]) throws(SessionLogError) -> Bool {
    writtenLines = 0
    guard isCurrent else { return false }
    try lock()
    defer { unlock() }
    // Whoever repairs a log puts a new file in place while he holds the lock.
    guard isCurrent else { return false }
    var rest = try makeLines()[...]
    guard !rest.isEmpty else { return true }
    let size = try self.size()
    if try endsInsideLine(size) {
      rest = [0x0A] + rest
      writtenLines = -1
    }
    try write(rest, at: size)
    return true
  }

  /// Waits until the file's bytes are on the disk.
  func sync() throws(SessionLogError) {
    while fdatasync(descriptor.rawValue) != 0 {
      guard errno == EINTR else { throw failure("sync") }
    }
  }

  /// Writes, and takes a line that was cut off away again.
  private func write(_ lines: ArraySlice<UInt8>, at end: off_t) throws(SessionLogError) {
    var count = 0
    while count < lines.count {
      let more = lines.withUnsafeBytes { bytes in
        Glibc.write(descriptor.rawValue, bytes.baseAddress.map { $0 + count }, bytes.count - count)
      }
      if more < 0 && errno == EINTR { continue }
      guard more > 0 else {
        let failure = more < 0 ? self.failure("write") : SessionLogError("write", path.string, .system(.ioError))
        try shorten(lines, written: count, at: end)
        throw failure
      }
      // A short write: the next one says why, or finishes it.
      count += more
    }
    keep(lines, at: end)
  }

  private func shorten(_ lines: ArraySlice<UInt8>, written count: Int, at end: off_t) throws(SessionLogError) {
    let whole = lines.prefix(count).lastIndex(of: 0x0A).map { $0 + 1 - lines.startIndex } ?? 0
    keep(lines.prefix(whole), at: end)
    // Only what is ours: someone without a lock may have appended behind it.
    guard whole < count, try size() == end + off_t(count) else { return }
    guard ftruncate(descriptor.rawValue, end + off_t(whole)) == 0 else { throw failure("shorten") }
  }

  private func keep(_ lines: ArraySlice<UInt8>, at end: off_t) {
    writtenLines += lines.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    knownEnd = end + off_t(lines.count)
  }

  private func endsInsideLine(_ size: off_t) throws(SessionLogError) -> Bool {
    guard size > 0, size != knownEnd else { return false }
    var last: UInt8 = 0
    guard pread(descriptor.rawValue, &last, 1, size - 1) == 1 else { throw failure("read") }
    return last != 0x0A
  }

  private func size() throws(SessionLogError) -> off_t {
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else { throw failure("look at") }
    return status.st_size
  }

  private func lock() throws(SessionLogError) {
    while !FileLock.take(descriptor) {
      switch errno {
      case EINTR: continue
      // A file system without locks: O_APPEND has to do.
      case ENOLCK, EOPNOTSUPP, ENOSYS: return
      default: throw failure("lock")
      }
    }
  }

  private func unlock() { FileLock.release(descriptor) }

  private func failure(_ action: String) -> SessionLogError {
    SessionLogError(action, path.string, .system(Errno(rawValue: errno)))
  }

  private static func openOrCreate(_ path: FilePath) throws(SessionLogError) -> (FileDescriptor, Bool) {
    // O_NONBLOCK: a FIFO must be refused, not waited for.
    let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    while true {
      let opened = open(path.string, flags)
      if opened >= 0 { return (FileDescriptor(rawValue: opened), false) }
      switch errno {
      case EINTR: continue
      case ENOENT: break
      case ELOOP: throw SessionLogError("open", path.string, .symbolicLink)
      case EISDIR, ENXIO: throw SessionLogError("open", path.string, .notRegular)
      default: throw SessionLogError("open", path.string, .system(Errno(rawValue: errno)))
      }
      try makeDirectories(path.removingLastComponent())
      let made = open(path.string, flags | O_CREAT | O_EXCL, 0o600)
      if made >= 0 { return (FileDescriptor(rawValue: made), true) }
      // Someone else made it, or took the directory away: once more.
      guard errno == EEXIST || errno == EINTR || errno == ENOENT else {
        throw SessionLogError("create", path.string, .system(Errno(rawValue: errno)))
      }
    }
  }
}

/// Makes a directory and those above it, for the user alone, and pushes their names to the disk.
func makeDirectories(_ path: FilePath) throws(SessionLogError) {
  guard !path.isEmpty else { return }
  if mkdir(path.string, 0o700) == 0 { return try syncDirectory(path.removingLastComponent()) }
  guard errno != EEXIST else { return }
  guard errno == ENOENT, path.lastComponent != nil else {
    throw SessionLogError("make", path.string, .system(Errno(rawValue: errno)))
  }
  try makeDirectories(path.removingLastComponent())
  guard mkdir(path.string, 0o700) == 0 || errno == EEXIST else {
    throw SessionLogError("make", path.string, .system(Errno(rawValue: errno)))
  }
  try syncDirectory(path.removingLastComponent())
}

/// Pushes the names in a directory to the disk. One that may not be read, or cannot be synced, is left as it is.
func syncDirectory(_ path: FilePath) throws(SessionLogError) {
  let name = path.isEmpty ? "." : path.string
  var opened: Int32
  repeat { opened = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } while opened < 0 && errno == EINTR
  // Removed meanwhile: there is no name left to lose.
  if opened < 0 && (errno == ENOENT || errno == EACCES) { return }
  guard opened >= 0 else { throw SessionLogError("open", name, .system(Errno(rawValue: errno))) }
  defer { close(opened) }
  while fsync(opened) != 0 {
    if errno == EINVAL { return }
    guard errno == EINTR else { throw SessionLogError("sync", name, .system(Errno(rawValue: errno))) }
  }
}
