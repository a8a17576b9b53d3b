import NDJSON
public import SystemPackage

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
  /// What was left out, for it is not a file that anything is appended to.
  public let skipped: [SessionLogError]

  /// Counts the outcomes in all sessions of a directory, on all cores.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - grouping: What the entries of a group have in common.
  ///   - since: Only entries from this moment on; nil takes all.
  ///   - skill: Only entries of this skill; nil takes all.
  ///   - caches: The folder of caches, where counts are kept; nil counts in full.
  /// - Throws: `SessionLogError` when a file cannot be read.
  public init(
    in sessions: SessionDirectory, by grouping: [Grouping], since: Timestamp? = nil, skill: String? = nil,
    caches: FilePath? = nil
  ) throws(SessionLogError) {
    let filter = EntryFilter(since: since, skill: skill)
    let counted = try LogCount.run(sessions, caches: caches, since: since) {
      PassRateTally(grouping: grouping, filter: filter)
    }
    groups = counted.answer.groups
    skipped = counted.skipped
  }
}

/// Counts outcomes on one thread.
package struct PassRateTally: EntryTally {
  package let needs: EntryNeeds

  private struct Sums {
    var rate = PassRate()
    /// The entries of the group, also those without an outcome.
    var entries = 0
  }

  private var filter: EntryFilter
  private var index: GroupIndex
  private var sums: [Sums] = []
  private let tellsModelsApart: Bool

  package init(grouping: [Grouping], filter: EntryFilter) {
    self.filter = filter
    index = GroupIndex(grouping)
    tellsModelsApart = grouping.contains(.model)
    needs = EntryNeeds(grouping, filter)
  }

  package mutating func add(_ entry: CountedEntry, _ names: EntryNames) {
    guard let outcome = JobOutcome(entry.facts.status, isDecision: filter.takesRouting), filter.takes(entry, names)
    else { return }
    if outcome == .fail, !tellsModelsApart, entry.facts.contains(.isFailedModel) { return }
    for group in index.groups(of: entry, names) {
      if group >= sums.count { sums += repeatElement(Sums(), count: index.keys.count - sums.count) }
      sums[group].entries += entry.weight
      sums[group].rate.count(outcome, entry.weight)
      if let replaced = entry.facts.replaced { sums[group].rate.count(replaced, -entry.weight) }
    }
  }

  package mutating func merge(_ other: PassRateTally) {
    for (group, sum) in other.sums.enumerated() {
      let own = index.group(withKey: other.index.keys[group])
      if own >= sums.count { sums += repeatElement(Sums(), count: index.keys.count - sums.count) }
      sums[own].entries += sum.entries
      sums[own].rate += sum.rate
    }
  }

  package var groups: [PassRates.Group] {
    // A verdict may be left over from a job whose entry is gone: there is nothing to take away then.
    zip(index.keys, sums).filter { $1.entries > 0 }.map { key, sum in
      PassRates.Group(values: key.values, rate: PassRate(pass: max(sum.rate.pass, 0), fail: max(sum.rate.fail, 0)))
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
  init?(_ status: LoggedStatus, isDecision: Bool = false) {
    switch status {
    case .none: return nil
    case .pass: self = .pass
    case .fail: self = .fail
    case .skip:
      guard isDecision else { return nil }
      self = .pass
    case .error, .other: self = .other
    }
  }
}

extension PassRate {
  mutating func count(_ outcome: JobOutcome, _ amount: Int) {
    switch outcome {
    case .pass: pass += amount
    case .fail: fail += amount
    case .other: break
    }
  }
}
