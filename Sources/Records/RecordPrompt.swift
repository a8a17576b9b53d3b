public import NDJSON

/// Where a record's prompt is: what every stage hashes, searches with, sends and logs.
///
/// `messages` are sent as they are, so they go before `user` and `system`. `params` is merged over the request, so its
/// `messages` go before those of the record. A Batch line has its messages in `body`. Null counts as absent.
///
/// It owns nothing: it is valid as long as the record.
public struct RecordPrompt {
  /// Where it is.
  public enum Place: Sendable, Equatable {
    /// There is none.
    case nowhere
    /// In `user`, and `system` before it.
    case user
    /// In the record's `messages`.
    case messages
    /// In the `messages` of `params`.
    case parameters
    /// In the `messages` of `body`: a Batch line.
    case body
  }

  /// Where it is.
  public let place: Place
  /// `user`, a string or an array of parts, or what the user put there; nil in the other places.
  public let user: JSONValue?
  /// `system` in front of `user`, a string or an array of parts; nil in the other places.
  public let system: JSONValue?
  /// The messages: an array, or what the user put there; nil where `user` is the prompt.
  public let messages: JSONValue?

  init(_ record: Record) {
    let found = Self.messages(of: record)
    messages = found?.value
    if let found {
      place = found.place
      (user, system) = (nil, nil)
    } else if record.isBatchLine {
      place = .nowhere
      (user, system) = (nil, nil)
    } else {
      user = record["user"]?.unlessNull
      system = record["system"]?.unlessNull
      place = user == nil ? .nowhere : .user
    }
  }

  private static func messages(of record: Record) -> (value: JSONValue, place: Place)? {
    if record.isBatchLine {
      return record.batchBody?["messages"]?.unlessNull.map { ($0, .body) }
    }
    if let messages = record["params"]?["messages"]?.unlessNull { return (messages, .parameters) }
    return record["messages"]?.unlessNull.map { ($0, .messages) }
  }

  /// The content of the task: `user`, or the content of the last message that a user wrote. A string or an array of
  /// parts; nil when there is none of these.
  public var task: JSONValue? {
    let content: JSONValue?
    if let messages {
      var last: JSONValue?
      for message in messages.elements where message["role"]?.isString("user") == true { last = message["content"] }
      content = last
    } else {
      content = user
    }
    guard let content, content.kind == .string || content.kind == .array else { return nil }
    return content
  }

  /// The words of the task: the text of its parts, with a line end between two; nil when it has none.
  public var taskText: String? {
    guard let task else { return nil }
    if let text = task.string { return text }
    let texts = task.elements.compactMap { $0["text"]?.string }
    return texts.isEmpty ? nil : texts.joined(separator: "\n")
  }
}

extension Record {
  /// Where the prompt is.
  public var prompt: RecordPrompt { RecordPrompt(self) }
}
