import NDJSON
import Records

/// What an entry says was paid, and what of it was paid for tries that failed.
///
/// A record's cost is that of all its tries. Where models are told apart, a model that failed before another one answered
/// has an entry of its own (`FailedModel`): what its tries cost is its own, and no part of the other one's.
struct EntryCost: Sendable, Hashable {
  /// US dollars; nil when the entry names none.
  var all: Double? {
    get { Self.cost(allBits) }
    set { allBits = Self.bits(newValue) }
  }
  /// The part of it that was paid for tries that failed; nil when none of them names a cost.
  var failed: Double? {
    get { Self.cost(failedBits) }
    set { failedBits = Self.bits(newValue) }
  }

  // Infinity for nil, for no cost is infinite: millions of these are sorted, and optionals take twice the room.
  private var allBits = bits(nil)
  private var failedBits = bits(nil)

  private static func cost(_ bits: UInt64) -> Double? {
    let cost = Double(bitPattern: bits)
    return cost.isFinite ? cost : nil
  }

  private static func bits(_ cost: Double?) -> UInt64 { (cost ?? .infinity).bitPattern }

  /// Nothing is known.
  init() {}

  /// Takes members of an entry.
  ///
  /// - Parameters:
  ///   - cost: `cost_usd`.
  ///   - attempts: `attempts`.
  ///   - answeredBy: The model that answered, where models are told apart; else nil.
  ///   - isFailedModel: Whether the entry is about a model that failed before another one answered.
  init(_ cost: JSONValue?, attempts: JSONValue?, answeredBy: JSONValue?, isFailedModel: Bool) {
    var all = cost?.finiteDouble
    var failed: Double?
    defer {
      // Sums of a hostile entry's attempts may be infinite.
      self.all = all.map { min(max($0, -.greatestFiniteMagnitude), .greatestFiniteMagnitude) }
      self.failed = failed.map { min(max($0, -.greatestFiniteMagnitude), .greatestFiniteMagnitude) }
    }
    guard let attempts else { return }
    let answeredBy = answeredBy?.string
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
