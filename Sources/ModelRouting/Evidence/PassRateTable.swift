public import SessionLog

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
  /// - Throws: `SessionLogError` when a log cannot be read.
  public init(sessions: SessionDirectory, since: Timestamp) throws(SessionLogError) {
    self.init()
    for group in try PassRates(in: sessions, by: [.skill, .model], since: since).groups where group.rate.total > 0 {
      add(group.rate, to: Key(skill: group.values[0], model: group.values[1]))
    }
  }

  /// The skills that the table knows.
  public var skills: Set<String?> { Set(counts.keys.map(\.skill)) }
}
