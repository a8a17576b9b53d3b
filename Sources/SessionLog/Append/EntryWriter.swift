public import NDJSON

/// Makes log entries of records.
public struct EntryWriter {
  private let keepsWhole: Bool
  private let redactor: Redactor
  private let excerpt: MessageExcerpt
  private var writer = JSONWriter()

  /// Makes a writer.
  ///
  /// - Parameters:
  ///   - keepsWhole: Whether the whole `user` and `text` are kept, for `Conversation`.
  ///   - redactor: Takes secrets out.
  public init(keepsWhole: Bool, redactor: Redactor) {
    self.keepsWhole = keepsWhole
    self.redactor = redactor
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
    let (excerpt, keepsWhole) = (excerpt, keepsWhole)
    writer.object { entry in
      entry.name("session_id")
      entry.string(session)
      entry.name("timestamp")
      entry.string(time.utf8)
      entry.copy("id", record["id"])
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
      entry.copy("attempts", record["attempts"])
      if let text = record["text"]?.escapedContent {
        entry.name("message")
        excerpt.write(text, to: &entry)
      }
      entry.copy("error", record["error"])
      entry.copy("tags", record["tags"])
      if keepsWhole {
        entry.copy("user", record["user"] ?? lastQuestion(record["messages"]))
        entry.copy("text", record["text"])
      }
    }
    finish(to: &output)
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
    writer.object { entry in
      entry.name("session_id")
      entry.string(session)
      entry.name("timestamp")
      entry.string(time.utf8)
      entry.copy("id", record["id"])
      entry.member("skill", EntrySelection.routingSkill)
      entry.member("phase", "decide")
      entry.copy("project_root", record["project_root"])
      entry.member("final_status", decision.isFailure ? "fail" : "skip")
      entry.member("message", decision.message)
    }
    finish(to: &output)
  }

  private mutating func finish(to output: inout [UInt8]) {
    let start = output.count
    output.append(contentsOf: writer.bytes)
    output.append(0x0A)
    redactor.redact(&output, from: endOfSession(output, from: start))
  }

  /// Where the entry's second member starts: the session's id stays as it is, or the entry were in the wrong file.
  private func endOfSession(_ line: [UInt8], from start: Int) -> Int {
    line.withUnsafeBytes { $0.firstOffset(of: Array("\",\"timestamp\":".utf8), in: start..<line.count) } ?? start
  }
}

/// The last thing the user said, of a record that holds a whole conversation.
private func lastQuestion(_ messages: JSONValue?) -> JSONValue? {
  guard let messages else { return nil }
  var question: JSONValue?
  for message in messages.elements where message["role"]?.isString("user") == true {
    if let content = message["content"], content.isString { question = content }
  }
  return question
}

extension JSONWriter {
  /// A member as the record has it; null is nothing.
  fileprivate mutating func copy(_ name: MemberName, _ value: JSONValue?) {
    guard let value, !value.isNull else { return }
    member(name, value)
  }

  /// The record's own status, else what its verdict says, else whether it failed.
  fileprivate mutating func finalStatus(of record: Record) {
    if let status = record["final_status"], status.isString {
      value(status)
    } else if let accept = record["verdict"]?["accept"]?.bool {
      string(accept ? "pass" : "fail")
    } else {
      string(record["error"].map { !$0.isNull } ?? false ? "error" : "ok")
    }
  }
}
