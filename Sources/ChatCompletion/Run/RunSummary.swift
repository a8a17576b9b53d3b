import NDJSON

extension CompletionRun {
  /// What became of the records, for the exit status and for the progress.
  public struct Summary: Sendable, Equatable {
    /// Records that got an answer.
    public internal(set) var answered = 0
    /// Those of them whose answer was kept from an earlier time.
    public internal(set) var cached = 0
    /// Records that failed here.
    public internal(set) var failed = 0
    /// Records that came with an error and went through.
    public internal(set) var passed = 0
    /// Records that were answered by an earlier run.
    public internal(set) var skipped = 0
    /// Tries that were not the first of their record.
    public internal(set) var retries = 0
    /// Failures because the budget was spent.
    public internal(set) var overBudget = 0
    /// Failures because the key was refused.
    public internal(set) var keyRefused = 0
    /// Failures because the server wanted fewer requests, or because a quota is spent.
    public internal(set) var rateLimited = 0
    /// Failures without any connection.
    public internal(set) var unreachable = 0
    /// Whether any server answered anything.
    public internal(set) var hasResponse = false
    /// Prompt and completion tokens together, of failures too.
    public internal(set) var tokens = 0
    /// US dollars, of the attempts whose price is known, of failures too.
    public internal(set) var cost = 0.0
    /// Attempts whose price is known.
    public internal(set) var priced = 0
    /// Requests on their way.
    public internal(set) var running = 0
    /// How many requests may be on their way, where that is looked for.
    public internal(set) var limit: Int?
    /// Records that wait for their next try, or for a limit.
    public internal(set) var waiting = 0

    /// Counts what an attempt took, whatever came of it.
    mutating func add(_ outcome: AttemptOutcome) {
      if outcome.status > 0 { hasResponse = true }
      tokens = tokens.addingSaturated(outcome.totalTokens ?? 0)
      guard let cost = outcome.cost else { return }
      self.cost += cost
      priced += 1
    }

    /// Counts a record that failed.
    mutating func add(_ failure: CompletionFailure) {
      failed += 1
      switch failure.kind {
      case .budget: overBudget += 1
      case .keyRefused: keyRefused += 1
      case .rateLimit, .quotaSpent: rateLimited += 1
      case .unreachable: unreachable += 1
      default: break
      }
    }
  }
}
