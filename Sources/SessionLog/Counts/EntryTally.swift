/// Counts entries on one thread; several tallies are put together at the end.
package protocol EntryTally: Sendable {
  /// What it looks at: the rest need not be read.
  var needs: EntryNeeds { get }

  /// Takes in one entry.
  mutating func add(_ entry: CountedEntry, _ names: EntryNames)

  /// Takes in what another thread has counted. The order in which this happens means nothing.
  mutating func merge(_ other: Self)
}

/// What of an entry is read beside its skill and its outcome: logs are long, and most questions short.
package struct EntryNeeds: OptionSet, Sendable {
  package let rawValue: UInt8

  static let time = EntryNeeds(rawValue: 1)
  static let model = EntryNeeds(rawValue: 2)
  static let phase = EntryNeeds(rawValue: 4)
  static let project = EntryNeeds(rawValue: 8)
  static let tags = EntryNeeds(rawValue: 16)
  static let session = EntryNeeds(rawValue: 32)
  /// Durations, tokens, costs, retries and errors; the model too, for that tells whose costs they are.
  static let sums = EntryNeeds(rawValue: 64 | 2)
  /// Where a decision of the router sent a record.
  static let decision = EntryNeeds(rawValue: 128)

  package static let all = EntryNeeds(rawValue: .max)

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What groups and a window look at.
  init(_ grouping: [Grouping], _ filter: EntryFilter) {
    self = filter.since == nil ? [] : .time
    for part in grouping {
      switch part {
      case .skill: break
      case .model: insert(.model)
      case .phase: insert(.phase)
      case .day: insert(.time)
      case .session: insert(.session)
      case .project: insert(.project)
      case .tag: insert(.tags)
      }
    }
  }
}

/// Which counted entries a question is about.
package struct EntryFilter: Sendable {
  private enum Verdict: UInt8 { case unknown, taken, decision, leftOut }

  /// Milliseconds since 1970.
  package let since: Int64?
  /// Whether decisions of the router are looked at, and nothing else.
  package let takesRouting: Bool
  private let skill: [UInt8]?
  private var source: UInt64 = 0
  private var byKey: [Verdict] = []

  package init(since: Timestamp? = nil, skill: String? = nil) {
    self.since = since?.milliseconds
    takesRouting = skill == EntrySelection.routingSkill
    self.skill = skill.map { [UInt8].part($0) }
  }

  /// Whether the question is about this entry.
  @inline(__always)
  package mutating func takes(_ entry: CountedEntry, _ names: EntryNames) -> Bool {
    isInWindow(entry) && verdict(entry, names) == .taken
  }

  /// Whether an entry records a decision of the router in the window.
  package mutating func isDecision(_ entry: CountedEntry, _ names: EntryNames) -> Bool {
    isInWindow(entry) && verdict(entry, names) == .decision
  }

  @inline(__always)
  private func isInWindow(_ entry: CountedEntry) -> Bool {
    since.map { entry.time >= $0 && entry.time != CountedEntry.noTime } ?? true
  }

  @inline(__always)
  private mutating func verdict(_ entry: CountedEntry, _ names: EntryNames) -> Verdict {
    if names.number != source {
      source = names.number
      byKey = []
    }
    let key = Int(entry.key)
    if key >= byKey.count { byKey += repeatElement(.unknown, count: names.keys.count - byKey.count) }
    if byKey[key] == .unknown { byKey[key] = verdict(onKey: key, names) }
    return byKey[key]
  }

  private func verdict(onKey key: Int, _ names: EntryNames) -> Verdict {
    let name = names.keys.name(key)
    if let skill { return name.starts(with: skill) ? .taken : .leftOut }
    return name.starts(with: Self.routing) ? .decision : .taken
  }

  /// How the key of a decision begins.
  static let routing = [UInt8].part(EntrySelection.routingSkill)
}

extension [UInt8] {
  /// A value as a key has it.
  static func part(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(part: Array(text.utf8))
    return bytes
  }
}
