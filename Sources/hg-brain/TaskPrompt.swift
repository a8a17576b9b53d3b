import KnowledgeBase
import NDJSON

/// Where in a record the task stands: `user`, or the last user message of `messages`.
struct TaskPrompt {
  /// The words of the task.
  let text: String
  private let place: Place

  private enum Place {
    case user
    /// The array, and the content of the message in it.
    case messages(JSONValue, content: JSONValue)
  }

  /// Finds the task; nil when the record has none.
  init?(_ record: Record) {
    if let user = record["user"]?.string {
      text = user
      place = .user
    } else if let messages = record["messages"], messages.kind == .array,
      let last = messages.elements.reversed().first(where: { $0["role"]?.isString("user") ?? false }),
      let content = last["content"]
    {
      if let string = content.string {
        text = string
      } else {
        let parts = content.kind == .array ? content.elements.compactMap { $0["text"]?.string } : []
        guard !parts.isEmpty else { return nil }
        text = parts.joined(separator: "\n")
      }
      place = .messages(messages, content: content)
    } else {
      return nil
    }
  }

  /// Puts a block in front of the task and says so.
  func put(_ block: ContextBlock, into edits: inout RecordEdits) {
    switch place {
    case .user:
      edits.set("user", string: block.text + text)
    case .messages(let messages, let content):
      // Everything but the content of that message keeps its bytes.
      let before = UnsafeRawBufferPointer(rebasing: messages.bytes[..<(offset(of: content, in: messages))])
      let after = UnsafeRawBufferPointer(
        rebasing: messages.bytes[(offset(of: content, in: messages) + content.bytes.count)...])
      edits.set("messages") { $0.raw(Array(before) + changed(content, block) + Array(after)) }
    }
    edits.set("knowledge") { writer in
      writer.array { array in
        for result in block.results {
          array.object { object in
            object.member("path", result.path)
            object.member("title", result.title)
            object.member("score", result.score)
          }
        }
      }
    }
  }

  private func changed(_ content: JSONValue, _ block: ContextBlock) -> [UInt8] {
    var writer = JSONWriter()
    if content.isString {
      writer.string(block.text + text)
    } else {
      writer.array { array in
        array.object { part in
          part.member("type", "text")
          part.member("text", block.text)
        }
        for element in content.elements { array.value(element) }
      }
    }
    return writer.bytes
  }

  private func offset(of value: JSONValue, in whole: JSONValue) -> Int {
    guard let start = value.bytes.baseAddress, let base = whole.bytes.baseAddress else { return 0 }
    return start - base
  }
}
