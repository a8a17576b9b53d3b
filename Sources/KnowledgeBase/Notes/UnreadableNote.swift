/// A note, or a folder of notes, that could not be read.
struct UnreadableNote {
  /// Relative to the knowledge directory; a folder ends with a slash, the directory itself is empty.
  let path: String
  let error: KnowledgeError
  /// Whether the index has what it said before.
  let isKnown: Bool

  /// More than this are counted and not named.
  private static let named = 20

  /// What the user should know, a line for each.
  static func warnings(_ notes: [UnreadableNote]) -> [String] {
    let lines = notes.prefix(named).map { note in
      let reason = if case .system(_, let code) = note.error { " (\(KnowledgeError.text(code)))" } else { "" }
      let known = note.isKnown ? "; what it said before is searched" : ""
      return "knowledge/\(note.path): cannot be read\(reason)\(known)"
    }
    return notes.count > named ? lines + ["\(notes.count - named) more notes cannot be read"] : lines
  }
}
