import NDJSON
import Platform
import SystemPackage

/// The lines of the input in a file without a name, in their order, until the answers are there.
struct BatchSpool: ~Copyable {
  /// What a line is.
  enum Kind: Int32 {
    /// A record whose request is in a batch.
    case request
    /// A record that is not sent: it came with an error, or cannot be.
    case other
    /// Not a record; the line is kept, and why.
    case bad
    /// The same, and the line was too long to be kept.
    case tooLong
  }

  /// What stands in front of each line.
  struct Head {
    var kind: Kind
    var line: Int
    var batch: Int32 = 0
    var occurrence: Int32 = 0

    fileprivate static let size = 32
  }

  private let descriptor: FileDescriptor
  private var buffer: [UInt8] = []
  private var end = 0
  private var place = 0
  private var window: [UInt8] = []
  private var windowStart = 0

  init() throws(Errno) { descriptor = try TemporaryFile.open() }

  deinit { closeQuietly(descriptor) }

  /// Appends a line.
  mutating func add(_ head: Head, _ bytes: UnsafeRawBufferPointer) throws(Errno) {
    let place = Int64(head.batch) << 32 | Int64(head.occurrence)
    for word in [Int64(head.kind.rawValue), Int64(head.line), place, Int64(bytes.count)] {
      withUnsafeBytes(of: word) { buffer.append(contentsOf: $0) }
    }
    buffer.append(contentsOf: bytes)
    if buffer.count >= 128 << 10 { try flush() }
  }

  /// Ends the writing.
  mutating func flush() throws(Errno) {
    try writeAll(buffer, to: descriptor)
    end += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// The next line, from the first.
  ///
  /// - Returns: A line; nil at the end.
  /// - Throws: The error of reading.
  mutating func next() throws(Errno) -> (head: Head, bytes: [UInt8])? {
    guard place < end else { return nil }
    let head = try read(Head.size).withUnsafeBytes { bytes in
      (0..<4).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Int64.self) }
    }
    guard let kind = Kind(rawValue: Int32(truncatingIfNeeded: head[0])) else { throw .ioError }
    let bytes = try read(Int(head[3]))
    return (
      Head(
        kind: kind, line: Int(head[1]), batch: Int32(truncatingIfNeeded: head[2] >> 32),
        occurrence: Int32(truncatingIfNeeded: head[2])), bytes
    )
  }

  private mutating func read(_ count: Int) throws(Errno) -> [UInt8] {
    if place + count > windowStart + window.count {
      windowStart = place
      window = try Self.read(max(count, min(128 << 10, end - place)), of: descriptor, at: place)
    }
    guard place + count <= windowStart + window.count else { throw .ioError }
    defer { place += count }
    return Array(window[(place - windowStart)..<(place - windowStart + count)])
  }

  /// Reads bytes of a file.
  static func read(_ count: Int, of descriptor: FileDescriptor, at offset: Int) throws(Errno) -> [UInt8] {
    var result: Result<Int, Errno> = .success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      result = Result { () throws(Errno) in
        var done = 0
        while done < count {
          let more = try readSome(
            from: descriptor, at: offset + done,
            into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[done..<count]))
          guard more > 0 else { break }
          done += more
        }
        return done
      }
      if case .success(let done) = result { filled = done }
    }
    _ = try result.get()
    return bytes
  }
}
