import SystemPackage

/// Puts what comes in any order out in the order of the records, and passes the first unfinished record's bytes on at
/// once.
struct OrderedOutput: ~Copyable {
  private struct Slot {
    var bytes: [UInt8] = []
    /// Its last part, when it is finished.
    var end: OutputBatch.Part?
  }

  private enum Writer {
    case here(BatchRenderer)
    case background(BackgroundWriter)
  }

  /// How much memory is collected before it is written, in bytes.
  private static let limit = 128 << 10

  /// From here on what waits for its turn is kept small, in bytes.
  private static let muchHeld = 2 << 20

  /// How many records were read and are not finished, or wait for their turn.
  var openCount: Int { next - first }
  /// What waits for earlier records, in bytes.
  private(set) var heldBytes = 0

  private let kind: OutputKind
  private let isOrdered: Bool
  private let writer: Writer
  /// Records that were handed over and not written when it was last looked at.
  private var handedOver = 0
  /// What is next in the output.
  private var parts = OutputBatch()
  /// A ring: the record with number n is at n modulo the count, which is a power of two.
  private var slots = [Slot](repeating: Slot(), count: 64)
  private var first = 0
  private var next = 0

  /// Prepares the output.
  ///
  /// - Parameters:
  ///   - descriptor: Stays open.
  ///   - format: What records become.
  ///   - isOrdered: Whether records leave in the order in which they came.
  ///   - kind: What the descriptor is: all but a terminal is written by a thread of its own.
  ///   - wake: Is called by that thread when the owner, if it waits, should look again.
  init(
    _ descriptor: FileDescriptor, format: CompletionOptions.Format, isOrdered: Bool, kind: OutputKind,
    wake: @escaping @Sendable () -> Void
  ) {
    self.kind = kind
    self.isOrdered = isOrdered
    if kind != .terminal, let background = BackgroundWriter(descriptor, format: format, wake: wake) {
      writer = .background(background)
    } else {
      // Without a thread it is written here, too.
      writer = .here(BatchRenderer(descriptor, format: format))
    }
  }

  /// Records that are answered and would be lost if the process were killed now, although it is their turn: of those
  /// that go to a file.
  var unwrittenCount: Int { kind == .file ? parts.recordCount + handedOver : 0 }

  /// Whether everything that can be written was handed to the system, or to the thread that does so.
  var isFlushed: Bool { parts.isEmpty }

  /// Takes a place in the order.
  ///
  /// - Returns: The record's number.
  mutating func open() -> Int {
    if next - first == slots.count { grow() }
    next += 1
    return next - 1
  }

  /// Whether what is appended for a record goes out at once.
  func isLive(_ number: Int) -> Bool { !isOrdered || number == first }

  /// Adds a part of a record's output.
  mutating func append(_ bytes: [UInt8], for number: Int) throws(Errno) {
    if isLive(number) {
      try write(.bytes(bytes))
    } else {
      heldBytes += bytes.count
      slots[number & (slots.count - 1)].bytes.append(contentsOf: bytes)
    }
  }

  /// Adds the last part of a record's output.
  mutating func close(_ number: Int, _ part: OutputBatch.Part) throws(Errno) {
    guard isOrdered else {
      // Numbers play no role; the ring must only not fill up.
      first += 1
      return try write(part)
    }
    let place = number & (slots.count - 1)
    if heldBytes > Self.muchHeld, number != first, case .record(let record) = part { record.shrink() }
    slots[place].end = part
    heldBytes += part.size
    // The first unfinished record's bytes are never held.
    if number == first { try advance() }
  }

  /// Hands everything that can be written to the system.
  mutating func flush() throws(Errno) {
    guard !parts.isEmpty else { return }
    switch writer {
    case .background(let writer): handedOver = try writer.write(&parts)
    case .here(let writer):
      defer { parts.removeAll() }
      try writer.write(parts)
    }
  }

  /// Whether another thread writes.
  var isInBackground: Bool { background != nil }

  private var background: BackgroundWriter? {
    if case .background(let writer) = writer { writer } else { nil }
  }

  /// Looks how far the writing in the background is.
  ///
  /// - Throws: The error that it met.
  mutating func check() throws(Errno) {
    if let background { handedOver = try background.check() }
  }

  /// Asks to be woken as soon as more is written; false when everything is.
  func awaitProgress() -> Bool { background?.awaitProgress() ?? false }

  /// Writes everything, and waits until it is written.
  mutating func finish() throws(Errno) {
    try flush()
    try background?.close()
  }

  /// Passes the finished record at the front and those behind it on, and what the next one has so far.
  private mutating func advance() throws(Errno) {
    var place = first & (slots.count - 1)
    while first < next, let end = slots[place].end {
      heldBytes -= end.size
      slots[place].end = nil
      try write(end)
      first += 1
      place = first & (slots.count - 1)
      guard !slots[place].bytes.isEmpty else { continue }
      heldBytes -= slots[place].bytes.count
      try write(.bytes(slots[place].bytes))
      slots[place].bytes = []
    }
  }

  private mutating func write(_ part: OutputBatch.Part) throws(Errno) {
    parts.append(part)
    if parts.size >= Self.limit { try flush() }
  }

  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    for number in first..<next { larger[number & (larger.count - 1)] = slots[number & (slots.count - 1)] }
    slots = larger
  }
}
