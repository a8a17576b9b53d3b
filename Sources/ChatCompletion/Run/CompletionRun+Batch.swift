import ModelInfo
import NDJSON
import Records
import SystemPackage

/// What a batch said of a record's request.
enum BatchAnswer {
  /// A line of its output.
  case line([UInt8])
  /// Nothing, and why.
  case none(CompletionFailure)
}

extension CompletionRun {
  /// Takes a record whose request was in a batch.
  ///
  /// - Parameters:
  ///   - record: The record; its bytes are copied.
  ///   - line: Its line in the input, from 1.
  ///   - answer: Gets its request, and finds what the batch said of it.
  /// - Throws: The error of writing, or of `answer`.
  func submit(
    _ record: Record, line: Int, answer: (_ request: ChatRequest, _ hash: [UInt8]) throws(Errno) -> BatchAnswer
  ) throws(Errno) {
    // It could be asked when the batch was made.
    guard let request = try? builder.request(of: record) else { return try submit(record, line: line) }
    let hash = RequestHash.hex(of: request.identity)
    let said = try answer(request, hash)
    if resume?.takeAnswer(hash: hash, id: request.id) ?? false {
      summary.skipped += 1
      return
    }
    let record = InFlightRecord(
      number: output.open(lineBytes: record.line.count), lineNumber: line, line: Array(record.line),
      placeToAdd: AnswerRenderer.placeToAdd(record), request: request, hash: hash)
    record.isBatchOnly = !options.batch.asksLive
    let outcome = attempts.outcome(of: said, record)
    summary.add(outcome)
    scheduler.settle(record, outcome)
    switch outcome.result {
    case .success: try judge(record, outcome)
    case .failure(let failure):
      if record.isBatchOnly { return try fail(record, failure) }
      // The server never came to it: that is no failure of the model.
      let neverAsked: [CompletionFailure.Kind] = [.batchExpired, .batchCancelled, .batchFailed, .batchLost]
      if neverAsked.contains(failure.kind) { return try launch(record) }
      try askAgain(record, failure)
    }
  }
}

extension AttemptRunner {
  /// Reads what a batch said, and notes it as an attempt.
  mutating func outcome(of answer: BatchAnswer, _ record: InFlightRecord) -> AttemptOutcome {
    var outcome: AttemptOutcome
    switch answer {
    case .line(let line): outcome = reader.outcome(ofBatchLine: line, model: record.model, redactor: redactor)
    case .none(let failure): outcome = AttemptOutcome(result: .failure(failure), model: record.model)
    }
    if outcome.cost == nil { outcome.cost = prices?.cost(of: outcome, asked: record.model, tier: .batch) }
    var kind: CompletionFailure.Kind?
    if case .failure(let failure) = outcome.result { kind = failure.kind }
    record.end(
      Attempt(
        model: kind == nil ? outcome.model : record.model, status: outcome.status > 0 ? outcome.status : nil,
        error: kind, milliseconds: nil, cost: outcome.cost, usage: outcome.usage),
      partialText: outcome.partialText)
    return outcome
  }
}
