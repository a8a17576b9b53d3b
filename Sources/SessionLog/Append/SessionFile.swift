import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A session's file, open for appending. What is appended is whole or not there, no matter who else appends.
///
/// Every append holds the file's lock (`FileLock`), which the kernel drops when the process dies. Under it a last line
/// that a crash left without its end is closed off first, and what a full disk cut off is taken away again.
final class SessionFile {
  /// What is done when there is no such file.
  enum Missing {
    /// It is made, with its directories.
    case isMade
    /// It is an error.
    case isRefused
  }

  /// A log or its directory may be removed while it is being made; this many times in a row is no longer chance.
  private static let mostTries = 10

  let path: FilePath
  /// Whether it was made now.
  let isNew: Bool

  // Closed in deinit.
  private let descriptor: FileDescriptor
  private let identity: FileIdentity
  /// Where this process's last append ended: the file ends with a whole line there.
  private var knownEnd = 0
  /// How many lines the last append wrote, also when it failed.
  private(set) var writtenLines = 0

  /// Opens the file, and refuses what is not a regular file.
  ///
  /// - Parameters:
  ///   - path: The session's file.
  ///   - missing: What is done when there is none.
  /// - Throws: When it cannot be opened or made.
  init(_ path: FilePath, ifMissing missing: Missing = .isMade) throws(SessionLogError) {
    self.path = path
    (descriptor, isNew) = try Self.open(path, missing)
    do throws(Errno) {
      let status = try Stat(descriptor)
      identity = status.identity
      if status.isRegular { return }
    } catch {
      closeQuietly(descriptor)
      throw SessionLogError("look at", path.string, .system(error))
    }
    closeQuietly(descriptor)
    throw SessionLogError("open", path.string, .notRegular)
  }

  deinit { closeQuietly(descriptor) }

  /// Whether the path still leads to this file: it may have been removed or rotated.
  var isCurrent: Bool { (try? FileIdentity(at: path, followingLinks: false)) == identity }

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
    // Where the file system has no locks, O_APPEND has to do.
    try naming("lock") { () throws(Errno) in try FileLock.take(descriptor) }
    defer { FileLock.release(descriptor) }
    // A repair puts a new file in place while it holds the lock.
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
    try naming("sync") { () throws(Errno) in try systemCall { fdatasync(descriptor.rawValue) } }
  }

  /// Writes, and takes a line that was cut off away again.
  private func write(_ lines: ArraySlice<UInt8>, at end: Int) throws(SessionLogError) {
    var count = 0
    while count < lines.count {
      let failure: Errno
      do throws(Errno) {
        let more = try systemCall {
          lines.withUnsafeBytes { bytes in
            Glibc.write(descriptor.rawValue, bytes.baseAddress.map { $0 + count }, bytes.count - count)
          }
        }
        // A short write: the next one says why, or finishes it.
        count += more
        if more > 0 { continue }
        failure = .ioError
      } catch {
        failure = error
      }
      try shorten(lines, written: count, at: end)
      throw SessionLogError("write", path.string, .system(failure))
    }
    keep(lines, at: end)
  }

  private func shorten(_ lines: ArraySlice<UInt8>, written count: Int, at end: Int) throws(SessionLogError) {
    let whole = lines.prefix(count).lastIndex(of: 0x0A).map { $0 + 1 - lines.startIndex } ?? 0
    keep(lines.prefix(whole), at: end)
    // Only what is ours: someone without a lock may have appended behind it.
    guard whole < count, try size() == end + count else { return }
    try naming("shorten") { () throws(Errno) in
      try systemCall { ftruncate(descriptor.rawValue, off_t(end + whole)) }
    }
  }

  private func keep(_ lines: ArraySlice<UInt8>, at end: Int) {
    writtenLines += lines.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
    knownEnd = end + lines.count
  }

  private func endsInsideLine(_ size: Int) throws(SessionLogError) -> Bool {
    guard size > 0, size != knownEnd else { return false }
    var last: UInt8 = 0x0A
    try naming("read") { () throws(Errno) in
      try systemCall { pread(descriptor.rawValue, &last, 1, off_t(size - 1)) }
    }
    return last != 0x0A
  }

  private func size() throws(SessionLogError) -> Int {
    try naming("look at") { () throws(Errno) in Int(try Stat(descriptor).size) }
  }

  @discardableResult
  private func naming<Result>(_ action: String, _ call: () throws(Errno) -> Result) throws(SessionLogError) -> Result {
    do throws(Errno) { return try call() } catch { throw SessionLogError(action, path.string, .system(error)) }
  }

  private static func open(_ path: FilePath, _ missing: Missing) throws(SessionLogError) -> (FileDescriptor, Bool) {
    // Non-blocking: a FIFO must be refused, not waited for.
    let options: FileDescriptor.OpenOptions = [
      .append, .noFollow, .nonBlocking, FileDescriptor.OpenOptions(rawValue: O_NOCTTY),
    ]
    for _ in 0..<mostTries {
      do throws(Errno) {
        return (try openFile(path, .readWrite, options: options), false)
      } catch {
        guard error == .noSuchFileOrDirectory else { throw SessionLogError(opening: path, error) }
        if missing == .isRefused {
          try SessionDirectory.checkIsAbsent(path.removingLastComponent())
          throw SessionLogError(opening: path, error)
        }
      }
      let directory = path.removingLastComponent()
      do throws(Errno) { try Directory.make(directory, synced: true) } catch {
        throw SessionLogError("make", directory.string, .system(error))
      }
      do throws(Errno) {
        return (try openFile(path, .readWrite, options: options.union([.create, .exclusiveCreate])), true)
      } catch {
        // Somebody else made it, or took the directory away: once more.
        guard error == .fileExists || error == .noSuchFileOrDirectory else {
          throw SessionLogError("create", path.string, .system(error))
        }
      }
    }
    throw SessionLogError("create", path.string, .system(.resourceBusy))
  }
}
