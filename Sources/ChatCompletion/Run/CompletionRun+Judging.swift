import AnswerChecking
import NDJSON
import Records
import Secrets
import SystemPackage

/// What lies between an answer and its record: it is judged, and asked for again when it is rejected.
extension CompletionRun {
  /// Whether the answers to a record are judged: nothing of them is shown before.
  func isJudged(_ record: InFlightRecord) -> Bool { checks != nil || record.request.schema != nil }

  /// Lets an answer be judged.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - outcome: The answer, a success.
  /// - Throws: The error of writing.
  func judge(_ record: InFlightRecord, _ outcome: AttemptOutcome) throws(Errno) {
    guard isJudged(record) else { return try accept(record, outcome) }
    record.answer = JudgedAnswer(outcome: outcome, moment: now)
    if let schema = record.request.schema, case .success(let answer) = outcome.result, !answer.onlyCallsTools {
      let judgement = (answer.text ?? Array("\"\"".utf8)).withUnsafeBytes {
        schemaJudge.judge(JSONValue($0), by: schema)
      }
      record.answer?.json = judgement.json
      if let feedback = judgement.feedback { return try reject(record, feedback) }
    } else if checks == nil {
      // Nobody has anything to say of it.
      record.answer = nil
    }
    guard checks != nil else { return try accept(record, outcome) }
    checks?.add(record)
  }

  /// Takes what the checks have said by now, and starts more.
  ///
  /// - Throws: The error of writing.
  func advanceChecks() throws(Errno) {
    for (record, result) in checks?.advance(now: now) ?? [] {
      guard let answer = record.answer else { continue }
      switch result {
      case .accepted: try accept(record, answer.outcome)
      case .rejected(let feedback): try reject(record, feedback)
      case .failed(var failure):
        failure.message = attempts.redactor.redact(failure.message)
        record.failLastAttempt(failure.kind)
        try fail(record, failure)
      }
    }
  }

  /// The one place where an answer becomes the record's.
  private func accept(_ record: InFlightRecord, _ outcome: AttemptOutcome) throws(Errno) {
    record.answer?.verdict = .accepted
    summary.answered += 1
    if record.isFromCache { summary.cached += 1 } else if record.usesCache { keep(outcome, of: record) }
    try end(record, outcome)
  }

  private func reject(_ record: InFlightRecord, _ feedback: String) throws(Errno) {
    if record.isFromCache && !isStopped {
      record.dropCached()
      return try launch(record)
    }
    let feedback = attempts.redactor.redact(feedback)
    record.answer?.verdict = .rejected(feedback: feedback)
    record.failLastAttempt(.rejected, feedback: feedback)
    try askAgain(record, .rejected(model: record.answer?.outcome.model ?? record.model, feedback))
  }

  /// Asks once more after a failure: the same model or the next one, or nobody.
  func askAgain(_ record: InFlightRecord, _ failure: CompletionFailure) throws(Errno) {
    let mayAskAgain = !isStopped && !record.hasShownText && !record.isBatchOnly
    switch scheduler.judge(record, failure, mayAskAgain: mayAskAgain, now: now) {
    case .again: if failure.kind == .rejected { addFeedback(to: record) }
    case .failed(let failure): try fail(record, failure)
    }
  }

  func fail(_ record: InFlightRecord, _ failure: CompletionFailure) throws(Errno) {
    if let answer = record.answer {
      let failure = failure.after(answer, of: record)
      report(failure, record.lineNumber)
      record.end(answer, failure)
      return try output.close(record)
    }
    report(failure, record.lineNumber)
    try end(record, AttemptOutcome(result: .failure(failure), model: record.model))
  }

  /// Ends a record with what came of it, and writes it.
  func end(_ record: InFlightRecord, _ outcome: AttemptOutcome) throws(Errno) {
    record.end(outcome, at: now)
    try output.close(record)
  }

  /// Makes the request for the next try: all that was said of the answers so far goes behind the task.
  func addFeedback(to record: InFlightRecord) {
    let parser = JSONParser()
    // The records' spans live in the parser.
    defer { withExtendedLifetime(parser) {} }
    var line: [UInt8] = []
    record.line.withUnsafeBytes { bytes in
      guard let source = try? parser.record(bytes) else { return }
      var edits = RecordEdits()
      for attempt in record.attempts { edits.appendFeedback(attempt.feedback ?? "", of: source) }
      edits.append(source, to: &line)
    }
    line.withUnsafeBytes { bytes in
      // A task that feedback was put behind is one still.
      guard let source = try? parser.record(bytes), let request = try? builder.request(of: source) else { return }
      record.ask(request)
    }
  }
}

extension CompletionFailure {
  /// An answer that was not accepted.
  ///
  /// - Parameters:
  ///   - model: Whose it was.
  ///   - feedback: What was said of it; the verdict has all of it, the message its first line.
  /// - Returns: The failure.
  static func rejected(model: String, _ feedback: String) -> CompletionFailure {
    let line = feedback.prefix { !$0.isNewline }
    let words = line.count > 200 ? line.prefix(199) + "…" : line
    return CompletionFailure(.rejected, "the answer of '\(model)' was not accepted: \(words)")
  }

  /// What a record has failed with in the end whose last answer was rejected: that says more than what the models that
  /// came after it failed with.
  func after(_ answer: JudgedAnswer, of record: InFlightRecord) -> CompletionFailure {
    let ends: [Kind] = [.rejected, .checkFailed, .deadline, .budget, .cancelled]
    guard let feedback = answer.feedback, !ends.contains(kind) else { return self }
    var failure = CompletionFailure.rejected(model: answer.outcome.model, feedback)
    failure.message += "; then '\(record.model)' failed: \(message)"
    return failure
  }
}
