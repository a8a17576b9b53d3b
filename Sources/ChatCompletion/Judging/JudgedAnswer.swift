import Platform

/// An answer that came whole, and what was said of it.
struct JudgedAnswer {
  /// What was said.
  enum Verdict {
    /// It is what was asked for.
    case accepted
    /// It is not, with the reason in words for the next try.
    case rejected(feedback: String)
  }

  /// The answer, a success.
  let outcome: AttemptOutcome
  /// When it came.
  let moment: MonotonicTime
  /// The value in its text, JSON on one line; nil when there is none, or when nobody looked for one.
  var json: [UInt8]?
  /// Nil as long as nothing was said, or when the check could not say.
  var verdict: Verdict?

  /// The words of a rejection.
  var feedback: String? { if case .rejected(let feedback) = verdict { feedback } else { nil } }
}
