import CSimdJSON

/// The content of a JSON string as it stands in a checked text, still escaped and without quotes; or a part of it that
/// cuts no escape in two. It owns nothing: it is valid as long as that text.
public struct EscapedString {
  /// The content.
  public let bytes: UnsafeRawBufferPointer

  /// Takes a slice of a text that a `JSONParser` accepted.
  ///
  /// - Parameter checked: The content of a string, or a part of it.
  public init(_ checked: UnsafeRawBufferPointer) { bytes = checked }

  /// Writes the content, with its escapes undone, to memory of the caller's.
  ///
  /// - Parameter buffer: Has room for as many bytes as the escaped content has.
  /// - Returns: The number of bytes written.
  public func unescape(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    precondition(bytes.count <= buffer.count)
    guard let input = bytes.baseAddress, let output = buffer.baseAddress else { return 0 }
    return hg_json_unescape(
      input.assumingMemoryBound(to: UInt8.self), bytes.count, output.assumingMemoryBound(to: UInt8.self))
  }

  /// The content with its escapes undone.
  public var unescaped: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, count in
      count = unescape(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// The place in `bytes` of an offset in the unescaped string.
  ///
  /// - Parameter offset: In bytes of the unescaped string, at the boundary of a character.
  /// - Returns: In bytes of the escaped one.
  public func escapedOffset(of offset: Int) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    return Int(hg_json_escaped_offset(base.assumingMemoryBound(to: UInt8.self), bytes.count, offset))
  }
}
