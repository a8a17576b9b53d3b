public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which file it is, whatever its name: the file system and the file's number in it.
public struct FileIdentity: Hashable, Sendable {
  /// `st_dev`.
  public let device: UInt64
  /// `st_ino`.
  public let inode: UInt64

  /// Takes the two numbers.
  ///
  /// - Parameters:
  ///   - device: `st_dev`.
  ///   - inode: `st_ino`.
  public init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  /// The file behind a descriptor.
  ///
  /// - Parameter descriptor: An open file of any kind.
  /// - Throws: The error of `fstat(2)`.
  public init(of descriptor: FileDescriptor) throws(Errno) { self = try Stat(descriptor).identity }

  /// The file that a path leads to.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - followingLinks: Whether a symbolic link stands for what it leads to.
  /// - Throws: The error of `stat(2)`.
  public init(at path: FilePath, followingLinks: Bool = true) throws(Errno) {
    self = try Stat(path, followTargetSymlink: followingLinks).identity
  }
}

extension Stat {
  /// Which file it is.
  public var identity: FileIdentity {
    FileIdentity(
      device: UInt64(truncatingIfNeeded: deviceID.rawValue), inode: UInt64(truncatingIfNeeded: inode.rawValue))
  }

  /// Whether it is a regular file: no directory, link, FIFO, device or socket.
  public var isRegular: Bool { type == .regular }

  /// When its content was last changed, in nanoseconds since 1970, saturated.
  public var modifiedNanoseconds: Int64 { st_mtim.nanoseconds }
}
