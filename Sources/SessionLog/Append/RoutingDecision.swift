import NDJSON

/// What hg-route decided about a record, in one sentence: `review: local — model=qwen35, pass_rate=0.94`.
struct RoutingDecision {
  /// May hold secrets, in what a server or the user said.
  let message: String
  /// Whether no model could be chosen.
  let isFailure: Bool

  /// Nil for a record that did not come by hg-route.
  init?(_ record: Record) {
    let skill = record["skill"]?.string ?? "-"
    if let error = record["error"], error["stage"]?.isString("hg-route") == true {
      message = "\(skill): \(error["message"]?.string ?? "no model")"
      isFailure = true
    } else if let route = record["route"], route.kind == .object {
      let rate = route["pass_rate"].flatMap { $0.kind == .number ? $0.text : nil } ?? "unknown"
      let model = record["model"]?.string ?? "-"
      message = "\(skill): \(route["decision"]?.string ?? "-") — model=\(model), pass_rate=\(rate)"
      isFailure = false
    } else {
      return nil
    }
  }
}
