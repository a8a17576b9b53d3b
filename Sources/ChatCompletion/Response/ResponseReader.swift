import NDJSON
import Servers

#if canImport(Glibc)
  import Glibc
#endif

/// What came of one attempt.
struct AttemptOutcome {
  var result: Result<ChatAnswer, CompletionFailure>
  /// The HTTP status; 0 when there was no response.
  var status = 0
  /// The model that answered, or was asked.
  var model: String
  /// As LiteLLM gives it; nil is unknown.
  var cost: Double?
  /// The number of a response for the server's log.
  var requestID: String?
  /// Whether the proxy asked another model than it was told.
  var serverFellBack = false
  /// The response as it came, for who wants it whole.
  var body: [UInt8] = []
}

/// Turns responses into answers or failures.
struct ResponseReader {
  let parser: JSONParser

  /// Reads a finished transfer.
  ///
  /// - Parameters:
  ///   - transfer: The transfer.
  ///   - failure: What libcurl said.
  ///   - record: The record it was for.
  ///   - redactor: For what the server said.
  /// - Returns: The answer or the failure.
  func outcome(
    of transfer: HTTPTransfer, _ failure: HTTPFailure?, for record: InFlightRecord, _ redactor: Redactor
  ) -> AttemptOutcome {
    var outcome = AttemptOutcome(
      result: result(of: transfer, failure, for: record), status: transfer.status, model: record.model,
      cost: transfer.header("x-litellm-response-cost").flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil },
      requestID: transfer.header("x-request-id") ?? transfer.header("x-litellm-call-id"))
    switch outcome.result {
    case .success(let answer): nameModel(&outcome, transfer, answer)
    case .failure(var failure):
      failure.message = redactor.redact(failure.message)
      outcome.result = .failure(failure)
    }
    return outcome
  }

  private func result(
    of transfer: HTTPTransfer, _ failure: HTTPFailure?, for record: InFlightRecord
  ) -> Result<ChatAnswer, CompletionFailure> {
    let status = transfer.status
    do throws(CompletionFailure) {
      if let stream = record.stream, (200...299).contains(status) {
        // A stream that is complete is an answer, even if the connection then broke.
        if let failure, stream.failure == nil, !stream.isComplete {
          throw stream.hasDelivered && failure.kind == .disconnected
            ? CompletionFailure(.truncated, "the stream broke off: \(failure.message)", status: status)
            : CompletionFailure(failure)
        }
        return .success(try stream.finish())
      }
      if let failure { throw CompletionFailure(failure) }
      guard (200...299).contains(status) else { throw refusal(transfer, status) }
      return .success(try answer(transfer.body))
    } catch {
      var failure = error
      if status > 0 { failure.status = status }
      return .failure(failure)
    }
  }

  private func answer(_ body: UnsafeRawBufferPointer) throws(CompletionFailure) -> ChatAnswer {
    let record: Record
    do throws(JSONSyntaxError) {
      record = try parser.record(body)
    } catch {
      guard error.code == .loneSurrogate else {
        throw CompletionFailure(.badAnswer, "the answer is not the JSON that was promised: \(error)")
      }
      return try repairedAnswer(body)
    }
    return try ChatAnswer(record)
  }

  /// An answer that is paid for is not thrown away for half a character.
  private func repairedAnswer(_ body: UnsafeRawBufferPointer) throws(CompletionFailure) -> ChatAnswer {
    let result = LoneSurrogates.replaced(body).withUnsafeBytes { bytes in
      Result { () throws(CompletionFailure) in
        do throws(JSONSyntaxError) {
          return try parser.record(bytes)
        } catch {
          throw CompletionFailure(.badAnswer, "the answer is not the JSON that was promised: \(error)")
        }
      }
      .flatMap { record in Result { () throws(CompletionFailure) in try ChatAnswer(record) } }
    }
    let answer = try result.get()
    answer.hasRepairedText = true
    return answer
  }

  private func refusal(_ transfer: HTTPTransfer, _ status: Int) -> CompletionFailure {
    let said = ServerMessage.text(transfer.body, parser)
    var failure = CompletionFailure(CompletionFailure.kind(status: status), said ?? "status \(status)", status: status)
    if failure.kind == .redirect {
      failure.message = "redirects are not followed; set the base URL to where the server is"
    }
    failure.retryAfter = RetryAfter.seconds(transfer.header, now: Double(time(nil)))
    let mayRetry = transfer.header("x-should-retry").map { $0.lowercased() != "false" } ?? true
    failure.isTransient = mayRetry && CompletionFailure.isTransient(status: status)
    return failure
  }

  /// Finds out who answered. LiteLLM names its own model in a header; others name it in the answer, often with a date
  /// or with their own prefix, which is the model that was asked all the same.
  private func nameModel(_ outcome: inout AttemptOutcome, _ transfer: HTTPTransfer, _ answer: ChatAnswer) {
    let asked = outcome.model
    let fallbacks = transfer.header("x-litellm-attempted-fallbacks").flatMap { Int($0) } ?? 0
    if let group = transfer.header("x-litellm-model-group"), !group.isEmpty, group != asked {
      outcome.model = group
    } else if let named = answer.model, !named.isEmpty, fallbacks > 0 || !Self.isSame(asked, named) {
      outcome.model = named
    }
    outcome.serverFellBack = fallbacks > 0
  }

  /// Whether a server's name for a model is the one that was asked for: the same, or with a date behind it, or with a
  /// provider in front of either.
  static func isSame(_ asked: String, _ named: String) -> Bool {
    if asked == named || named.hasSuffix("/\(asked)") || asked.hasSuffix("/\(named)") { return true }
    let short = asked.split(separator: "/").last ?? asked[...]
    guard named.hasPrefix("\(short)-") else { return false }
    let rest = named.dropFirst(short.count + 1)
    return rest.count >= 8 && rest.allSatisfy { $0.isNumber || $0 == "-" }
  }
}
