import SessionLog

/// What a report shows, added up in one pass over the logs.
struct ReportData: EntryTally {
  var needs: EntryNeeds { .all }

  /// The outcomes and calls of one day and skill.
  var rates: PassRateTally
  /// Calls by day.
  var days: StatisticsTally
  /// Calls by skill and model.
  var kinds: StatisticsTally
  /// Outcomes by session.
  var sessions: PassRateTally
  /// Calls by session.
  var sessionCalls: StatisticsTally
  /// Routing decisions by day: local, strong, failed.
  var routing: [String: RoutingSplit] = [:]

  private var filter: EntryFilter

  init(since: Timestamp?) {
    let filter = EntryFilter(since: since)
    self.filter = filter
    rates = PassRateTally(grouping: [.day, .skill], filter: filter)
    days = StatisticsTally(grouping: [.day], filter: filter)
    kinds = StatisticsTally(grouping: [.skill, .model], filter: filter)
    sessions = PassRateTally(grouping: [.session], filter: filter)
    sessionCalls = StatisticsTally(grouping: [.session], filter: filter)
  }

  mutating func add(_ entry: CountedEntry, _ names: EntryNames) {
    if filter.isDecision(entry, names) {
      guard let day = entry.day else { return }
      routing[day, default: RoutingSplit()].count(entry)
      return
    }
    rates.add(entry, names)
    days.add(entry, names)
    kinds.add(entry, names)
    sessions.add(entry, names)
    sessionCalls.add(entry, names)
  }

  mutating func merge(_ other: ReportData) {
    rates.merge(other.rates)
    days.merge(other.days)
    kinds.merge(other.kinds)
    sessions.merge(other.sessions)
    sessionCalls.merge(other.sessionCalls)
    for (day, split) in other.routing { routing[day, default: RoutingSplit()] += split }
    routing = routing.filter { !$1.isEmpty }
  }
}

/// How many records went which way.
struct RoutingSplit: Sendable {
  var local = 0
  var strong = 0
  var failed = 0

  /// Counts a decision.
  mutating func count(_ entry: CountedEntry) {
    switch entry.decision {
    case .failed: failed += entry.weight
    case .local: local += entry.weight
    case .strong: strong += entry.weight
    }
  }

  /// Whether nothing is left: what was counted may have been taken away again.
  var isEmpty: Bool { local == 0 && strong == 0 && failed == 0 }

  static func += (left: inout RoutingSplit, right: RoutingSplit) {
    left.local += right.local
    left.strong += right.strong
    left.failed += right.failed
  }
}
