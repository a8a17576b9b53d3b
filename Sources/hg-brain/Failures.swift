import CommandSupport
import KnowledgeBase
import NDJSON

extension KnowledgeError {
  /// How the whole program ends when this stops it.
  var failure: ProgramFailure {
    let status: ExitStatus =
      switch self {
      case .noKnowledge, .noSuchNote: .noInput
      case .exists, .invalid: .recordsFailed
      case .system, .index: .ioError
      case .server, .noServer: .unavailable
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
      case .server, .noServer: "server"
      }
    return RecordError(kind: kind, message: description)
  }
}
