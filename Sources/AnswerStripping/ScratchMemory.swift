/// Memory for one unescaped text after the other.
package final class ScratchMemory {
  // Freed in deinit, replaced only by `buffer(count:)`.
  private var memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ScratchMemory.usual, alignment: 64)

  private static let usual = 64 << 10

  /// Makes a usual piece of memory.
  package init() {}

  deinit { memory.deallocate() }

  /// At least this many bytes, valid until the next call. What one huge text needed is given back then.
  package func buffer(count: Int) -> UnsafeMutableRawBufferPointer {
    if count > memory.count || (memory.count > Self.usual * 16 && count <= Self.usual) {
      memory.deallocate()
      memory = .allocate(byteCount: max(count, Self.usual), alignment: 64)
    }
    return memory
  }
}
