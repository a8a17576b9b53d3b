package import NDJSON

/// How often a kind of job turned out well.
public struct PassRate: Sendable, Equatable {
  /// The jobs that passed.
  public var pass: Int
  /// The jobs that failed.
  public var fail: Int

  /// Makes a rate.
  ///
  /// - Parameters:
  ///   - pass: The jobs that passed.
  ///   - fail: The jobs that failed.
  public init(pass: Int = 0, fail: Int = 0) {
    self.pass = pass
    self.fail = fail
  }

  /// All jobs with an outcome, or `Int.max`.
  public var total: Int { pass.addingSaturated(fail) }

  /// The share that passed, `0...1`; nil without data.
  public var rate: Double? { total == 0 ? nil : Double(pass) / (Double(pass) + Double(fail)) }

  /// Adds another tally of the same kind.
  public static func += (left: inout PassRate, right: PassRate) {
    left.pass.addSaturated(right.pass)
    left.fail.addSaturated(right.fail)
  }
}

/// The outcomes in session logs, by what the entries have in common.
///
/// An entry whose `final_status` is `pass` or `fail` counts as that; other entries show that the group exists. A
/// verdict takes the place of the outcome it replaces (see `Verdict`). A model that failed before another one answered
/// (`FailedModel`) counts where models are told apart. The decisions of `hg-log --routing` count only for their own
/// skill, `_routing`: one that was made passed.
public struct PassRates: Sendable {
  /// One line of the answer.
  public struct Group: Sendable {
    /// The values of the grouping, in its order; nil where the entries have none.
    public let values: [String?]
    /// The outcomes.
    public let rate: PassRate

    /// Makes a line.
    ///
    /// - Parameters:
    ///   - values: In the order of the grouping.
    ///   - rate: The outcomes.
    public init(values: [String?], rate: PassRate) {
      self.values = values
      self.rate = rate
    }
  }

  /// Sorted by their values.
  public let groups: [Group]

  /// Counts the outcomes in all sessions of a directory, on all cores.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - grouping: What the entries of a group have in common.
  ///   - since: Only entries from this moment on; nil takes all.
  ///   - skill: Only entries of this skill; nil takes all.
  /// - Throws: `SessionLogError` when a file cannot be read.
  public init(
    in sessions: SessionDirectory, by grouping: [Grouping], since: Timestamp? = nil, skill: String? = nil
  ) throws(SessionLogError) {
    let selection = EntrySelection(since: since, skill: skill, takesRouting: skill == EntrySelection.routingSkill)
    let tally = try LogScan.run(sessions.files()) { PassRateTally(grouping: grouping, selection: selection) }
    groups = tally.groups
  }
}

/// Counts outcomes on one thread.
package struct PassRateTally: EntryAccumulator {
  private let selection: EntrySelection
  private var index: GroupIndex
  private var rates: [PassRate] = []
  private let tellsModelsApart: Bool

  package init(grouping: [Grouping], selection: EntrySelection) {
    self.selection = selection
    index = GroupIndex(grouping)
    tellsModelsApart = grouping.contains(.model)
  }

  package mutating func add(_ entry: Record) {
    let mark = Verdict.mark(of: entry)
    // A verdict counts when its job does, in the place of the outcome that counted so far.
    let time = mark?.jobTime ?? entry["timestamp"]
    guard selection.contains(entry, time: time),
      let outcome = JobOutcome(entry["final_status"], isDecision: selection.takesRouting)
    else { return }
    if outcome == .fail, !tellsModelsApart, FailedModel.isOne(entry) { return }
    index.forEachGroup(of: entry, time: time) { group in
      while group >= rates.count { rates.append(PassRate()) }
      rates[group].count(outcome, 1)
      if let replaced = mark?.replaced { rates[group].count(replaced, -1) }
    }
  }

  package mutating func merge(_ other: PassRateTally) {
    for (group, rate) in other.rates.enumerated() {
      let own = index.group(withKey: other.index.keys[group])
      while own >= rates.count { rates.append(PassRate()) }
      rates[own] += rate
    }
  }

  package var groups: [PassRates.Group] {
    // A verdict may be left over from a job whose entry is gone: there is nothing to take away then.
    zip(index.keys, rates).map { key, rate in
      PassRates.Group(values: key.values, rate: PassRate(pass: max(rate.pass, 0), fail: max(rate.fail, 0)))
    }
    .sorted { $0.values.isOrdered(before: $1.values) }
  }
}

/// What `final_status` says about a job.
enum JobOutcome {
  case pass, fail
  /// Neither of them: `ok`, `error`, or a word of the user's.
  case other

  /// Nil for what is not a job at all; a decision that was made has passed.
  init?(_ status: JSONValue?, isDecision: Bool = false) {
    guard let status, status.isString else { return nil }
    if status.isString("pass") {
      self = .pass
    } else if status.isString("fail") {
      self = .fail
    } else if status.isString("skip") {
      guard isDecision else { return nil }
      self = .pass
    } else {
      self = .other
    }
  }
}

extension PassRate {
  fileprivate mutating func count(_ outcome: JobOutcome, _ amount: Int) {
    switch outcome {
    case .pass: pass += amount
    case .fail: fail += amount
    case .other: break
    }
  }
}
