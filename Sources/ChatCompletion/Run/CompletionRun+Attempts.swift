import NDJSON
import Platform
import Secrets
import Servers
import SystemPackage

extension CompletionRun {
  /// Starts a record's request, or lets it wait.
  ///
  /// - Parameters:
  ///   - pending: The record.
  ///   - identity: The request's body for the model that is asked now.
  ///   - record: The record's line, parsed.
  /// - Throws: The error of writing.
  func launch(_ pending: InFlightRecord, _ identity: HTTPBody, _ record: Record) throws(Errno) {
    now = .now
    let opening: MonotonicTime
    switch permission(pending) {
    case .never(let failure): return try fail(pending, failure)
    case .later(let moment): opening = moment
    case .now:
      guard let token = freeTokens.popLast() else {
        opening = now
        break
      }
      return try start(
        pending, builder.body(identity: identity, record: record, streams: pending.request.streams), token)
    }
    nextStart = waiting.isEmpty ? opening : min(nextStart, opening)
    waiting.append(pending)
  }

  /// Starts the waiting records whose time has come.
  func startDue() throws(Errno) {
    guard !waiting.isEmpty, !freeTokens.isEmpty, nextStart <= now else { return }
    // Retried records come back at any time; the oldest holds the order up.
    waiting.sort { $0.number < $1.number }
    var candidates: [InFlightRecord] = []
    swap(&candidates, &waiting)
    nextStart = .never
    for pending in candidates {
      guard !freeTokens.isEmpty else {
        waiting.append(pending)
        nextStart = now
        continue
      }
      switch permission(pending) {
      case .never(let failure): try fail(pending, failure)
      case .later(let moment):
        waiting.append(pending)
        nextStart = min(nextStart, moment)
      case .now: try restart(pending)
      }
    }
  }

  private enum Permission {
    case now
    case later(MonotonicTime)
    case never(CompletionFailure)
  }

  /// Whether a record's next request may be started.
  private func permission(_ pending: InFlightRecord) -> Permission {
    switch budget.state(running: options.concurrency - freeTokens.count) {
    case .spent: return .never(CompletionFailure(.budget, "not asked: the budget is spent"))
    case .wait:
      // The end of a request on its way asks again.
      return .later(.never)
    case .open: break
    }
    if pending.deadline <= now { return .never(CompletionFailure(.deadline, "the deadline passed")) }
    var opening = max(pending.notBefore, holds[pending.model] ?? now)
    if opening > now { return .later(min(opening, pending.deadline)) }
    opening = max(requests?.opening(now) ?? now, tokens?.opening(now) ?? now)
    return opening > now ? .later(min(opening, pending.deadline)) : .now
  }

  private func restart(_ pending: InFlightRecord) throws(Errno) {
    var body: HTTPBody?
    pending.line.withUnsafeBytes { line in
      // Both succeeded with the same bytes before.
      guard let record = try? lineParser.record(line),
        let identity = try? builder.identity(of: record, model: pending.model)
      else { return }
      body = builder.body(identity: identity, record: record, streams: pending.request.streams)
    }
    guard let body, let token = freeTokens.popLast() else { return waiting.append(pending) }
    try start(pending, body, token)
  }

  private func start(_ pending: InFlightRecord, _ body: HTTPBody, _ token: Int) throws(Errno) {
    var failure: CompletionFailure?
    do throws(CompletionFailure) {
      let endpoint = try currentEndpoint()
      if pending.started == nil {
        pending.started = now
        if let seconds = options.recordDeadline { pending.deadline = now.adding(seconds: seconds) }
      }
      pending.stream = pending.request.streams ? StreamAssembler() : nil
      pending.firstContent = nil
      let limits = HTTPLimits(
        attempt: options.attemptTimeout, idle: pending.request.streams ? options.idleTimeout : nil,
        deadline: pending.deadline)
      do throws(HTTPFailure) {
        pending.transfer = try client.start(endpoint, body: body, token: token, limits: limits)
      } catch {
        throw CompletionFailure(error)
      }
    } catch {
      failure = error
    }
    if let failure {
      freeTokens.append(token)
      return try fail(pending, failure)
    }
    running[token] = pending
    requests?.take(1)
    // Roughly four bytes a token; what it was in truth is settled with the answer.
    pending.reservedTokens = Double(body.bytes.count / 4)
    tokens?.take(pending.reservedTokens)
    if !pending.attempts.isEmpty { summary.retries += 1 }
  }

  /// Where to send, with the key as it is now.
  private func currentEndpoint() throws(CompletionFailure) -> HTTPEndpoint {
    let key: String?
    do throws(Errno) {
      key = try self.key.current()
    } catch {
      throw CompletionFailure(.noKey, "the key file cannot be read: \(error)")
    }
    if let endpoint, endpoint.key == key { return endpoint.endpoint }
    var headers = [("Content-Type", "application/json")]
    if let key { headers.append(("Authorization", "Bearer \(key)")) }
    let made = client.endpoint(.post, url: address.url("chat/completions"), headers: headers)
    endpoint = (key, made, Redactor(key: key))
    return made
  }
}
