public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

// Platform is the only module that speaks to the operating system; what the modules above do with files, processes,
// clocks, descriptors and terminals they do through it and swift-system. It runs on Linux. A second system has to give
// what the files named `...+Linux.swift` hold: for macOS, kqueue in place of inotify (`DirectoryWatch`), `F_FULLFSYNC` in place of `fdatasync`, and `__sigaction_u` in place of
// `__sigaction_handler`. Everything else is POSIX; where the systems spell it differently (`st_mtimespec`), `Stat` of
// swift-system is used. There are no locks of open file descriptions here because macOS has none: `FileLock` is
// `flock(2)`, which both have.

extension Errno {
  /// What the last system call of this thread failed with: `errno`, which the next call may overwrite.
  public static var last: Errno { Errno(rawValue: errno) }
}

/// Makes a system call that returns -1 when it fails; makes it again after EINTR.
///
/// - Parameter call: The call.
/// - Returns: What it returned.
/// - Throws: What it failed with.
@discardableResult
public func systemCall(_ call: () -> Int32) throws(Errno) -> Int32 { try retrying(call) }

/// Makes a system call that returns a length or -1; makes it again after EINTR.
///
/// - Parameter call: The call.
/// - Returns: What it returned.
/// - Throws: What it failed with.
@discardableResult
public func systemCall(_ call: () -> Int) throws(Errno) -> Int { try retrying(call) }

private func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
  while true {
    let result = call()
    if result != -1 { return result }
    guard errno == EINTR else { throw .last }
  }
}

extension Array where Element == UInt8 {
  /// Lends the bytes to something that throws one kind of error; `withUnsafeBytes` forgets which.
  ///
  /// - Parameter body: Gets the bytes, valid during the call.
  /// - Returns: What it returns.
  /// - Throws: What it throws.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
  }
}
