import SystemPackage

/// Why something could not be done with a knowledge base.
public enum KnowledgeError: Error, Equatable, CustomStringConvertible {
  /// There is no directory to read notes from.
  case noKnowledge(String)
  /// A path of a note that does not exist, or that leads out of the knowledge directory.
  case noSuchNote(String)
  /// A note of that name exists, with another content.
  case exists(String)
  /// What was asked for makes no sense: a note without content, a name without a letter.
  case invalid(String)
  /// A system call failed: what was tried, and the error.
  case system(String, errno: Int32)
  /// The index could not be read or written, and could not be built again either.
  case index(String)
  /// A server failed, or its answer cannot be used.
  case server(String)
  /// A server could not be reached, did not answer in time, or refuses the caller: the next request would fare no
  /// better.
  case noServer(String)

  /// What went wrong, for a person.
  public var description: String {
    switch self {
    case .noKnowledge(let path): "\(path): no such directory; write a note first, or set HYPERGUILD_BRAIN_DIR"
    case .noSuchNote(let path): "\(path): no such note"
    case .exists(let path): "\(path): exists with another content; use another filename, or --force"
    case .invalid(let message), .index(let message), .server(let message), .noServer(let message): message
    case .system(let what, let code): "\(what): \(Self.text(code))"
    }
  }

  /// What went wrong, without the path.
  var reason: String {
    if case .system(_, let code) = self { Self.text(code) } else { description }
  }

  /// Whether there is nothing there, which is another matter than not being able to read it.
  var isAbsence: Bool {
    if case .system(_, let code) = self {
      [Errno.noSuchFileOrDirectory, .notDirectory].contains(Errno(rawValue: code))
    } else {
      false
    }
  }

  /// What an error of the system says.
  static func text(_ code: Int32) -> String { "\(Errno(rawValue: code))" }
}
