public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The one kind of lock that these programs put on files: exclusive, on the whole file, by `flock(2)`.
///
/// It belongs to the open file description, so two descriptors of one process that were opened apart exclude each
/// other, and closing another descriptor of the same file does not drop it, as it would a lock of `fcntl(2)`. The
/// kernel drops it when the last descriptor is closed, so also after `kill -9`; children do not keep it, for every
/// descriptor here is closed on exec. Over NFS Linux turns it into a lock of the server's, which other hosts see; there
/// the descriptor must be open for writing. Scripts can take part in it with the `flock` command.
public enum FileLock {
  /// Waits for the lock.
  ///
  /// - Parameter descriptor: Open for writing.
  /// - Returns: False where the file system has no locks; nothing is locked then.
  /// - Throws: The error of `flock(2)`.
  @discardableResult
  public static func take(_ descriptor: FileDescriptor) throws(Errno) -> Bool {
    do throws(Errno) {
      try systemCall { flock(descriptor.rawValue, LOCK_EX) }
      return true
    } catch .noLocks, .notSupported, .noFunction, .invalidArgument {
      return false
    }
  }

  /// Takes the lock if nobody has it.
  ///
  /// - Parameter descriptor: Open for writing.
  /// - Returns: False when another process has it.
  /// - Throws: The error of `flock(2)`, also where the file system has no locks.
  public static func tryToTake(_ descriptor: FileDescriptor) throws(Errno) -> Bool {
    do throws(Errno) {
      try systemCall { flock(descriptor.rawValue, LOCK_EX | LOCK_NB) }
      return true
    } catch .wouldBlock {
      return false
    }
  }

  /// Gives the lock back; closing does it too.
  ///
  /// - Parameter descriptor: The descriptor it was taken on.
  public static func release(_ descriptor: FileDescriptor) { _ = flock(descriptor.rawValue, LOCK_UN) }
}
