public import SystemPackage

/// The body of a request, at a place in memory or in a file that stays the same: libcurl reads it from there.
public final class HTTPBody {
  /// The bytes; valid as long as this lives. Empty for a file.
  public let bytes: UnsafeRawBufferPointer
  /// What is sent instead, from its start: a file of any length needs no memory.
  let file: (descriptor: FileDescriptor, count: Int)?

  /// Copies bytes.
  ///
  /// - Parameter bytes: Any.
  public init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    self.bytes = UnsafeRawBufferPointer(copy)
    file = nil
  }

  /// Sends a file.
  ///
  /// - Parameters:
  ///   - file: Open for reading until the request has ended; its place does not matter.
  ///   - count: How many bytes of it, from the start.
  public init(file: FileDescriptor, count: Int) {
    bytes = UnsafeRawBufferPointer(UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1))
    self.file = (file, count)
  }

  deinit { bytes.deallocate() }
}
