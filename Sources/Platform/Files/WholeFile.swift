public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are read or written whole.
public enum WholeFile {
  /// What is done with a file that is longer than the limit.
  public enum Excess: Sendable {
    /// It is refused, as `fileTooLarge`.
    case isRefused
    /// Its start is read.
    case isCutOff
  }

  /// What sort of file may be read.
  public enum Source: Sendable {
    /// Any; a FIFO (`<(command)`) is waited for.
    case any
    /// Only a regular file: anything else is refused as `invalidArgument`, a directory as `isDirectory`.
    case regular
  }

  /// Reads all bytes of a file.
  ///
  /// - Parameters:
  ///   - path: The file, relative to `directory` when that is given.
  ///   - directory: An open directory; nil takes the current one.
  ///   - source: What sort of file may be read.
  ///   - limit: How long it may be, in bytes.
  ///   - excess: What is done with a longer one.
  /// - Returns: The bytes.
  /// - Throws: The error of opening or reading.
  public static func read(
    _ path: FilePath, in directory: FileDescriptor? = nil, source: Source = .any, limit: Int = .max,
    excess: Excess = .isRefused
  ) throws(Errno) -> [UInt8] {
    let descriptor = try openFile(
      path, .readOnly, options: source == .regular ? [.nonBlocking] : [], in: directory)
    defer { closeQuietly(descriptor) }
    let status = try Stat(descriptor)
    if source == .regular && !status.isRegular { throw status.type == .directory ? .isDirectory : .invalidArgument }
    return try read(descriptor, expecting: status.isRegular ? Int(status.size) : 0, limit: limit, excess: excess)
  }

  /// Reads all that is left of an open file or pipe.
  ///
  /// - Parameters:
  ///   - descriptor: What to read.
  ///   - expected: How many bytes there probably are.
  ///   - limit: How many there may be.
  ///   - excess: What is done with more.
  /// - Returns: The bytes.
  /// - Throws: The error of `read(2)`.
  public static func read(
    _ descriptor: FileDescriptor, expecting expected: Int = 0, limit: Int = .max, excess: Excess = .isRefused
  ) throws(Errno) -> [UInt8] {
    // One byte more than there should be shows whether there is more.
    var room = max(min(expected, limit == .max ? limit - 1 : limit) + 1, 4096)
    var bytes: [UInt8] = []
    while true {
      let more = try chunk(of: descriptor, atMost: room)
      if more.isEmpty { return bytes }
      if bytes.isEmpty { bytes = more } else { bytes += more }
      if bytes.count > limit {
        guard excess == .isCutOff else { throw .fileTooLarge }
        bytes.removeSubrange(limit...)
        return bytes
      }
      room = more.count == room ? 64 << 10 : max(room - more.count, 4096)
    }
  }

  private static func chunk(of descriptor: FileDescriptor, atMost room: Int) throws(Errno) -> [UInt8] {
    var result: Result<Int, Errno> = .success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      result = Result { () throws(Errno) in
        try readSome(
          from: descriptor,
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<room]))
      }
      if case .success(let read) = result { count = read }
    }
    _ = try result.get()
    return bytes
  }

  /// What is done when there is a file of that name already.
  public enum Existing: Sendable {
    /// It is replaced, in one step: anyone who opens the name gets the old file or the new one, whole.
    case isReplaced
    /// It stays, and `fileExists` is thrown.
    case stays
  }

  /// Writes a whole file under its name, in one step: to a file beside it that gets the name when it is complete.
  ///
  /// - Parameters:
  ///   - bytes: The content.
  ///   - path: The file, relative to `directory` when that is given.
  ///   - directory: An open directory; nil takes the current one.
  ///   - existing: What is done with a file of that name.
  ///   - permissions: Of the file, less the umask.
  ///   - isSynced: Whether content and name are on the disk before it returns, and the name never before the content.
  /// - Throws: The error of the call that failed; the name is as it was before then.
  public static func write(
    _ bytes: [UInt8], to path: FilePath, in directory: FileDescriptor? = nil, existing: Existing = .isReplaced,
    permissions: FilePermissions = .ownerReadWrite, isSynced: Bool = true
  ) throws(Errno) {
    let base = directory?.rawValue ?? AT_FDCWD
    let folder = path.removingLastComponent()
    let (temporary, descriptor) = try TemporaryFile.make(in: folder, relativeTo: directory, permissions: permissions)
    do throws(Errno) {
      do throws(Errno) {
        try writeAll(bytes, to: descriptor)
        if isSynced { try syncFile(descriptor) }
      } catch {
        closeQuietly(descriptor)
        throw error
      }
      // Over NFS a full disk shows here.
      guard close(descriptor.rawValue) == 0 || errno == EINTR else { throw .last }
      try temporary.withCPath { from throws(Errno) in
        try path.withCPath { to throws(Errno) in
          switch existing {
          case .isReplaced: try systemCall { renameat(base, from, base, to) }
          // link(2) does not replace a file, rename(2) would.
          case .stays: try systemCall { linkat(base, from, base, to, 0) }
          }
        }
      }
    } catch {
      remove(temporary, in: directory)
      throw error
    }
    if existing == .stays { remove(temporary, in: directory) }
    if isSynced {
      if let directory, folder.isEmpty { try syncFile(directory) } else { try Directory.sync(folder) }
    }
  }

  /// Removes a name; one that is not there is left.
  ///
  /// - Parameters:
  ///   - path: The name.
  ///   - directory: An open directory; nil takes the current one.
  public static func remove(_ path: FilePath, in directory: FileDescriptor? = nil) {
    _ = path.withPlatformString { unlinkat(directory?.rawValue ?? AT_FDCWD, $0, 0) }
  }
}
