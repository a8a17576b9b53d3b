package import NDJSON

/// Which entries a question is about.
package struct EntrySelection: Sendable {
  /// The skill of entries that record a routing decision: no jobs.
  package static let routingSkill = "_routing"

  private let since: Timestamp?
  private let until: Timestamp?
  private let sinceText: [UInt8]
  private let untilText: [UInt8]
  private let skill: String?
  /// Whether decisions are looked at.
  let takesRouting: Bool

  package init(since: Timestamp? = nil, until: Timestamp? = nil, skill: String? = nil, takesRouting: Bool = false) {
    self.since = since
    self.until = until
    sinceText = since?.utf8 ?? []
    untilText = until?.utf8 ?? []
    self.skill = skill
    self.takesRouting = takesRouting
  }

  /// Whether a question is about this entry.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - time: When the job was logged that it is about.
  /// - Returns: False for what the question leaves out.
  package func contains(_ entry: Record, time: JSONValue?) -> Bool {
    let value = entry["skill"]
    if let skill, value?.isString(skill) != true { return false }
    if !takesRouting, value?.isString(Self.routingSkill) == true { return false }
    return contains(time: time)
  }

  /// Whether a moment lies in the window; what is no moment lies in none, unless there is no window.
  func contains(time value: JSONValue?) -> Bool {
    guard since != nil || until != nil else { return true }
    guard let value, let content = value.escapedContent else { return false }
    if Timestamp.isCanonical(content) {
      return !content.lexicographicallyPrecedes(sinceText)
        && (until == nil || content.lexicographicallyPrecedes(untilText))
    }
    guard let time = Timestamp(value) else { return false }
    return since.map { $0 <= time } ?? true && until.map { time < $0 } ?? true
  }
}
