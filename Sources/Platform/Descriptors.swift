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
