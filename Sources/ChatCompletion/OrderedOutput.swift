import NDJSON
import SystemPackage

/// Puts what comes in any order out in the order of the records, and passes the first unfinished record's bytes on at
/// once.
struct OrderedOutput: ~Copyable {
  private struct Slot {
    var bytes: [UInt8] = []
    var isDone = false
  }

  /// How many records are read and not written yet.
  private(set) var openCount = 0
  /// What waits for earlier records, in bytes.
  private(set) var heldBytes = 0

  private let output: RecordOutput
  private let isOrdered: Bool
  /// A ring: the record with number n is at n modulo the count, which is a power of two.
  private var slots = [Slot](repeating: Slot(), count: 64)
  private var first = 0
  private var next = 0

  init(_ output: RecordOutput, isOrdered: Bool) {
    self.output = output
    self.isOrdered = isOrdered
  }

  /// Whether everything that can be written was handed to the system.
  var isFlushed: Bool { output.isFlushed }

  /// Takes a place in the order.
  ///
  /// - Returns: The record's number.
  mutating func open() -> Int {
    if next - first == slots.count { grow() }
    next += 1
    openCount += 1
    return next - 1
  }

  /// Whether what is appended for a record goes out at once.
  func isLive(_ number: Int) -> Bool { !isOrdered || number == first }

  /// Adds a part of a record's output.
  mutating func append(_ bytes: [UInt8], for number: Int) throws(Errno) {
    if isLive(number) {
      try write(bytes)
    } else {
      heldBytes += bytes.count
      slots[number & (slots.count - 1)].bytes.append(contentsOf: bytes)
    }
  }

  /// Adds the last part of a record's output.
  mutating func close(_ number: Int, _ bytes: [UInt8]) throws(Errno) {
    var bytes = bytes
    try close(number, taking: &bytes)
  }

  /// Adds the last part of a record's output.
  ///
  /// - Parameters:
  ///   - number: The record.
  ///   - bytes: The part. What has to wait is taken, so that it need not be copied; what is written at once stays.
  /// - Throws: The error of writing.
  mutating func close(_ number: Int, taking bytes: inout [UInt8]) throws(Errno) {
    openCount -= 1
    guard isOrdered else {
      // Numbers play no role; the ring must only not fill up.
      first += 1
      return try write(bytes)
    }
    let place = number & (slots.count - 1)
    slots[place].isDone = true
    guard number == first else {
      heldBytes += bytes.count
      if slots[place].bytes.isEmpty {
        swap(&slots[place].bytes, &bytes)
      } else {
        slots[place].bytes.append(contentsOf: bytes)
      }
      return
    }
    try write(bytes)
    try advance()
  }

  /// Hands everything that can be written to the system.
  func flush() throws(Errno) { try output.flush() }

  /// Whether another thread writes.
  var isInBackground: Bool { output.isInBackground }

  /// Throws the error that writing in the background met, if it did.
  func check() throws(Errno) { try output.check() }

  /// Writes everything, and waits until it is written.
  func finish() throws(Errno) { try output.close() }

  /// Passes the finished record at the front, writes those behind it, and what the next one has so far.
  private mutating func advance() throws(Errno) {
    var place = first & (slots.count - 1)
    while first < next && slots[place].isDone {
      slots[place] = Slot()
      first += 1
      place = first & (slots.count - 1)
      heldBytes -= slots[place].bytes.count
      try write(slots[place].bytes)
      slots[place].bytes = []
    }
  }

  private func write(_ bytes: [UInt8]) throws(Errno) {
    guard !bytes.isEmpty else { return }
    var failure: Errno?
    bytes.withUnsafeBytes { bytes in
      do throws(Errno) { try output.append(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  private mutating func grow() {
    var larger = [Slot](repeating: Slot(), count: slots.count * 2)
    for number in first..<next { larger[number & (larger.count - 1)] = slots[number & (slots.count - 1)] }
    slots = larger
  }
}
