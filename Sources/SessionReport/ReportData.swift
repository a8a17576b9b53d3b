import NDJSON
import SessionLog

/// What a report shows, added up in one pass over the logs.
struct ReportData: EntryAccumulator {
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

  private let routingSelection: EntrySelection

  init(since: Timestamp?) {
    let selection = EntrySelection(since: since)
    rates = PassRateTally(grouping: [.day, .skill], selection: selection)
    days = StatisticsTally(grouping: [.day], selection: selection)
    kinds = StatisticsTally(grouping: [.skill, .model], selection: selection)
    sessions = PassRateTally(grouping: [.session], selection: selection)
    sessionCalls = StatisticsTally(grouping: [.session], selection: selection)
    routingSelection = EntrySelection(since: since, skill: EntrySelection.routingSkill, takesRouting: true)
  }

  mutating func add(_ entry: Record) {
    let time = entry["timestamp"]
    if routingSelection.contains(entry, time: time) {
      guard let day = time.flatMap({ Timestamp($0) })?.day else { return }
      routing[day, default: RoutingSplit()].count(entry)
      return
    }
    rates.add(entry)
    days.add(entry)
    kinds.add(entry)
    sessions.add(entry)
    sessionCalls.add(entry)
  }

  mutating func merge(_ other: ReportData) {
    rates.merge(other.rates)
    days.merge(other.days)
    kinds.merge(other.kinds)
    sessions.merge(other.sessions)
    sessionCalls.merge(other.sessionCalls)
    for (day, split) in other.routing { routing[day, default: RoutingSplit()] += split }
  }
}

/// How many records went which way.
struct RoutingSplit: Sendable {
  var local = 0
  var strong = 0
  var failed = 0

  /// Counts an entry of `hg-log --routing`: its message is `skill: decision — ...`.
  mutating func count(_ entry: Record) {
    if entry["final_status"]?.isString("fail") == true {
      failed += 1
    } else if entry["message"]?.string?.contains(": local — ") == true {
      local += 1
    } else {
      strong += 1
    }
  }

  static func += (left: inout RoutingSplit, right: RoutingSplit) {
    left.local += right.local
    left.strong += right.strong
    left.failed += right.failed
  }
}
