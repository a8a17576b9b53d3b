import NDJSON
import Records

extension RequestBuilder {
  /// Writes the record's members that are the API's, and what the options say where it lacks them. What `params` has is
  /// left out: it goes behind.
  func writeMembers(of record: Record, _ parameters: JSONValue?, to object: inout JSONWriter) {
    let members = RequestMembers(record) { misspelt.add($0) }
    guard members.found != 0 || !options.sampling.isEmpty || !options.extra.isEmpty else { return }
    let isBare = record["messages"]?.unlessNull != nil
    for (place, member) in RequestMembers.all.enumerated() {
      let name = MemberName(stringLiteral: member.name)
      if let value = members.value(place, of: record, isBare: isBare) {
        if parameters?[name] == nil { object.member(name, value) }
      } else if !options.sampling.isEmpty, let standard = options.sampling[name.string], parameters?[name] == nil {
        object.name(name)
        object.raw(Array(standard.utf8))
      }
    }
    for (name, standard) in options.extra
    where record.value(named: name)?.unlessNull == nil && parameters?.value(named: name) == nil {
      object.name(any: name)
      object.raw(Array(standard.utf8))
    }
  }

  /// Writes the messages. `system` goes in front of messages that have none of their own.
  func writeMessages(of record: Record, _ prompt: RecordPrompt, to object: inout JSONWriter) {
    object.name("messages")
    if let messages = prompt.messages {
      let system = record["system"]?.unlessNull
      guard system != nil || options.system != nil, !Self.hasSystem(messages) else { return object.value(messages) }
      return object.array { array in
        writeSystem(system, to: &array)
        for message in messages.elements { array.value(message) }
      }
    }
    object.array { messages in
      writeSystem(prompt.system, to: &messages)
      if let user = prompt.user { write("user", user, to: &messages) }
    }
  }

  private func writeSystem(_ own: JSONValue?, to messages: inout JSONWriter) {
    if let own {
      if !own.isString("") { write("system", own, to: &messages) }
    } else if let system = options.system {
      messages.object { message in
        message.member("role", "system")
        message.member("content", system)
      }
    }
  }

  private func write(_ role: String, _ content: JSONValue, to messages: inout JSONWriter) {
    messages.object { message in
      message.member("role", role)
      message.member("content", content)
    }
  }

  private static func hasSystem(_ messages: JSONValue) -> Bool {
    messages.elements.contains { message in
      message["role"].map { $0.isString("system") || $0.isString("developer") } ?? false
    }
  }
}
