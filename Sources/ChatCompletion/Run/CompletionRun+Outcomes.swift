import NDJSON
import Platform
import Secrets
import Servers
import SystemPackage

extension CompletionRun {
  /// Takes what happened to a transfer to the record it is for.
  func handle(_ event: HTTPClient.Event) throws(Errno) {
    switch event {
    case .received(let transfer):
      guard let pending = running[transfer.token], pending.transfer === transfer else { return }
      try takeStream(pending, transfer)
    case .finished(let transfer, let failure):
      guard let pending = running[transfer.token], pending.transfer === transfer else { return }
      if pending.stream != nil { try takeStream(pending, transfer) }
      try finish(pending, transfer, failure)
    }
  }

  /// Passes on what a stream delivered. A server that does not stream although it was asked to is read at the end.
  private func takeStream(_ pending: InFlightRecord, _ transfer: HTTPTransfer) throws(Errno) {
    guard (200...299).contains(transfer.status), pending.stream != nil, !transfer.body.isEmpty else { return }
    if transfer.header("content-type")?.lowercased().hasPrefix("application/json") ?? false {
      pending.stream = nil
      return
    }
    let hadDelivered = pending.stream?.hasDelivered ?? false
    pending.stream?.feed(transfer.body, reader.parser)
    transfer.dropBody()
    guard let stream = pending.stream else { return }
    if stream.hasDelivered && !hadDelivered { client.liftAttemptLimit(of: transfer) }
    guard !stream.fresh.isEmpty else { return }
    if pending.firstContent == nil { pending.firstContent = now.milliseconds(since: transfer.started) }
    if showsPieces {
      let piece = lines.delta(pending, stream.fresh)
      pending.hasShownText = true
      try output.append(piece, for: pending.number)
    }
    pending.stream?.dropFresh()
  }

  /// Pieces of text that come in no order would be unreadable.
  private var showsPieces: Bool {
    switch options.format {
    case .text: options.isOrdered || options.concurrency == 1
    case .records: options.writesDeltas
    case .batch: false
    }
  }

  private func finish(_ pending: InFlightRecord, _ transfer: HTTPTransfer, _ failure: HTTPFailure?) throws(Errno) {
    let redactor = endpoint?.redactor ?? Redactor(key: nil)
    var outcome = reader.outcome(
      of: transfer, failure, stream: pending.stream, model: pending.model, redactor: redactor)
    let status = outcome.status
    if status > 0 { summary.hasResponse = true }
    var note: CompletionFailure?
    if case .failure(let failure) = outcome.result { note = failure }
    pending.attempts.append(
      AttemptNote(
        model: note == nil ? outcome.model : pending.model, status: status > 0 ? status : nil, error: note?.kind,
        milliseconds: now.milliseconds(since: transfer.started)))
    release(pending, transfer.token)
    switch outcome.result {
    case .success(let answer):
      settle(pending, answer, outcome)
      if options.format == .batch { outcome.body = Array(transfer.body) }
      client.recycle(transfer)
      try end(pending, outcome)
    case .failure(let failure):
      client.recycle(transfer)
      tokens?.take(-pending.reservedTokens)
      try retryOrFail(pending, failure)
    }
  }

  private func release(_ pending: InFlightRecord, _ token: Int) {
    running[token] = nil
    freeTokens.append(token)
    pending.transfer = nil
    if !waiting.isEmpty && (options.maximumCost != nil || options.maximumTokens != nil) { nextStart = now }
  }

  private func settle(_ pending: InFlightRecord, _ answer: ChatAnswer, _ outcome: AttemptOutcome) {
    summary.answered += 1
    summary.tokens += answer.totalTokens ?? 0
    if let used = answer.totalTokens { tokens?.take(Double(used) - pending.reservedTokens) }
    if let cost = outcome.cost {
      summary.cost += cost
      summary.priced += 1
    }
    if budget.answerCount == 0 && options.maximumCost != nil && outcome.cost == nil {
      onWarning("the server names no price: --max-cost cannot be kept")
    }
    budget.book(cost: outcome.cost, tokens: answer.totalTokens)
  }

  private func retryOrFail(_ pending: InFlightRecord, _ failure: CompletionFailure) throws(Errno) {
    let wait = policy.wait(retry: pending.retries, least: failure.retryAfter)
    if failure.kind == .rateLimit || failure.retryAfter != nil {
      let end = now.adding(seconds: wait)
      holds[pending.model] = max(holds[pending.model] ?? end, end)
    }
    // What was shown cannot be taken back, and an answer that has begun is paid for.
    let hasBegun = pending.stream?.hasDelivered ?? false
    if hasBegun || isStopped || failure.kind == .keyRefused || failure.kind == .deadline {
      return try fail(pending, failure)
    }
    let next = now.adding(seconds: wait)
    if failure.isTransient && pending.retries < options.retries && next < pending.deadline {
      pending.retries += 1
      pending.notBefore = next
    } else if pending.modelIndex + 1 < pending.request.models.count {
      pending.modelIndex += 1
      pending.retries = 0
      pending.notBefore = now
    } else {
      return try fail(pending, failure)
    }
    nextStart = waiting.isEmpty ? pending.notBefore : min(nextStart, pending.notBefore)
    waiting.append(pending)
  }

  /// Ends a record with an error.
  func fail(_ pending: InFlightRecord, _ failure: CompletionFailure) throws(Errno) {
    note(failure, pending.lineNumber)
    try end(pending, AttemptOutcome(result: .failure(failure), model: pending.model))
  }

  private func end(_ pending: InFlightRecord, _ outcome: AttemptOutcome) throws(Errno) {
    pendingBytes -= pending.line.count
    pending.end(outcome, at: now)
    try output.close(pending.number, .record(pending))
  }

  /// Counts a failure, and tells a person.
  func note(_ failure: CompletionFailure, _ line: Int) {
    summary.failed += 1
    switch failure.kind {
    case .budget: summary.overBudget += 1
    case .keyRefused: summary.keyRefused += 1
    case .rateLimit: summary.rateLimited += 1
    case .unreachable: summary.unreachable += 1
    default: break
    }
    onFailure(failure.recordError, line)
  }

  /// Ends everything that is not finished: the records on their way and those that wait.
  func cancelAll() throws(Errno) {
    isStopped = true
    let cancelled = CompletionFailure(.cancelled, "cancelled")
    var unfinished = waiting
    waiting = []
    for (token, pending) in running.enumerated() {
      guard let pending, let transfer = pending.transfer else { continue }
      client.cancel(transfer)
      pending.attempts.append(
        AttemptNote(
          model: pending.model, status: nil, error: .cancelled, milliseconds: now.milliseconds(since: transfer.started))
      )
      release(pending, token)
      unfinished.append(pending)
    }
    for pending in unfinished.sorted(by: { $0.number < $1.number }) { try fail(pending, cancelled) }
    try output.flush()
  }
}
