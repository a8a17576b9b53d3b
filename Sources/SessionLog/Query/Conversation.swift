import NDJSON

/// The turns of a session that were kept whole and went well, as an OpenAI `messages` array for the next call.
public enum Conversation {
  private struct Turn {
    let id: [UInt8]?
    let user: [UInt8]
    let text: [UInt8]
  }

  /// Reads the conversation of a session; one that does not exist has no turns.
  ///
  /// - Parameters:
  ///   - session: The session's id.
  ///   - sessions: Where the logs are.
  /// - Returns: A JSON array of `{"role","content"}`, on one line without its end.
  /// - Throws: `SessionLogError` when the log cannot be read.
  public static func messages(of session: String, in sessions: SessionDirectory) throws(SessionLogError) -> [UInt8] {
    var turns: [Turn] = []
    try EntryReader(sessions.files(ofSession: session)).forEach { entry in
      let id = entry["id"].map { Array($0.bytes) }
      if Verdict.mark(of: entry) != nil {
        // A later word about the last turn of that id.
        if entry["final_status"]?.isString("fail") == true, let place = turns.lastIndex(where: { $0.id == id }) {
          turns.remove(at: place)
        }
      } else if let turn = turn(entry, id: id) {
        turns.append(turn)
      }
    }
    var writer = JSONWriter()
    writer.array { array in
      for turn in turns {
        append("user", turn.user, to: &array)
        append("assistant", turn.text, to: &array)
      }
    }
    return writer.bytes
  }

  private static func turn(_ entry: Record, id: [UInt8]?) -> Turn? {
    guard let user = entry["user"], user.isString, let text = entry["text"], text.isString,
      entry["error"] == nil, let status = entry["final_status"],
      !status.isString("fail"), !status.isString("error")
    else { return nil }
    return Turn(id: id, user: Array(user.bytes), text: Array(text.bytes))
  }

  private static func append(_ role: String, _ content: [UInt8], to array: inout JSONWriter) {
    array.object { message in
      message.member("role", role)
      message.name("content")
      message.raw(content)
    }
  }
}
