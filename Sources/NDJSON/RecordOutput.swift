import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Collects lines and writes them in large pieces. Its owner decides when to flush: before it waits for input.
///
/// On a terminal, what would act on it is escaped; nowhere else.
public final class RecordOutput {
  /// The descriptor that is written.
  public let descriptor: FileDescriptor

  private var buffer: [UInt8] = []
  private let isTerminal: Bool
  private let limit: Int
  private let beforeFlush: (() -> Void)?

  /// Makes an output; nothing is written yet.
  ///
  /// - Parameters:
  ///   - descriptor: Stays open; the caller closes it.
  ///   - limit: How much is collected before it is written, in bytes.
  ///   - beforeFlush: Is called each time before anything is written: what must be safe before a record leaves.
  public init(_ descriptor: FileDescriptor, limit: Int = 64 << 10, beforeFlush: (() -> Void)? = nil) {
    self.descriptor = descriptor
    self.limit = limit
    isTerminal = isatty(descriptor.rawValue) == 1
    self.beforeFlush = beforeFlush
    buffer.reserveCapacity(limit * 2)
  }

  /// Whether everything was handed to the system.
  public var isFlushed: Bool { buffer.isEmpty }

  /// Appends one line and ends it.
  ///
  /// - Parameter body: Appends the line to the buffer it is given, without a line end.
  /// - Throws: The error of `write(2)`; `EPIPE` when the reader has gone.
  public func line(_ body: (inout [UInt8]) -> Void) throws(Errno) {
    body(&buffer)
    buffer.append(0x0A)
    if buffer.count >= limit { try flush() }
  }

  /// Appends one line and ends it. A long one is not copied.
  ///
  /// - Parameter bytes: The line, without a line end.
  /// - Throws: The error of `write(2)`; `EPIPE` when the reader has gone.
  public func line(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    if bytes.count < limit {
      buffer.append(contentsOf: bytes)
    } else {
      try flush()
      beforeFlush?()
      try write(bytes)
    }
    buffer.append(0x0A)
    if buffer.count >= limit { try flush() }
  }

  /// Appends whatever a function puts there.
  ///
  /// - Parameter body: Appends to the buffer it is given.
  /// - Throws: The error of `write(2)`.
  public func append(_ body: (inout [UInt8]) -> Void) throws(Errno) {
    body(&buffer)
    if buffer.count >= limit { try flush() }
  }

  /// Appends bytes as they are.
  ///
  /// - Parameter bytes: Any.
  /// - Throws: The error of `write(2)`.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= limit { try flush() }
  }

  /// Writes what was collected.
  ///
  /// - Throws: The error of `write(2)`; what could not be written is dropped, so that it is not written twice.
  public func flush() throws(Errno) {
    guard !buffer.isEmpty else { return }
    beforeFlush?()
    defer { forget() }
    try buffer.withBytes { (bytes) throws(Errno) in try write(bytes) }
  }

  private func forget() {
    if buffer.capacity > limit * 16 {
      // One huge record must not keep its memory for the rest of the run.
      buffer = []
      buffer.reserveCapacity(limit * 2)
    } else {
      buffer.removeAll(keepingCapacity: true)
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) {
    OutputDesk.standard.willWriteOutput()
    guard isTerminal else { return try writeAll(bytes, to: descriptor) }
    var shown: [UInt8] = []
    TerminalText.append(bytes, to: &shown, .kept)
    try writeAll(shown, to: descriptor)
  }
}
