#if canImport(Glibc)
  import Glibc
#endif

/// Bytes of a response, as they come.
struct ByteBuffer: ~Copyable {
  /// What a buffer keeps from one request to the next; one huge answer must not hold its memory for the whole run.
  static let kept = 256 << 10

  private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var count = 0

  deinit { storage.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: storage[..<count]) }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
    if count + bytes.count > storage.count { grow(to: count + bytes.count) }
    guard let base = storage.baseAddress else { return }
    memcpy(base + count, source, bytes.count)
    count += bytes.count
  }

  mutating func removeAll() {
    count = 0
    guard storage.count > Self.kept else { return }
    storage.deallocate()
    storage = .init(start: nil, count: 0)
  }

  private mutating func grow(to size: Int) {
    // Hundreds of requests may be on their way, with three of these each: no more than is needed at first.
    let capacity = max((size + 511) & ~511, storage.count * 2)
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
    larger.copyMemory(from: bytes)
    storage.deallocate()
    storage = larger
  }
}
