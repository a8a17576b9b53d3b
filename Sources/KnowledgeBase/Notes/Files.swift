import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// System calls on files, with errors as values.
enum Files {
  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - path: Relative to `directory` when that is given.
  ///   - directory: A descriptor, or AT_FDCWD.
  ///   - maximum: In bytes; nil reads all.
  /// - Returns: The bytes.
  /// - Throws: ``KnowledgeError``.
  static func read(_ path: String, in directory: Int32 = AT_FDCWD, maximum: Int? = nil) throws(KnowledgeError)
    -> [UInt8]
  {
    try read(path, from: openat(directory, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), maximum: maximum)
  }

  /// Reads a whole note.
  ///
  /// - Parameters:
  ///   - path: As ``NotePath`` has it, relative to `directory`.
  ///   - directory: A descriptor.
  ///   - maximum: In bytes; nil reads all.
  /// - Returns: The bytes.
  /// - Throws: ``KnowledgeError``.
  static func read(note path: String, in directory: Int32, maximum: Int? = nil) throws(KnowledgeError) -> [UInt8] {
    let name = NotePath.cString(path)
    return try read(path, from: openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK), maximum: maximum)
  }

  /// Reads a whole file at a path as ``NotePath`` has it.
  static func read(source path: String) throws(KnowledgeError) -> [UInt8] { try read(note: path, in: AT_FDCWD) }

  private static func read(_ path: String, from descriptor: Int32, maximum: Int?) throws(KnowledgeError) -> [UInt8] {
    guard descriptor >= 0 else { throw .system(path, errno: errno) }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw .system(path, errno: errno) }
    guard info.st_mode & S_IFMT == S_IFREG else { throw .system(path, errno: EINVAL) }
    // One byte more than it should have shows that it grew.
    var capacity = min(Int(info.st_size) + 1, maximum ?? .max)
    var bytes: [UInt8] = []
    while true {
      var failure: Errno?
      let start = bytes.count
      let more = [UInt8](unsafeUninitializedCapacity: max(capacity - start, 1)) { buffer, count in
        do throws(Errno) {
          count = try readSome(from: FileDescriptor(rawValue: descriptor), into: UnsafeMutableRawBufferPointer(buffer))
        } catch { failure = error }
      }
      if let failure { throw .system(path, errno: failure.rawValue) }
      if more.isEmpty { return bytes }
      if bytes.isEmpty { bytes = more } else { bytes += more }
      if let maximum, bytes.count >= maximum { return bytes }
      if bytes.count >= capacity { capacity = bytes.count + 64 << 10 }
    }
  }

  /// Writes a whole file and syncs it.
  static func write(_ bytes: [UInt8], to path: String, in directory: Int32 = AT_FDCWD, sync: Bool = true)
    throws(KnowledgeError)
  {
    let descriptor = openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(path, errno: errno) }
    defer { close(descriptor) }
    var failure: Errno?
    bytes.withUnsafeBytes { buffer in
      do throws(Errno) { try writeAll(buffer, to: FileDescriptor(rawValue: descriptor)) } catch { failure = error }
    }
    if failure == nil && sync && fsync(descriptor) != 0 { failure = Errno(rawValue: errno) }
    if let failure {
      unlinkat(directory, path, 0)
      throw .system(path, errno: failure.rawValue)
    }
  }

  /// Makes a directory and those above it, readable only by their owner.
  static func makeDirectories(_ path: String) throws(KnowledgeError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw .system(path, errno: errno)
    }
    try makeDirectories(String(path[..<slash]))
    if mkdir(path, 0o700) != 0 && errno != EEXIST { throw .system(path, errno: errno) }
  }

  static func isDirectory(_ path: String) -> Bool {
    var info = stat()
    return stat(NotePath.cString(path), &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a directory, as ``NotePath`` has them, in no order; without `.` and `..`.
  static func names(in path: String) throws(KnowledgeError) -> [String] {
    guard let stream = opendir(NotePath.cString(path)) else { throw .system(path, errno: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          NotePath.text(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
        }
      }
      if name != "." && name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw .system(path, errno: errno) }
    return names
  }

  /// What something is.
  enum Kind {
    case file, directory, other
  }

  /// What is at a path, links not followed; nil when there is nothing, or it cannot be seen.
  static func kind(of path: String) -> Kind? {
    var info = stat()
    guard lstat(NotePath.cString(path), &info) == 0 else { return nil }
    return info.st_mode & S_IFMT == S_IFDIR ? .directory : info.st_mode & S_IFMT == S_IFREG ? .file : .other
  }

  /// A variable of the environment; an empty one counts as set.
  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// Holds a lock file exclusively for as long as it lives.
///
/// A class because the descriptor closes once.
final class FileLock {
  private let descriptor: Int32

  /// Waits for the lock, for so many seconds at most: whoever holds it may have been stopped.
  init(_ path: String, timeout: Int) throws(KnowledgeError) {
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw .system(path, errno: errno) }
    descriptor = opened
    let end = FileTree.now() + Int64(timeout) * 1_000_000_000
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      guard code == EINTR || code == EWOULDBLOCK && FileTree.now() < end else {
        close(descriptor)
        throw .system(path, errno: code)
      }
      usleep(5_000)
    }
  }

  deinit { close(descriptor) }

  /// A number that lives in the lock file, 0 at first.
  var counter: UInt64 {
    get {
      var value: UInt64 = 0
      return pread(descriptor, &value, 8, 0) == 8 ? value : 0
    }
    set {
      var value = newValue
      pwrite(descriptor, &value, 8, 0)
    }
  }
}
