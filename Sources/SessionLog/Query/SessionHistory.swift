import NDJSON

/// What a session did so far, as a block for a prompt: one line an entry.
///
///     ## Session history
///
///     (earlier entries are not shown)
///     - review/analyze: pass: Looks fine (src/main.swift)
public struct SessionHistory: Sendable {
  /// The entries' lines, the oldest first; each without its line end.
  public let lines: [String]

  /// Whether entries before them were left out. How many is not known: only the end of the log was read.
  public let isCut: Bool

  /// Reads the history of a session; one that does not exist has none.
  ///
  /// - Parameters:
  ///   - session: The session's id.
  ///   - sessions: Where the logs are.
  ///   - excludedPhases: Entries of these phases are left out.
  ///   - last: How many entries at most, the latest ones, above 0; nil takes all.
  /// - Throws: `SessionLogError` when the log cannot be read.
  public init(
    of session: String, in sessions: SessionDirectory, excludedPhases: [String] = [], last: Int? = nil
  ) throws(SessionLogError) {
    let reader = EntryReader(sessions.files(ofSession: session))
    // One more than wanted shows whether any are left out.
    let found: [String] = try reader.last(last.map { $0.addingSaturated(1) }) { entry in
      // A model that failed before another one answered is not a job of its own.
      if FailedModel.isOne(entry) { return nil }
      let phase = entry["phase"]
      if let phase, excludedPhases.contains(where: phase.isString) { return nil }
      return Self.line(of: entry)
    }
    isCut = found.count > last ?? .max
    lines = Array(found.suffix(last ?? .max))
  }

  /// The block, with its line end; empty without entries.
  public var block: String {
    guard !lines.isEmpty else { return "" }
    let cut = isCut ? "(earlier entries are not shown)\n" : ""
    return "## Session history\n\n" + cut + lines.joined(separator: "\n") + "\n"
  }

  /// Puts the block in front of a task, behind the knowledge that hg-brain put there.
  ///
  /// - Parameters:
  ///   - task: The record's `user`.
  ///   - knowledgeCount: How many notes stand in front of the task.
  /// - Returns: The task; unchanged without entries.
  public func prepended(to task: String, knowledgeCount: Int) -> String {
    guard !lines.isEmpty else { return task }
    let start = knowledgeCount == 0 ? task.startIndex : endOfKnowledge(in: task, count: knowledgeCount)
    return task[..<start] + block + "\n---\n\n" + task[start...]
  }

  /// Behind the rule that ends the block of knowledge: the first one behind the heading of the last note.
  private func endOfKnowledge(in task: String, count: Int) -> String.Index {
    guard task.hasPrefix("## Relevant knowledge\n") else { return task.startIndex }
    var notes = 0
    var position = task.startIndex
    while position < task.endIndex {
      let end = task[position...].firstIndex(of: "\n") ?? task.endIndex
      let line = task[position..<end]
      position = end < task.endIndex ? task.index(after: end) : end
      if line.hasPrefix("### ") { notes += 1 }
      if line == "---", notes >= count {
        while position < task.endIndex, task[position] == "\n" { position = task.index(after: position) }
        return position
      }
    }
    return task.startIndex
  }

  private static func line(of entry: Record) -> String {
    var line = "- " + (text(entry["skill"]) ?? "job")
    if let phase = text(entry["phase"]) { line += "/" + phase }
    if let status = text(entry["final_status"]) { line += ": " + status }
    if let message = text(entry["message"]) ?? text(entry["error"]?["message"]) { line += ": " + message }
    if let file = text(entry["file_path"]) { line += " (\(file))" }
    return line
  }

  /// A string on one line; nil when there is nothing to show.
  private static func text(_ value: JSONValue?) -> String? {
    guard let content = value?.stringBytes else { return nil }
    var line: [UInt8] = []
    line.reserveCapacity(content.count)
    for byte in content {
      // Line separators of other scripts need a closer look.
      guard byte < 0x80 else { return unicodeText(content) }
      if byte > 0x20 && byte != 0x7F {
        line.append(byte)
      } else if let last = line.last, last != 0x20 {
        line.append(0x20)
      }
    }
    if line.last == 0x20 { line.removeLast() }
    return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
  }

  private static func unicodeText(_ content: [UInt8]) -> String? {
    let words = String(decoding: content, as: UTF8.self).unicodeScalars.split {
      $0.properties.isWhitespace || $0.value < 0x20 || $0.value == 0x7F
    }
    return words.isEmpty ? nil : words.map { String($0) }.joined(separator: " ")
  }
}
