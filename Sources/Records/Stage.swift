/// The programs that a record goes through.
public enum Stage: String, Sendable, CaseIterable {
  /// Puts what is known in front of the task.
  case brain = "hg-brain"
  /// Decides which model answers.
  case route = "hg-route"
  /// Asks for the answer.
  case complete = "hg-complete"
  /// Takes the result schema off the answer.
  case strip = "hg-strip"
  /// Writes down what happened.
  case log = "hg-log"

  /// The members of a record that the stage may set or take away; `body` only of a Batch line. All others go through
  /// byte for byte.
  public var members: [String] {
    switch self {
    case .brain: ["user", "messages", "params", "body", "knowledge", "results", "error"]
    case .route:
      [
        "model", "fallbacks", "route", "skill", "session_id", "user", "messages", "params", "body", "text", "verdict",
        "error",
      ]
    case .complete:
      [
        "text", "model_used", "finish_reason", "usage", "cost_usd", "duration_ms", "ttft_ms", "response_id",
        "request_hash", "tool_calls", "reasoning", "warnings", "attempts", "json", "cached", "confidence", "verdict",
        "error",
      ]
    case .strip: ["text", "stripped", "json", "warnings", "error"]
    case .log: ["user", "messages", "params", "body", "error"]
    }
  }
}
