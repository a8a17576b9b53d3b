public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Reads once; EINTR is tried again, and a descriptor that would block is waited for.
///
/// - Parameters:
///   - descriptor: What to read.
///   - buffer: Gets the bytes.
/// - Returns: The number of bytes, 0 at the end of the input.
/// - Throws: The error of `read(2)`.
public func readSome(
  from descriptor: FileDescriptor, into buffer: UnsafeMutableRawBufferPointer
) throws(Errno) -> Int {
  while true {
    let count = read(descriptor.rawValue, buffer.baseAddress, buffer.count)
    if count >= 0 { return count }
    if errno == EAGAIN {
      _ = waitUntilReady(descriptor, for: POLLIN, milliseconds: -1)
    } else if errno != EINTR {
      throw Errno(rawValue: errno)
    }
  }
}

/// Reads once what is there, without waiting; EINTR is tried again.
///
/// - Parameters:
///   - descriptor: One that does not block.
///   - buffer: Gets the bytes.
/// - Returns: The number of bytes, 0 at the end of the input; nil when nothing is there yet.
/// - Throws: The error of `read(2)`.
public func readAvailable(
  from descriptor: FileDescriptor, into buffer: UnsafeMutableRawBufferPointer
) throws(Errno) -> Int? {
  do throws(Errno) {
    return try systemCall { read(descriptor.rawValue, buffer.baseAddress, buffer.count) }
  } catch .wouldBlock {
    return nil
  }
}

/// Writes all bytes: finishes short writes, tries EINTR again, waits for a descriptor that would block.
///
/// - Parameters:
///   - bytes: What to write.
///   - descriptor: Where.
/// - Throws: The error of `write(2)`; what came before it may have been written.
public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: FileDescriptor) throws(Errno) {
  var rest = bytes
  while !rest.isEmpty {
    let count = write(descriptor.rawValue, rest.baseAddress, rest.count)
    if count >= 0 {
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    } else if errno == EAGAIN {
      _ = waitUntilReady(descriptor, for: POLLOUT, milliseconds: -1)
    } else if errno != EINTR {
      throw Errno(rawValue: errno)
    }
  }
}

/// Whether a read of this descriptor would return at once: data, end of input or an error.
///
/// - Parameter descriptor: What to look at.
/// - Returns: False when a read would wait.
public func isReadable(_ descriptor: FileDescriptor) -> Bool {
  waitUntilReady(descriptor, for: POLLIN, milliseconds: 0)
}

private func waitUntilReady(_ descriptor: FileDescriptor, for events: Int32, milliseconds: Int32) -> Bool {
  var request = pollfd(fd: descriptor.rawValue, events: Int16(events), revents: 0)
  return poll(&request, 1, milliseconds) > 0
}

/// Opens a file, closed on exec; opens it again after EINTR.
///
/// - Parameters:
///   - path: The file, relative to `directory` when that is given.
///   - mode: For reading, writing or both.
///   - options: Further flags of `open(2)`.
///   - permissions: Of a file that is made, less the umask.
///   - directory: An open directory; nil takes the current one.
/// - Returns: A descriptor, to be closed.
/// - Throws: The error of `open(2)`.
public func openFile(
  _ path: FilePath, _ mode: FileDescriptor.AccessMode, options: FileDescriptor.OpenOptions = [],
  permissions: FilePermissions = .ownerReadWrite, in directory: FileDescriptor? = nil
) throws(Errno) -> FileDescriptor {
  let flags = mode.rawValue | options.union(.closeOnExec).rawValue
  let number = try path.withCPath { name throws(Errno) in
    try systemCall { openat(directory?.rawValue ?? AT_FDCWD, name, flags, permissions.rawValue) }
  }
  return FileDescriptor(rawValue: number)
}

/// Keeps what is open by now, but for the first three, from the programs that this process starts: libraries open
/// descriptors without the mark for that, and others were there before.
public func closeOthersOnExec() {
  for descriptor in Int32(3)..<1024 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
}

/// Closes a descriptor whose errors were seen before (nothing was written, or it was synced).
///
/// - Parameter descriptor: Must not be used afterwards.
public func closeQuietly(_ descriptor: FileDescriptor) { _ = close(descriptor.rawValue) }

/// Reads once at an offset; EINTR is tried again.
///
/// - Parameters:
///   - descriptor: A file that can be sought in.
///   - offset: In bytes.
///   - buffer: Gets the bytes.
/// - Returns: The number of bytes, 0 at the end of the file.
/// - Throws: The error of `pread(2)`.
public func readSome(
  from descriptor: FileDescriptor, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
) throws(Errno) -> Int {
  try systemCall { pread(descriptor.rawValue, buffer.baseAddress, buffer.count, off_t(offset)) }
}

/// Writes all bytes, as the other `writeAll`.
///
/// - Parameters:
///   - bytes: What to write.
///   - descriptor: Where.
/// - Throws: The error of `write(2)`; what came before it may have been written.
public func writeAll(_ bytes: [UInt8], to descriptor: FileDescriptor) throws(Errno) {
  try bytes.withBytes { (bytes) throws(Errno) in try writeAll(bytes, to: descriptor) }
}

/// Waits until what was written to a file is on the disk; what cannot be synced (a pipe) is left.
///
/// - Parameter descriptor: The file.
/// - Throws: The error of `fsync(2)`.
public func syncFile(_ descriptor: FileDescriptor) throws(Errno) {
  do throws(Errno) { try systemCall { fsync(descriptor.rawValue) } } catch .invalidArgument, .notSupported {}
}

/// Whether a descriptor is a terminal.
///
/// - Parameter descriptor: Any.
/// - Returns: False for files, pipes and what is closed.
public func isTerminal(_ descriptor: FileDescriptor) -> Bool { isatty(descriptor.rawValue) == 1 }

/// Whether two descriptors lead to the same file.
///
/// - Parameters:
///   - one: A descriptor.
///   - other: A descriptor.
/// - Returns: False also when one of them is closed.
public func isSameFile(_ one: FileDescriptor, _ other: FileDescriptor) -> Bool {
  guard let identity = try? FileIdentity(of: one) else { return false }
  return (try? FileIdentity(of: other)) == identity
}

/// Raises the number of descriptors that this process may have open (the soft limit, `RLIMIT_NOFILE`), up to the hard
/// limit.
///
/// - Parameter wanted: How many are needed.
/// - Returns: How many may be open now; at least what was allowed before.
public func raiseDescriptorLimit(to wanted: Int) -> Int {
  var limit = rlimit()
  guard getrlimit(fileLimit, &limit) == 0 else { return wanted }
  let needed = rlim_t(max(wanted, 0))
  if limit.rlim_cur < needed {
    var raised = limit
    raised.rlim_cur = min(needed, limit.rlim_max)
    if setrlimit(fileLimit, &raised) == 0 { limit = raised }
  }
  return Int(clamping: limit.rlim_cur)
}
