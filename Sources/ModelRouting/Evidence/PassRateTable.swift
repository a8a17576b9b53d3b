public import SessionLog
public import SystemPackage

/// What is known about how models do at skills.
public struct PassRateTable: Sendable, Equatable {
  /// Which counts: those of one skill, and of one model or of entries that name none.
  public struct Key: Sendable, Hashable {
    /// The skill; `nil` for entries that name none.
    public let skill: String?
    /// The model; `nil` for entries that name none.
    public let model: String?

    /// Makes a key.
    ///
    /// - Parameters:
    ///   - skill: The skill, if the entries name one.
    ///   - model: The model, if the entries name one.
    public init(skill: String?, model: String?) {
      self.skill = skill
      self.model = model
    }
  }

  /// The counts.
  public private(set) var counts: [Key: PassRate]

  /// Makes a table.
  ///
  /// - Parameter counts: The counts.
  public init(_ counts: [Key: PassRate] = [:]) {
    self.counts = counts
  }

  /// Adds counts to those that are there.
  ///
  /// - Parameters:
  ///   - more: How often it passed and failed.
  ///   - key: Whose they are.
  public mutating func add(_ more: PassRate, to key: Key) {
    counts[key, default: PassRate()] += more
  }

  /// How the local candidate does at a skill. Entries that name no model count too.
  ///
  /// - Parameters:
  ///   - skill: The skill.
  ///   - model: The local candidate.
  /// - Returns: The counts; zero when there are none.
  public func local(skill: String?, model: String) -> PassRate {
    var rate = strong(skill: skill, model: model)
    rate += counts[Key(skill: skill, model: nil)] ?? PassRate()
    return rate
  }

  /// How a model does at a skill, from entries that name it.
  ///
  /// - Parameters:
  ///   - skill: The skill.
  ///   - model: The model.
  /// - Returns: The counts; zero when there are none.
  public func strong(skill: String?, model: String) -> PassRate {
    counts[Key(skill: skill, model: model)] ?? PassRate()
  }

  /// Counts what the session logs say.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are.
  ///   - since: The oldest entries that count.
  ///   - caches: The folder of caches, where counts are kept; nil counts in full.
  ///   - looksAtAll: Whether all of very many sessions are looked at for what is new.
  /// - Returns: The counts, and what was left out, for it is not a file that anything is appended to.
  /// - Throws: `SessionLogError` when a log cannot be read.
  public static func counted(
    in sessions: SessionDirectory, since: Timestamp, caches: FilePath?, looksAtAll: Bool = false
  ) throws(SessionLogError) -> (table: PassRateTable, skipped: [SessionLogError]) {
    let counted = try LogCount.outcomes(sessions, caches: caches, since: since, looksAtAll: looksAtAll)
    var table = PassRateTable()
    for (values, sums) in counted.answer where sums.rate.total > 0 {
      table.add(sums.rate, to: Key(skill: values[0], model: values[1]))
    }
    return (table, counted.skipped)
  }

  /// The skills that the table knows.
  public var skills: Set<String?> { Set(counts.keys.map(\.skill)) }
}
