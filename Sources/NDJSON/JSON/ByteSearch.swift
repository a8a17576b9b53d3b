import CSimdJSON

#if canImport(Glibc)
  import Glibc
#endif

extension UnsafeRawBufferPointer {
  /// Finds a sequence of bytes.
  ///
  /// - Parameters:
  ///   - needle: What to find, not empty.
  ///   - range: Where to look.
  /// - Returns: The offset of its first byte, or nil.
  public func firstOffset(of needle: [UInt8], in range: Range<Int>) -> Int? {
    guard let base = baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let found = hg_bytes_find(base + range.lowerBound, range.count, needle, needle.count)
    // size_t comes in as Int: SIZE_MAX is -1.
    return found < 0 ? nil : range.lowerBound + found
  }

  /// Finds the first occurrence of a byte.
  ///
  /// - Parameters:
  ///   - byte: What to find.
  ///   - range: Where to look.
  /// - Returns: Its offset, or nil.
  public func firstOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard let base = baseAddress, let found = memchr(base + range.lowerBound, Int32(byte), range.count) else {
      return nil
    }
    return UnsafeRawPointer(found) - base
  }

  /// Counts the occurrences of a byte.
  ///
  /// - Parameters:
  ///   - byte: What to count.
  ///   - range: Where to look.
  /// - Returns: How many there are.
  public func count(of byte: UInt8, in range: Range<Int>) -> Int {
    var count = 0
    var start = range.lowerBound
    while let found = firstOffset(of: byte, in: start..<range.upperBound) {
      count += 1
      start = found + 1
    }
    return count
  }

  /// Finds the last occurrence of a byte.
  ///
  /// - Parameters:
  ///   - byte: What to find.
  ///   - range: Where to look.
  /// - Returns: Its offset, or nil.
  public func lastOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
    guard let base = baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
    let found = hg_bytes_find_last(base + range.lowerBound, range.count, byte)
    // size_t comes in as Int: SIZE_MAX is -1.
    return found < 0 ? nil : range.lowerBound + found
  }
}
