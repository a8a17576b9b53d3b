import NDJSON
import Records
import Secrets

extension ResponseReader {
  /// Reads a line of a batch's output or error file.
  ///
  /// - Parameters:
  ///   - line: The line, valid JSON.
  ///   - model: The model that was asked.
  ///   - redactor: For what the server said.
  /// - Returns: The answer or the failure, and what either took.
  func outcome(ofBatchLine line: [UInt8], model: String, redactor: Redactor) -> AttemptOutcome {
    let lines = JSONParser()
    // Records point into the parser's memory.
    defer { withExtendedLifetime(lines) {} }
    return line.withUnsafeBytes { bytes in
      var outcome = AttemptOutcome(
        result: .failure(CompletionFailure(.batchFailed, "the line of the batch has no response")), model: model)
      guard let record = try? lines.record(bytes) else { return outcome }
      let response = record["response"]?.unlessNull
      if let status = response?["status_code"]?.int { outcome.status = status }
      outcome.requestID = response?["request_id"]?.string
      if let body = response?["body"]?.unlessNull, record["error"]?.unlessNull == nil || outcome.status >= 400 {
        read(body, into: &outcome)
      } else if let error = record["error"]?.unlessNull {
        outcome.result = .failure(Self.failure(error))
      }
      if case .failure(var failure) = outcome.result {
        failure.message = redactor.redact(failure.message)
        if outcome.status > 0 { failure.status = failure.status ?? outcome.status }
        outcome.result = .failure(failure)
      }
      return outcome
    }
  }

  private func read(_ body: JSONValue, into outcome: inout AttemptOutcome) {
    guard outcome.status == 0 || (200...299).contains(outcome.status) else {
      outcome.result = .failure(
        CompletionFailure(ServerError(body), status: outcome.status, otherwise: .badAnswer))
      return
    }
    var bill: ChatAnswer?
    do throws(CompletionFailure) {
      let answer = try answer(body.bytes, &bill)
      outcome.result = .success(answer)
      outcome.body = Array(body.bytes)
      if let named = answer.model, !named.isEmpty, !Self.isSame(outcome.model, named) { outcome.model = named }
    } catch {
      outcome.result = .failure(error)
      if [.length, .refused].contains(error.kind) { outcome.partialText = bill?.text }
    }
    outcome.cost = bill?.cost
    outcome.usage = bill?.usage
    outcome.serviceTier = bill?.serviceTier
    outcome.totalTokens = bill?.totalTokens
  }

  private static func failure(_ error: JSONValue) -> CompletionFailure {
    let kind: CompletionFailure.Kind =
      switch error["code"]?.string {
      case "batch_expired": .batchExpired
      case "batch_cancelled": .batchCancelled
      default: .batchFailed
      }
    return CompletionFailure(kind, error["message"]?.string ?? error["code"]?.string ?? error.text)
  }
}
