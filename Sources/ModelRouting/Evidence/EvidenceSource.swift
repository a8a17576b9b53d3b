/// Where the evidence comes from: a table of counts, or a server that is asked for each skill.
public protocol EvidenceSource {
  /// Reads again when what was read is too old.
  ///
  /// - Returns: Whether earlier answers no longer hold.
  mutating func refresh() -> Bool

  /// What is known about a skill.
  ///
  /// - Parameters:
  ///   - skill: The skill; `nil` for records without one.
  ///   - chain: Its chain.
  /// - Returns: The evidence; `none` when the source fails, for routing never does.
  mutating func evidence(for skill: String?, chain: ModelChain) -> SkillEvidence

  /// The traffic of every skill that is known.
  ///
  /// - Returns: One element a skill.
  mutating func traffic() -> [GainPolicy.Traffic]
}
