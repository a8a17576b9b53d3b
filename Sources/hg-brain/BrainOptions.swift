import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON

#if canImport(Glibc)
  import Glibc
#endif

/// Which brain.
struct BrainOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The brain's directory; the variable is HYPERGUILD_BRAIN_DIR. (default: ./brain if it exists, else \
      $XDG_DATA_HOME/hyperguild/brain)
      """, valueName: "dir"))
  var brain: String?

  func validate() throws {
    if brain == "" { throw ValidationError("--brain needs a directory") }
  }

  /// The directory, whether it exists or not.
  func directory() throws(ProgramFailure) -> String {
    if let brain { return brain }
    if let variable = Self.variable("HYPERGUILD_BRAIN_DIR") {
      guard !variable.isEmpty else {
        throw ProgramFailure(.configuration, "HYPERGUILD_BRAIN_DIR is empty: set it to a directory, or unset it")
      }
      return variable
    }
    var info = stat()
    if stat("brain", &info) == 0 && info.st_mode & S_IFMT == S_IFDIR { return "brain" }
    if let data = Self.variable("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/hyperguild/brain" }
    guard let home = Self.variable("HOME"), !home.isEmpty else {
      throw ProgramFailure(
        .configuration, "HOME is not set: say where the brain is with --brain or HYPERGUILD_BRAIN_DIR")
    }
    return home + "/.local/share/hyperguild/brain"
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

extension KnowledgeError {
  /// How the whole program ends when this stops it.
  var failure: ProgramFailure {
    let status: ExitStatus =
      switch self {
      case .noKnowledge, .noSuchNote: .noInput
      case .exists, .invalid: .recordsFailed
      case .system, .index: .ioError
      case .server: .unavailable
      }
    return ProgramFailure(status, description)
  }

  /// What becomes of a record that this stops.
  var recordError: RecordError {
    let kind =
      switch self {
      case .noKnowledge: "no_knowledge"
      case .noSuchNote: "no_such_note"
      case .exists: "exists"
      case .invalid: "bad_input"
      case .system: "io"
      case .index: "index"
      case .server: "server"
      }
    return RecordError(kind: kind, message: description)
  }
}
