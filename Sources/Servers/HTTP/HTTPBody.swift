/// The body of a request, at a place in memory that stays the same: libcurl reads it from there.
public final class HTTPBody {
  /// The bytes; valid as long as this lives.
  public let bytes: UnsafeRawBufferPointer

  /// Copies bytes.
  ///
  /// - Parameter bytes: Any.
  public init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    self.bytes = UnsafeRawBufferPointer(copy)
  }

  deinit { bytes.deallocate() }
}
