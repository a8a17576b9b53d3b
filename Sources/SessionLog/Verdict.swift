import NDJSON

/// An entry that says later how a job turned out. It holds what it replaces, so that the outcomes of a session can be
/// counted in any order:
///
///     {"session_id":"s","timestamp":"...","id":7,"skill":"review","final_status":"fail","model_used":"qwen35",
///      "message":"misses the bug","verdict":{"accept":false,"replaces":{"timestamp":"...","final_status":"ok"}}}
public enum Verdict {
  /// The outcome that was the last one so far.
  struct Replaced {
    let timestamp: JSONValue?
    let outcome: Outcome?
  }

  /// What an entry takes the place of; nil for an entry that is no verdict.
  static func replaced(by entry: Record) -> Replaced? {
    guard let verdict = entry["verdict"], let replaces = verdict["replaces"] else { return nil }
    return Replaced(timestamp: replaces["timestamp"], outcome: Outcome(replaces["final_status"]))
  }
}
