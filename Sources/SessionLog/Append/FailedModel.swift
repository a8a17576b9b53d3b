import NDJSON
import Records

/// A model that was asked and failed before another one answered.
///
/// The record's own entry says who answered. That the model asked first did not has an entry of its own in front of it,
/// with the status `fail` and the member `fell_open_to`, so that a router that learns from the log by model sees it. So
/// has a model whose answer was rejected before another one was asked. When none answered, nobody failed: the server or
/// the way to it may be down.
struct FailedModel {
  /// Its name, a string.
  let model: JSONValue
  /// Its attempts, none of which answered; not empty.
  private(set) var attempts: [JSONValue]
  /// The model that answered, a string.
  let answeredBy: JSONValue

  /// Whether an entry of a log is about such a model.
  static func isOne(_ entry: Record) -> Bool { entry["fell_open_to"] != nil }

  /// The models that failed in a record, in the order in which they were asked.
  ///
  /// - Parameter record: What came out of hg-complete. What led to an answer before, as `--escalate` leaves it in
  ///   `attempts`, was logged then.
  /// - Returns: Mostly none.
  static func all(in record: Record) -> [FailedModel] {
    guard record["cached"]?.bool != true, let tried = record["attempts"], tried.kind == .array,
      let answer = record["model_used"], answer.isString
    else { return [] }
    let attempts = Array(tried.elements)
    return record.hasFailed ? rejected(attempts, record, answer) : failed(attempts, record, answer)
  }

  /// Those that failed before another one answered.
  private static func failed(_ attempts: [JSONValue], _ record: Record, _ answer: JSONValue) -> [FailedModel] {
    guard let last = attempts.last else { return [] }
    let isAnswer = last["error"]?.unlessNull == nil
    let isMasked = isAnswer && record["warnings"]?.elements.contains { $0.isString("server_fallback") } ?? false
    guard attempts.count > 1 || isMasked || !isAnswer else { return [] }
    var failed = failures(atEndOf: attempts.dropLast(isAnswer ? 1 : 0))
    // The server asked another model behind our back.
    if isMasked { failed.append(last) }
    // A model that was asked again and answered then did not fail.
    let answered = [answer.string, isAnswer && !isMasked ? last["model"]?.string : nil]
    return models(failed, answeredBy: answer, but: answered)
  }

  /// Those of a record without an answer that was accepted: who was asked before the last one whose answer came. Of that
  /// one the record's own entry says it. Behind it the server was down, or the time was over.
  private static func rejected(_ attempts: [JSONValue], _ record: Record, _ answer: JSONValue) -> [FailedModel] {
    let answered = attempts.lastIndex { attempt in
      guard let error = attempt["error"] else { return false }
      return error.isString("rejected") || error.isString("check_failed")
    }
    guard let answered else { return [] }
    return models(failures(atEndOf: attempts[...answered]), answeredBy: answer, but: [answer.string])
  }

  private static func failures(atEndOf attempts: ArraySlice<JSONValue>) -> [JSONValue] {
    attempts.reversed().prefix { $0["error"]?.unlessNull != nil }.reversed()
  }

  private static func models(
    _ attempts: [JSONValue], answeredBy answer: JSONValue, but answered: [String?]
  ) -> [FailedModel] {
    var models: [FailedModel] = []
    for attempt in attempts {
      guard let model = attempt["model"], let name = model.string, !answered.contains(name) else { continue }
      if let place = models.firstIndex(where: { $0.model.isString(name) }) {
        models[place].attempts.append(attempt)
      } else {
        models.append(FailedModel(model: model, attempts: [attempt], answeredBy: answer))
      }
    }
    return models
  }

  /// Why it failed, in one sentence: `qwen35: server_error (503); claude-sonnet-4-6 answered`. Of a rejected answer with
  /// the first line of the feedback.
  var message: String {
    let last = attempts.last
    let error = last?["error"]?.unlessNull.map { $0.string ?? $0.text } ?? "the server asked another model"
    let status = last?["status"]?.int.map { $0 == 200 ? "" : " (\($0))" } ?? ""
    let feedback = last?["feedback"]?.string.map { ": \($0.prefix { !$0.isNewline }.prefix(200))" } ?? ""
    return "\(model.string ?? ""): \(error)\(status)\(feedback); \(answeredBy.string ?? "") answered"
  }

  /// How long its attempts took together, in milliseconds; nil when none says so.
  var milliseconds: Int? {
    let times = attempts.compactMap { $0["duration_ms"]?.count }
    return times.isEmpty ? nil : times.reduce(0) { $0.addingSaturated($1) }
  }
}
