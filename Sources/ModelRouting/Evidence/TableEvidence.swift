import Platform

/// Evidence from counts: of the session logs, or of a file; counted again when they are too old.
public struct TableEvidence: EvidenceSource {
  private let catalog: ModelCatalog
  private let minGain: Double?
  private let cache: PassRateCache?
  private let lifetime: Double
  private let count: () -> PassRateTable?
  private var evidence: RoutingEvidence?
  /// When the evidence is too old, in seconds of the monotonic clock.
  private var expiry = -Double.infinity

  /// Makes a source; nothing is read yet.
  ///
  /// - Parameters:
  ///   - catalog: Which models are the candidates of a skill.
  ///   - minGain: The gain whose likelihood is asked for, if it is.
  ///   - cache: Where counts are kept for other processes, if anywhere.
  ///   - lifetime: How long counts hold, in seconds.
  ///   - count: Counts; `nil` when the source is broken, which it tells the user itself.
  public init(
    catalog: ModelCatalog, minGain: Double? = nil, cache: PassRateCache?, lifetime: Double,
    count: @escaping () -> PassRateTable?
  ) {
    self.minGain = minGain
    self.catalog = catalog
    self.cache = cache
    self.lifetime = lifetime
    self.count = count
  }

  /// Reads or counts again when the counts are too old.
  public mutating func refresh() -> Bool {
    let instant = MonotonicTime.now.seconds(since: .past)
    guard instant >= expiry else { return false }
    let now = WallClock.seconds
    if let (table, counted) = cache?.read(now: now) {
      evidence = RoutingEvidence(table, catalog: catalog, minGain: minGain)
      expiry = instant + lifetime - (now - counted)
    } else {
      let table = count()
      if let table { cache?.write(table, now: now) }
      evidence = table.map { RoutingEvidence($0, catalog: catalog, minGain: minGain) }
      // Without a lifetime one run counts once: what else could "not cached" mean for a stream.
      expiry = lifetime > 0 ? instant + lifetime : .infinity
    }
    return true
  }

  /// What is known about a skill.
  public func evidence(for skill: String?, chain: ModelChain) -> SkillEvidence {
    evidence?.evidence(for: skill) ?? .none
  }

  /// The traffic of every skill.
  public func traffic() -> [GainPolicy.Traffic] { evidence?.traffic ?? [] }
}
