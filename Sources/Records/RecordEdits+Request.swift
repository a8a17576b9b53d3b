public import NDJSON

/// What stages change in what a record asks for, wherever that lies in a record of its shape. Each works on top of
/// what was changed before, and all other bytes stay.
extension RecordEdits {
  /// Sets the model to ask first: `model`, or `body.model` of a Batch line.
  ///
  /// - Parameters:
  ///   - model: The name as JSON: a string with its quotes.
  ///   - record: The record that is edited.
  public mutating func setModel(_ model: [UInt8], of record: Record) {
    guard let body = record.batchBody, body.kind == .object else { return set("model") { $0.raw(model) } }
    edit(body, named: "body") { (_, edits) in edits.set("model") { $0.raw(model) } }
  }

  /// Puts text in front of the task: before the text of `user`, or of the last message that a user wrote; parts get one
  /// more in front.
  ///
  /// - Parameters:
  ///   - text: What is put there, with whatever is to separate it.
  ///   - record: The record that is edited.
  /// - Returns: False, and nothing changed, for a record without a task.
  public mutating func prependToTask(_ text: String, of record: Record) -> Bool {
    changePrompt(of: record) { prompt in
      prompt.task.flatMap { task in prompt.replacing(task, with: content(task, text, isInFront: true)) }
    }
  }

  /// Puts text behind the task: an empty line and the text behind `user`; one message of the user's more behind
  /// `messages`.
  ///
  /// - Parameters:
  ///   - text: What is put there.
  ///   - record: The record that is edited.
  /// - Returns: False, and nothing changed, for a record without a task.
  public mutating func appendToPrompt(_ text: String, of record: Record) -> Bool {
    changePrompt(of: record) { prompt in
      if prompt.messages == nil {
        return prompt.task.map { content($0, text, isInFront: false) }
      }
      guard let messages = prompt.messages, messages.kind == .array else { return nil }
      return JSONWriter.bytes { writer in
        writer.array { array in
          for message in messages.elements { array.value(message) }
          array.object { message in
            message.member("role", "user")
            message.member("content", text)
          }
        }
      }
    }
  }

  /// Puts what was said of an answer that was not accepted behind the task, for the next try.
  ///
  /// - Parameters:
  ///   - feedback: What was said; nothing of it is put there when it is empty.
  ///   - record: The record that is edited.
  /// - Returns: False, and nothing changed, for a record without a task.
  @discardableResult
  public mutating func appendFeedback(_ feedback: String, of record: Record) -> Bool {
    feedback.isEmpty || appendToPrompt("Prior attempt feedback: " + feedback, of: record)
  }

  /// Replaces `user` or `messages` by what `change` makes of the prompt as it is by now.
  private mutating func changePrompt(of record: Record, _ change: (RecordPrompt) -> [UInt8]?) -> Bool {
    let name: String
    switch record.prompt.place {
    case .nowhere: return false
    case .user: name = "user"
    case .messages: name = "messages"
    case .parameters: name = "params"
    case .body: name = "body"
    }
    guard let value = record.value(named: name) else { return false }
    if name == "body" || name == "params" {
      var isChanged = false
      edit(value, named: name) { (request, edits) in
        guard let messages = request["messages"], let bytes = change(RecordPrompt(messages: messages)) else { return }
        edits.set("messages") { $0.raw(bytes) }
        isChanged = true
      }
      return isChanged
    }
    let bytes = withPending(name, or: value) { now in
      change(name == "user" ? RecordPrompt(user: now) : RecordPrompt(messages: now))
    }
    guard let bytes else { return false }
    set(name) { $0.raw(bytes) }
    return true
  }

  /// Edits a member that is an object as a record of its own: so its other bytes stay, too.
  private mutating func edit(_ object: JSONValue, named name: String, _ change: (Record, inout RecordEdits) -> Void) {
    let parser = JSONParser()
    let changed: [UInt8]? = withPending(name, or: object) { now in
      guard let inner = try? parser.record(now.bytes) else { return nil }
      var edits = RecordEdits()
      change(inner, &edits)
      guard !edits.isEmpty else { return nil }
      var output: [UInt8] = []
      edits.append(inner, to: &output)
      return output
    }
    if let changed { set(name) { $0.raw(changed) } }
  }

  private func withPending<Result>(_ name: String, or value: JSONValue, _ body: (JSONValue) -> Result) -> Result {
    guard let pending = pendingValue(of: name) else { return body(value) }
    return pending.withUnsafeBytes { body(JSONValue($0)) }
  }
}

/// A task with text in front or behind.
private func content(_ task: JSONValue, _ text: String, isInFront: Bool) -> [UInt8] {
  JSONWriter.bytes { writer in
    guard task.isString else {
      let part = { (array: inout JSONWriter) in
        array.object { part in
          part.member("type", "text")
          part.member("text", text)
        }
      }
      return writer.array { array in
        if isInFront { part(&array) }
        for element in task.elements { array.value(element) }
        if !isInFront { part(&array) }
      }
    }
    let own = task.string ?? ""
    if isInFront { return writer.string(text + own) }
    writer.string(own + (own.hasSuffix("\n") ? "\n" : "\n\n") + text)
  }
}

extension RecordPrompt {
  init(user: JSONValue) {
    self.user = user
    (place, system, messages) = (.user, nil, nil)
  }

  init(messages: JSONValue) {
    self.messages = messages
    (place, system, user) = (.messages, nil, nil)
  }

  /// The bytes of `user` or `messages` with another value in a place.
  fileprivate func replacing(_ value: JSONValue, with bytes: [UInt8]) -> [UInt8]? {
    guard let whole = (messages ?? user)?.bytes, let base = whole.baseAddress, let start = value.bytes.baseAddress
    else {
      return nil
    }
    let offset = start - base
    return Array(whole[..<offset]) + bytes + Array(whole[(offset + value.bytes.count)...])
  }
}
