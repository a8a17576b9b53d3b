import NDJSON
import Platform
import SystemPackage

/// What goes out: the lines of records in their order, and when they are handed to the system.
struct CompletionOutput: ~Copyable {
  /// How much memory lines may take that are read and not written, in bytes, beyond what is on its way.
  private static let mostHeld = 10 << 20
  /// Under load there is always an event; what is finished waits no longer for a quiet moment, in seconds.
  private static let longestWait = 0.005

  /// Writes the lines that are no end of a request.
  let lines: LineRenderer

  private let options: CompletionOptions
  private var ordered: OrderedOutput
  /// Bytes of lines that are read and not finished.
  private var unfinishedBytes = 0
  private var unflushedSince: MonotonicTime?

  init(_ options: CompletionOptions, _ descriptor: FileDescriptor, wake: @escaping @Sendable () -> Void) {
    self.options = options
    lines = LineRenderer(format: options.format)
    ordered = OrderedOutput(
      descriptor, format: options.format, isOrdered: options.isOrdered, kind: OutputKind(of: descriptor), wake: wake)
  }

  /// Whether all records have ended.
  var isEmpty: Bool { ordered.openCount == 0 }

  /// Whether everything that can be written was handed over.
  var isFlushed: Bool { ordered.isFlushed }

  /// Whether there is room for one more record.
  var hasRoom: Bool {
    guard ordered.openCount < options.window else { return false }
    return ordered.openCount < options.concurrency || unfinishedBytes + ordered.heldBytes < Self.mostHeld
  }

  /// Whether enough answers are not yet safe in a file that a kill would cost more than what may be on its way.
  ///
  /// - Parameter room: How many more requests may be on their way.
  /// - Returns: Whether to ask no more for now.
  func isHeldBack(room: Int) -> Bool { ordered.unwrittenCount >= max(options.unwrittenMaximum, room) }

  /// Pieces of text that come in no order would be unreadable.
  var showsPieces: Bool {
    switch options.format {
    case .text: options.isOrdered || options.concurrency == 1
    case .records: options.writesDeltas
    case .batch: false
    }
  }

  /// Takes the place of a record whose request is to be made.
  mutating func open(lineBytes: Int) -> Int {
    unfinishedBytes += lineBytes
    return ordered.open()
  }

  /// Writes a line that stands for itself.
  mutating func write(_ line: [UInt8]) throws(Errno) {
    let number = ordered.open()
    try ordered.close(number, .bytes(line))
  }

  /// Writes a piece of a stream.
  mutating func write(_ piece: [UInt8], of record: InFlightRecord) throws(Errno) {
    record.hasShownText = true
    try ordered.append(lines.delta(record, piece), for: record.number)
  }

  /// Writes a record that has ended.
  mutating func close(_ record: InFlightRecord) throws(Errno) {
    unfinishedBytes -= record.line.count
    try ordered.close(record.number, .record(record))
  }

  /// Looks how far the writing in the background is.
  mutating func check() throws(Errno) { try ordered.check() }

  /// Asks to be woken as soon as more is written; false when everything is.
  func awaitProgress() -> Bool { ordered.awaitProgress() }

  mutating func flush() throws(Errno) {
    unflushedSince = nil
    try ordered.flush()
  }

  /// Hands over what has waited for a while.
  mutating func flushIfDue(_ now: MonotonicTime) throws(Errno) {
    guard !ordered.isFlushed else {
      unflushedSince = nil
      return
    }
    guard let since = unflushedSince else {
      unflushedSince = now
      return
    }
    if now.seconds(since: since) > Self.longestWait { try flush() }
  }

  /// Hands over after the events of a wait.
  ///
  /// - Parameter isIdle: Whether there were none. Handing over to the thread that writes costs little, and what is
  ///   written is not asked again after a kill.
  /// - Throws: The error of writing.
  mutating func flush(isIdle: Bool) throws(Errno) {
    if isIdle || ordered.isInBackground { try flush() }
  }

  /// Writes everything, and waits until it is written.
  mutating func finish() throws(Errno) { try ordered.finish() }
}
