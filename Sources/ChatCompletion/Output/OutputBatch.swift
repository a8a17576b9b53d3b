/// What goes out, in order.
struct OutputBatch {
  /// Bytes as they are, or a record whose line is still to be put together.
  enum Part {
    case bytes([UInt8])
    case record(InFlightRecord)

    /// What it keeps in memory, in bytes; roughly, for a record.
    var size: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .record(let record): record.size
      }
    }
  }

  private(set) var parts: [Part] = []
  /// All parts together, in bytes.
  private(set) var size = 0
  /// How many parts are records that were asked: writing an answer that was kept late costs nothing after a kill.
  private(set) var recordCount = 0

  var isEmpty: Bool { parts.isEmpty }

  mutating func append(_ part: Part) {
    size += part.size
    if case .record(let record) = part, !record.isFromCache { recordCount += 1 }
    parts.append(part)
  }

  /// Takes the parts of others, which are empty afterwards.
  mutating func take(_ others: inout OutputBatch) {
    guard !isEmpty else { return swap(&self, &others) }
    size += others.size
    recordCount += others.recordCount
    parts += others.parts
    others.removeAll()
  }

  mutating func removeAll() {
    size = 0
    recordCount = 0
    parts.removeAll(keepingCapacity: parts.capacity <= 4096)
  }
}
