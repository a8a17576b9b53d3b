public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are there for a while only.
public enum TemporaryFile {
  /// Makes a file without a name, in `TMPDIR` or `/tmp`, open for reading and writing and closed on exec: it is gone with
  /// its last descriptor.
  ///
  /// - Returns: A descriptor, to be closed.
  /// - Throws: The error of `open(2)`.
  public static func open() throws(Errno) -> FileDescriptor {
    let folder = FilePath(Environment.variable("TMPDIR") ?? "/tmp")
    let (path, descriptor) = try make(in: folder, relativeTo: nil, permissions: .ownerReadWrite)
    WholeFile.remove(path)
    return descriptor
  }

  /// Makes a file without a name that holds something, to be read from its start.
  ///
  /// - Parameter bytes: What it holds.
  /// - Returns: A descriptor, to be closed.
  /// - Throws: The error of `open(2)` or `write(2)`.
  public static func open(holding bytes: [UInt8]) throws(Errno) -> FileDescriptor {
    let descriptor = try open()
    do throws(Errno) {
      try writeAll(bytes, to: descriptor)
      try systemCall { Int(lseek(descriptor.rawValue, 0, SEEK_SET)) }
    } catch {
      closeQuietly(descriptor)
      throw error
    }
    return descriptor
  }

  /// A new file with a name that nobody else takes: on a shared disk the process numbers of several hosts meet.
  ///
  /// - Parameters:
  ///   - folder: Where.
  ///   - directory: What a relative folder starts from; nil is the current directory.
  ///   - permissions: The file's.
  /// - Returns: Its path, to be removed, and a descriptor, to be closed.
  /// - Throws: The error of `open(2)`.
  package static func make(
    in folder: FilePath, relativeTo directory: FileDescriptor?, permissions: FilePermissions
  ) throws(Errno) -> (FilePath, FileDescriptor) {
    while true {
      let number = String(UInt64.random(in: .min ... .max), radix: 36)
      let path = folder.appending(".hg-\(getpid())-\(number).tmp")
      do throws(Errno) {
        let descriptor = try openFile(
          path, .readWrite, options: [.create, .exclusiveCreate, .noFollow], permissions: permissions, in: directory)
        return (path, descriptor)
      } catch .fileExists {}
    }
  }
}
