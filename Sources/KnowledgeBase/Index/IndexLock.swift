import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Holds a lock file of an index for as long as it lives, and the number that is in it.
///
/// A class because the descriptor closes once.
final class IndexLock {
  private let descriptor: FileDescriptor

  /// Waits for the lock, up to a number of seconds: its holder may have been stopped. Where the file system has no
  /// locks there is none.
  init(_ path: String, timeout: Double) throws(KnowledgeError) {
    let opened = try Files.naming(path) { () throws(Errno) in
      try openFile(NotePath.file(path), .readWrite, options: [.create], permissions: .ownerReadWrite)
    }
    descriptor = opened
    let end = MonotonicTime.now.adding(seconds: timeout)
    do throws(Errno) {
      while try !FileLock.tryToTake(opened) {
        if MonotonicTime.now > end { throw .wouldBlock }
        usleep(5_000)
      }
    } catch .noLocks, .notSupported, .noFunction {
    } catch {
      closeQuietly(opened)
      throw .system(path, errno: error.rawValue)
    }
  }

  deinit { closeQuietly(descriptor) }

  /// A number that lives in the lock file, 0 at first.
  var counter: UInt64 {
    get {
      var value: UInt64 = 0
      return pread(descriptor.rawValue, &value, 8, 0) == 8 ? value : 0
    }
    set {
      var value = newValue
      pwrite(descriptor.rawValue, &value, 8, 0)
    }
  }
}
