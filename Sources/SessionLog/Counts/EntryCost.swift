import NDJSON
import Records

/// What an entry says was paid, and what of it was paid for tries that failed.
///
/// A record's cost is that of all its tries. Where models are told apart, a model that failed before another one answered
/// has an entry of its own (`FailedModel`): what its tries cost is its own, and no part of the other one's.
struct EntryCost {
  /// US dollars; nil when the entry names none.
  private(set) var all: Double?
  /// The part of it that was paid for tries that failed; nil when none of them names a cost.
  private(set) var failed: Double?

  /// Reads an entry.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - tellsModelsApart: Whether models are told apart.
  init(_ entry: Record, tellsModelsApart: Bool) {
    let isFailedModel = FailedModel.isOne(entry)
    all = entry["cost_usd"]?.finiteDouble
    let answeredBy = tellsModelsApart && !isFailedModel && !entry.hasFailed ? entry["model_used"]?.string : nil
    guard let attempts = entry["attempts"] else { return }
    var others: Double?
    var isAnswered = false
    for attempt in attempts.elements {
      // What led to an earlier answer was counted with that answer.
      if isAnswered { (failed, others) = (nil, nil) }
      isAnswered = attempt["error"]?.unlessNull == nil
      if isAnswered { continue }
      guard let cost = attempt["cost_usd"]?.finiteDouble else { continue }
      if let answeredBy, attempt["model"]?.isString(answeredBy) != true {
        others = (others ?? 0) + cost
      } else {
        failed = (failed ?? 0) + cost
      }
    }
    if isFailedModel { all = failed }
    if let sum = all, let others { all = max(0, sum - others) }
  }
}
