import NDJSON
import Platform
public import Secrets
import SystemPackage

/// An entry that says later how a job turned out. It holds when the job was logged and which outcome it replaces, so
/// that the outcomes of a session can be counted in any order, at the time of their jobs:
///
///     {"session_id":"s","timestamp":"...","id":7,"skill":"review","final_status":"fail","model_used":"qwen35",
///      "message":"misses the bug","verdict":{"accept":false,"job":"2026-11-21T04:06:25.123Z","replaces":"ok"}}
public struct Verdict: Sendable {
  /// The session's id.
  public let session: String
  /// The job's `id`; nil for the last job of the session.
  public let id: String?
  /// Whether the job turned out well.
  public let accepts: Bool
  /// Why.
  public let message: String?

  /// Makes a verdict.
  ///
  /// - Parameters:
  ///   - session: The session's id.
  ///   - id: The job's id, a number as it is written.
  ///   - accepts: Whether the job turned out well.
  ///   - message: Why.
  public init(session: String, id: String? = nil, accepts: Bool, message: String? = nil) {
    self.session = session
    self.id = id
    self.accepts = accepts
    self.message = message
  }

  /// Appends the verdict to its session's log. Of several the last one counts.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are.
  ///   - redactor: Takes secrets out of the message.
  /// - Returns: False when the session has no such job; nothing was written then.
  /// - Throws: `SessionLogError` when the log cannot be read or written.
  public func append(to sessions: SessionDirectory, redactor: Redactor) throws(SessionLogError) -> Bool {
    // The latest job first; the word about it stands in the file of the job.
    for file in sessions.files(ofSession: session).reversed() where try append(to: file, redactor) { return true }
    return false
  }

  private func append(to path: FilePath, _ redactor: Redactor) throws(SessionLogError) -> Bool {
    for _ in 0..<3 {
      var found = false
      let file: SessionFile
      do throws(SessionLogError) {
        file = try SessionFile(path, ifMissing: .isRefused)
      } catch {
        guard error.isNoSuchFile else { throw error }
        return false
      }
      let isDone = try file.append { () throws(SessionLogError) in
        let job = try JudgedJob(id: id, in: path)
        found = job != nil
        return job.map { line(judging: $0, redactor) } ?? []
      }
      guard isDone else { continue }
      if found { try file.sync() }
      return found
    }
    throw SessionLogError("append to", path.string, .system(.resourceBusy))
  }

  private func line(judging job: JudgedJob, _ redactor: Redactor) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { entry in
      entry.member("session_id", session)
      entry.name("timestamp")
      entry.string(Timestamp.now().utf8)
      for name: MemberName in ["id", "skill", "phase", "project_root"] { entry.member(name, job.members[name.string]) }
      entry.member("final_status", accepts ? "pass" : "fail")
      for name: MemberName in ["file_path", "model_used"] { entry.member(name, job.members[name.string]) }
      if let message {
        entry.member("message", redactor.redact(message))
      }
      entry.member("tags", job.members["tags"])
      entry.name("verdict")
      entry.object { verdict in
        verdict.member("accept", accepts)
        verdict.member("job", job.members["timestamp"])
        verdict.member("replaces", job.status)
      }
    }
    return writer.bytes + [0x0A]
  }

  /// What a verdict in a log says of the job it is about.
  struct Mark {
    /// When the job was logged.
    let jobTime: JSONValue
    /// The outcome that was the last one so far.
    let replaced: JobOutcome?
  }

  /// Reads a verdict; nil for any other entry.
  static func mark(of entry: Record) -> Mark? { entry["verdict"].flatMap { mark($0) } }

  /// Reads the `verdict` of an entry.
  static func mark(_ verdict: JSONValue) -> Mark? {
    guard let jobTime = verdict["job"], jobTime.isString else { return nil }
    return Mark(jobTime: jobTime, replaced: JobOutcome(LoggedStatus(verdict["replaces"])))
  }
}

/// The last job of a session, or the last one with an id, and how it turned out so far.
private struct JudgedJob {
  /// What a verdict about it repeats.
  let members: [String: [UInt8]]
  /// Its last `final_status`.
  let status: [UInt8]?

  /// Nil when there is no such job.
  init?(id: String?, in file: FilePath) throws(SessionLogError) {
    var job: [UInt8] = []
    var latest: [UInt8] = []
    var jobID: [UInt8]?
    try EntryReader([file]).forEach { entry in
      let entryID = entry["id"].map { Array($0.bytes) }
      if Verdict.mark(of: entry) != nil {
        if !job.isEmpty, entryID == jobID { latest = Array(entry.line) }
      } else if entry["skill"]?.isString(EntrySelection.routingSkill) != true, !FailedModel.isOne(entry),
        id.map({ entry.has(id: $0) }) ?? true
      {
        job.removeAll(keepingCapacity: true)
        job.append(contentsOf: entry.line)
        jobID = entryID
        latest = []
      }
    }
    guard !job.isEmpty else { return nil }
    members = Self.members(
      job, ["timestamp", "id", "skill", "phase", "project_root", "file_path", "model_used", "tags"])
    status = Self.members(latest.isEmpty ? job : latest, ["final_status"])["final_status"]
  }

  private static func members(_ line: [UInt8], _ names: [String]) -> [String: [UInt8]] {
    let parser = JSONParser()
    // The entry's spans live in the parser.
    defer { withExtendedLifetime(parser) {} }
    return line.withUnsafeBytes { bytes in
      guard let entry = try? parser.record(bytes) else { return [:] }
      var members: [String: [UInt8]] = [:]
      for name in names { members[name] = entry.value(named: name).map { Array($0.bytes) } }
      return members
    }
  }
}

extension Record {
  fileprivate func has(id: String) -> Bool {
    guard let value = self["id"] else { return false }
    return value.isString(id) || (value.kind == .number && value.text == id)
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: MemberName, _ json: [UInt8]?) {
    guard let json else { return }
    self.name(name)
    raw(json)
  }
}
