public import NDJSON
import Records
public import Secrets

/// Makes log entries of records.
public struct EntryWriter {
  private let keepsWhole: Bool
  private let redaction: TextRedaction
  private let redactor: Redactor
  private let excerpt: MessageExcerpt
  private var writer = JSONWriter()

  /// Makes a writer.
  ///
  /// - Parameters:
  ///   - keepsWhole: Whether the whole `user` and `text` are kept, for `Conversation`.
  ///   - redactor: Takes secrets out of messages and texts.
  public init(keepsWhole: Bool, redactor: Redactor) {
    self.keepsWhole = keepsWhole
    self.redactor = redactor
    redaction = TextRedaction(redactor)
    excerpt = MessageExcerpt(redactor)
  }

  /// Appends the entry of a record, with its line end.
  ///
  /// - Parameters:
  ///   - record: What happened.
  ///   - session: The session's id.
  ///   - time: When.
  ///   - output: Gets one line.
  public mutating func append(_ record: Record, session: String, time: Timestamp, to output: inout [UInt8]) {
    writer.removeAll()
    let (excerpt, redaction, keepsWhole) = (excerpt, redaction, keepsWhole)
    writer.object { entry in
      entry.begin(record, session, time)
      entry.copy("skill", record["skill"])
      entry.copy("phase", record["phase"])
      entry.copy("project_root", record["project_root"])
      entry.name("final_status")
      entry.finalStatus(of: record)
      entry.copy("file_path", record["file_path"])
      entry.copy("model_used", record["model_used"])
      entry.copy("duration_ms", record["duration_ms"])
      entry.copy("usage", record["usage"])
      entry.copy("cost_usd", record["cost_usd"])
      entry.copy("cached", record["cached"])
      entry.copy("attempts", record["attempts"], redaction)
      if let text = Self.message(of: record) {
        entry.name("message")
        excerpt.write(text, to: &entry)
      }
      if record.hasFailed { entry.copy("error", record["error"], redaction) }
      entry.copy("tags", record["tags"])
      if keepsWhole {
        entry.copy("user", record.prompt.task ?? record["user"], redaction)
        entry.copy("text", record["text"], redaction)
      }
    }
    finish(to: &output)
  }

  /// Appends an entry for each model that failed before another one answered, each with its line end.
  ///
  /// - Parameters:
  ///   - record: What came out of hg-complete.
  ///   - session: The session's id.
  ///   - time: When.
  ///   - output: Gets lines, mostly none.
  public mutating func appendFailedModels(
    _ record: Record, session: String, time: Timestamp, to output: inout [UInt8]
  ) {
    for failed in FailedModel.all(in: record) {
      writer.removeAll()
      let (redaction, redactor) = (redaction, redactor)
      writer.object { entry in
        entry.begin(record, session, time)
        entry.copy("skill", record["skill"])
        entry.copy("phase", record["phase"])
        entry.copy("project_root", record["project_root"])
        entry.member("final_status", "fail")
        entry.copy("file_path", record["file_path"])
        entry.copy("model_used", failed.model)
        if let milliseconds = failed.milliseconds { entry.member("duration_ms", milliseconds) }
        entry.name("attempts")
        entry.array { attempts in for attempt in failed.attempts { redaction.write(attempt, to: &attempts) } }
        entry.member("message", redactor.redact(failed.message))
        entry.copy("tags", record["tags"])
        entry.copy("fell_open_to", failed.answeredBy)
      }
      finish(to: &output)
    }
  }

  /// Appends the entry of a routing decision, with its line end; nothing for a record that was not routed.
  ///
  /// - Parameters:
  ///   - record: What came out of hg-route.
  ///   - session: The session's id.
  ///   - time: When.
  ///   - output: Gets one line, or nothing.
  public mutating func appendRouting(_ record: Record, session: String, time: Timestamp, to output: inout [UInt8]) {
    guard let decision = RoutingDecision(record) else { return }
    writer.removeAll()
    let redactor = redactor
    writer.object { entry in
      entry.begin(record, session, time)
      entry.member("skill", EntrySelection.routingSkill)
      entry.member("phase", "decide")
      entry.copy("project_root", record["project_root"])
      entry.member("final_status", decision.isFailure ? "fail" : "skip")
      entry.member("message", redactor.redact(decision.message))
    }
    finish(to: &output)
  }

  private mutating func finish(to output: inout [UInt8]) {
    output.append(contentsOf: writer.bytes)
    output.append(0x0A)
  }

  /// What the entry's message is made of: the answer, or the message that the record has when there is no answer.
  private static func message(of record: Record) -> JSONValue? {
    let text = record["text"].flatMap { $0.isString ? $0 : nil }
    if let text, text.bytes.count > 2 { return text }
    return record["message"].flatMap { $0.isString ? $0 : nil } ?? text
  }
}

extension JSONWriter {
  /// What every entry starts with.
  fileprivate mutating func begin(_ record: Record, _ session: String, _ time: Timestamp) {
    name("session_id")
    string(session)
    name("timestamp")
    string(time.utf8)
    // A Batch line has its id under another name.
    copy("id", record["id"] ?? (record.isBatchLine ? record["custom_id"] : nil))
  }

  /// A member as the record has it; null is nothing.
  fileprivate mutating func copy(_ name: MemberName, _ value: JSONValue?) {
    guard let value, !value.isNull else { return }
    member(name, value)
  }

  /// A member without the secrets in its texts.
  fileprivate mutating func copy(_ name: MemberName, _ value: JSONValue?, _ redaction: TextRedaction) {
    guard let value, !value.isNull else { return }
    self.name(name)
    redaction.write(value, to: &self)
  }

  /// The record's own status, else what its verdict says, else whether it failed.
  fileprivate mutating func finalStatus(of record: Record) {
    if let status = record["final_status"], status.isString {
      value(status)
    } else if let accept = record["verdict"]?["accept"]?.bool {
      string(accept ? "pass" : "fail")
    } else {
      string(record.hasFailed ? "error" : "ok")
    }
  }
}
