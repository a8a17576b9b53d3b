public import NDJSON
import Records

/// Sends a record whose answer was not accepted to the next model of its chain.
public struct Escalation {
  private let rules: RoutingRules

  /// Makes an escalation.
  ///
  /// - Parameter rules: The chains, the models that are up, and the policy's name.
  public init(rules: RoutingRules) {
    self.rules = rules
  }

  /// Changes a record with `verdict.accept == false`; all others stay as they are, failed ones too, but for those whose
  /// only failure is the verdict: hg-complete's `rejected`, when the chain has one more model than it was told of.
  ///
  /// The next model becomes `model`, those behind it `fallbacks`; the feedback goes behind the task; `text` and
  /// `verdict`, which are about the last answer, go. `attempts` stays.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - edits: Gets the changes.
  /// - Throws: `RecordError` of kind `chain_exhausted` when there is no next model.
  public func escalate(_ record: Record, _ edits: inout RecordEdits) throws(RecordError) {
    guard let verdict = record["verdict"], verdict["accept"]?.bool == false, record.shape != .batchResult
    else { return }
    let chain = rules.catalog.chain(for: record["skill"]?.string ?? rules.defaultSkill)
    let (model, fallbacks): (String, [String])
    if record.hasFailed {
      guard record.isRejected, let next = try? next(after: record, in: chain) else { return }
      (model, fallbacks) = next
      edits.remove("error")
    } else {
      (model, fallbacks) = try next(after: record, in: chain)
    }
    edits.setModel(JSONWriter.bytes { $0.string(model) }, of: record)
    edits.set("fallbacks") { writer in
      writer.array { array in for model in fallbacks { array.string(model) } }
    }
    edits.set("route") { writer in
      writer.object { route in
        route.member("decision", RouteDecision.escalate.rawValue)
        route.member("reason", RouteReason.verdict.rawValue)
        route.member("policy", rules.policy.name.rawValue)
      }
    }
    edits.appendFeedback(verdict["feedback"]?.string ?? "", of: record)
    edits.remove("text")
    edits.remove("verdict")
  }

  private func next(after record: Record, in chain: ModelChain) throws(RecordError) -> (String, [String]) {
    let asked = [record["model_used"]?.string, record.namedModel?.string].compactMap { $0 }
    guard let last = asked.first(where: { chain.models.contains($0) }) else {
      // A model that the user chose, from outside of the chain: the strong one is what is left to try.
      if asked.isEmpty { return (chain.local, Array(chain.models(after: chain.local))) }
      return (chain.strong, [])
    }
    let rest = Array(chain.models(after: last))
    let up = rest.filter { rules.available?.contains($0) ?? true }
    // With none of them up the list is of no use.
    guard let model = up.first ?? rest.first else {
      let message = "the answer of '\(last)' was not accepted, and no model follows it in the chain"
      throw RecordError(kind: "chain_exhausted", message: message)
    }
    return (model, up.isEmpty ? Array(rest.dropFirst()) : Array(up.dropFirst()))
  }
}
