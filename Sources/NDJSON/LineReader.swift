import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Splits what a descriptor delivers into lines, in one buffer that it reuses.
///
/// Lines end with LF or CRLF, the last one with the end of the input too. Blank lines are skipped, and so is a
/// byte-order mark at the start. A line longer than the limit is read past, not kept.
public final class LineReader {
  /// One line of the input.
  public struct Line {
    /// Its number in the input, from 1; blank lines count.
    public let number: Int

    /// Its bytes without the line end, valid until the next call of `fill`; nil when it was longer than the limit.
    public let bytes: UnsafeRawBufferPointer?

    /// Its length in bytes without the line end.
    public let count: Int
  }

  /// Where one reader stopped and another reads on: between two lines, or within one.
  public struct Checkpoint: Sendable {
    /// Whether the input is at its end.
    public fileprivate(set) var isAtEnd = false

    /// What was read of the next line.
    fileprivate var line: [UInt8] = []
    fileprivate var lineNumber = 0

    /// The start of the input.
    public init() {}
  }

  /// The longest line that is kept, in bytes, unless the user says otherwise: 64 MiB.
  public static let defaultMaximum = 64 << 20

  /// How much is read at a time, in bytes, unless the caller says otherwise: 128 KiB.
  public static let defaultBufferSize = 128 << 10

  /// The descriptor that is read.
  public let descriptor: FileDescriptor

  private let maximum: Int
  private let bufferSize: Int
  // Freed in deinit, replaced only by `makeRoom`.
  private var buffer: UnsafeMutableRawBufferPointer
  /// Bytes of `buffer` that hold unread input.
  private var unread = 0..<0
  /// How far the unread bytes are known to hold no line end.
  private var scanned = 0
  private var lineNumber = 0
  /// The length so far of a line that is read past, when there is one.
  private var skipped: Int?
  private var atEnd = false
  /// Whether the input may still turn out to start with a byte-order mark.
  private var mayHaveMark = true

  /// Makes a reader; nothing is read yet.
  ///
  /// - Parameters:
  ///   - descriptor: Stays open; the caller closes it.
  ///   - maximum: The longest line that is kept, in bytes.
  ///   - bufferSize: How much is read at a time, in bytes.
  public init(
    _ descriptor: FileDescriptor, maximum: Int = LineReader.defaultMaximum,
    bufferSize: Int = LineReader.defaultBufferSize
  ) {
    self.descriptor = descriptor
    self.maximum = maximum
    self.bufferSize = bufferSize
    buffer = .allocate(byteCount: bufferSize, alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// Whether `fill` said that the input is at its end.
  public var isAtEnd: Bool { atEnd }

  /// The next line that is complete in the buffer.
  ///
  /// - Returns: A line; nil when `fill` must be called first, or when the input is at its end.
  public func next() -> Line? {
    while let line = nextRaw() {
      if line.bytes.map(isBlank) ?? false { continue }
      return line
    }
    return nil
  }

  /// Reads once, which may block. Lines that were handed out are no longer valid.
  ///
  /// - Returns: False when the input is at its end; `next` may have one more line then.
  /// - Throws: The error of `read(2)`.
  public func fill() throws(Errno) -> Bool {
    guard !atEnd else { return false }
    makeRoom()
    // A buffer that grew for one huge line is not a reason to read as much again at once.
    let end = min(buffer.count, unread.upperBound + max(bufferSize, unread.count))
    let room = UnsafeMutableRawBufferPointer(rebasing: buffer[unread.upperBound..<end])
    let count = try readSome(from: descriptor, into: room)
    atEnd = count == 0
    unread = unread.lowerBound..<unread.upperBound + count
    if mayHaveMark { skipByteOrderMark() }
    return !atEnd
  }

  /// Reads on where another reader of the same descriptor stopped, up to the end of a line. Lines that were handed out
  /// are no longer valid; `isAtEnd` says that `next` has the last ones.
  ///
  /// - Parameter place: Where to read on; where the next reader does, afterwards.
  /// - Throws: The error of `read(2)`.
  public func fill(from place: inout Checkpoint) throws(Errno) {
    lineNumber = place.lineNumber
    mayHaveMark = place.lineNumber == 0
    unread = 0..<0
    if place.line.count > buffer.count / 2 { replaceBuffer(size: place.line.count + bufferSize) }
    place.line.withUnsafeBytes { buffer.copyMemory(from: $0) }
    unread = 0..<place.line.count
    scanned = unread.upperBound
    place.line.removeAll(keepingCapacity: true)
    while try fill() {
      let bytes = UnsafeRawBufferPointer(buffer)
      if let last = bytes.lastOffset(of: 0x0A, in: max(scanned, unread.lowerBound)..<unread.upperBound) {
        place.line.append(contentsOf: bytes[last + 1..<unread.upperBound])
        unread = unread.lowerBound..<last + 1
        place.lineNumber += bytes.count(of: 0x0A, in: unread)
        return
      }
      // Reads past a line that is too long.
      _ = next()
    }
    place.isAtEnd = true
  }

  private func nextRaw() -> Line? {
    guard let base = buffer.baseAddress else { return nil }
    let from = max(scanned, unread.lowerBound)
    let found = memchr(base + from, 0x0A, unread.upperBound - from)
    if let found {
      let end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      return take(to: end, next: end + 1)
    }
    scanned = unread.upperBound
    if atEnd {
      return unread.isEmpty && skipped == nil ? nil : take(to: unread.upperBound, next: unread.upperBound)
    }
    // One byte more than the limit may still be the CR of a line that is just as long as it.
    if !unread.isEmpty && (skipped != nil || unread.count > maximum + 1) {
      // A CR stays: it is part of the line end when an LF comes next.
      let kept = unread.upperBound - (buffer[unread.upperBound - 1] == UInt8(ascii: "\r") ? 1 : 0)
      skipped = (skipped ?? 0) + (kept - unread.lowerBound)
      unread = kept..<unread.upperBound
    }
    return nil
  }

  private func take(to end: Int, next: Int) -> Line {
    var bytes = UnsafeRawBufferPointer(rebasing: buffer[unread.lowerBound..<end])
    unread = next..<unread.upperBound
    scanned = next
    lineNumber += 1
    if bytes.last == UInt8(ascii: "\r") { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast()) }
    let count = (skipped ?? 0) + bytes.count
    let isKept = skipped == nil && count <= maximum
    skipped = nil
    return Line(number: lineNumber, bytes: isKept ? bytes : nil, count: count)
  }

  /// Moves the unread bytes to the front; doubles the buffer when they fill half of it, and gives a buffer that one
  /// huge line needed back.
  private func makeRoom() {
    guard let base = buffer.baseAddress else { return }
    let count = unread.count
    scanned -= unread.lowerBound
    if count > buffer.count / 2 {
      replaceBuffer(size: buffer.count * 2)
    } else if buffer.count > bufferSize * 16 && count < bufferSize {
      replaceBuffer(size: bufferSize * 2)
    } else if count > 0 && unread.lowerBound > 0 {
      memmove(base, base + unread.lowerBound, count)
    }
    unread = 0..<count
  }

  private func replaceBuffer(size: Int) {
    let replacement = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    replacement.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[unread]))
    buffer.deallocate()
    buffer = replacement
  }

  /// Skips the mark once it has arrived whole.
  private func skipByteOrderMark() {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let start = buffer[unread].prefix(mark.count)
    mayHaveMark = !atEnd && start.count < mark.count && mark.starts(with: start)
    if start.elementsEqual(mark) { unread = unread.lowerBound + mark.count..<unread.upperBound }
  }
}

private func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
  line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
}
