/// How a counted entry is written: mostly in 20 to 30 bytes, each after the time of the one before it.
struct EntryCoder {
  private static let hasNoTime: UInt16 = 1 << 10
  private static let hasRetries: UInt16 = 1 << 11
  private static let hasTokens: UInt16 = 1 << 12
  private static let hasMoreTokens: UInt16 = 1 << 13
  private static let hasCost: UInt16 = 1 << 14
  /// More than a cost that is the same where models are told apart.
  private static let hasMoreCosts: UInt16 = 1 << 15
  private static let facts: UInt16 = 1 << 10 - 1

  /// The time of the last entry.
  private var time: Int64 = 0

  mutating func append(_ entry: CountedEntry, to bytes: inout [UInt8]) {
    var code = entry.facts.rawValue & Self.facts
    if entry.time == CountedEntry.noTime { code |= Self.hasNoTime }
    if entry.retries != 0 { code |= Self.hasRetries }
    if entry.promptTokens | entry.completionTokens != 0 { code |= Self.hasTokens }
    if entry.cachedTokens | entry.reasoningTokens != 0 { code |= Self.hasMoreTokens }
    if entry.costByModel != entry.cost || entry.cost.failed != nil {
      code |= Self.hasMoreCosts
    } else if entry.cost.all != nil {
      code |= Self.hasCost
    }
    bytes.append(fixed: code)
    if code & Self.hasNoTime == 0 {
      bytes.appendVariable(signed: entry.time &- time)
      time = entry.time
    }
    bytes.appendVariable(UInt64(entry.key))
    bytes.appendVariable(UInt64(entry.session))
    bytes.appendVariable(UInt64(entry.file))
    bytes.appendVariable(UInt64(entry.latency))
    if code & Self.hasRetries != 0 { bytes.appendVariable(UInt64(entry.retries)) }
    if code & Self.hasTokens != 0 {
      bytes.appendVariable(UInt64(entry.promptTokens))
      bytes.appendVariable(UInt64(entry.completionTokens))
    }
    if code & Self.hasMoreTokens != 0 {
      bytes.appendVariable(UInt64(entry.cachedTokens))
      bytes.appendVariable(UInt64(entry.reasoningTokens))
    }
    if code & Self.hasCost != 0, let cost = entry.cost.all { bytes.append(fixed: cost.bitPattern) }
    if code & Self.hasMoreCosts != 0 {
      for cost in [entry.cost.all, entry.cost.failed, entry.costByModel.all, entry.costByModel.failed] {
        // No cost is infinite.
        bytes.append(fixed: (cost ?? .infinity).bitPattern)
      }
    }
  }

  @inline(__always)
  mutating func next(_ reader: inout ByteReader) -> CountedEntry {
    let code = reader.fixed(UInt16.self)
    var entry = CountedEntry()
    entry.facts = CountedEntry.Facts(rawValue: code & Self.facts)
    if code & Self.hasNoTime == 0 {
      time &+= reader.signedVariable()
      entry.time = time
    }
    entry.key = Int32(truncatingIfNeeded: reader.variable())
    entry.session = Int32(truncatingIfNeeded: reader.variable())
    entry.file = Int32(truncatingIfNeeded: reader.variable())
    entry.latency = UInt16(truncatingIfNeeded: reader.variable())
    if code & Self.hasRetries != 0 { entry.retries = Int32(truncatingIfNeeded: reader.variable()) }
    if code & Self.hasTokens != 0 {
      entry.promptTokens = Int64(truncatingIfNeeded: reader.variable())
      entry.completionTokens = Int64(truncatingIfNeeded: reader.variable())
    }
    if code & Self.hasMoreTokens != 0 {
      entry.cachedTokens = Int64(truncatingIfNeeded: reader.variable())
      entry.reasoningTokens = Int64(truncatingIfNeeded: reader.variable())
    }
    if code & Self.hasCost != 0 {
      entry.cost.all = Self.cost(&reader)
      entry.costByModel = entry.cost
    }
    if code & Self.hasMoreCosts != 0 {
      entry.cost.all = Self.cost(&reader)
      entry.cost.failed = Self.cost(&reader)
      entry.costByModel.all = Self.cost(&reader)
      entry.costByModel.failed = Self.cost(&reader)
    }
    return entry
  }

  private static func cost(_ reader: inout ByteReader) -> Double? {
    let cost = Double(bitPattern: reader.fixed(UInt64.self))
    return cost.isFinite ? cost : nil
  }

  /// Reads entries that were appended one after the other.
  ///
  /// - Parameters:
  ///   - count: How many.
  ///   - reader: Where they lie.
  ///   - names: What their numbers stand for; other numbers are damage.
  ///   - body: Gets each.
  /// - Returns: False when they are damaged.
  static func forEach(
    _ count: Int, _ reader: inout ByteReader, _ names: EntryNames, _ body: (CountedEntry) -> Void
  ) -> Bool {
    var coder = EntryCoder()
    for _ in 0..<count {
      let entry = coder.next(&reader)
      guard !reader.isDamaged, entry.key >= 0, entry.key < names.keys.count, entry.file >= 0,
        entry.file < names.files.count, entry.session >= 0, entry.session < names.sessions.count + 2,
        entry.latency <= LatencyHistogram.mostBuckets
      else { return false }
      body(entry)
    }
    return true
  }
}
