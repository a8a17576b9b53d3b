import NDJSON
import Platform
import Secrets
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
  /// What it cost in dollars, also when it failed; nil is unknown.
  var cost: Double?
  /// What it cost by an estimate of its tokens, where the server counted none: for the budget alone.
  var estimatedCost: Double?
  /// What it took, as the server says, also when it failed: JSON on one line.
  var usage: [UInt8]?
  /// The prices that the server says hold.
  var serviceTier: String?
  /// All tokens of it.
  var totalTokens: Int?
  /// What there is of an answer that counts as none, as a JSON string.
  var partialText: [UInt8]?
  /// The number of a response for the server's log.
  var requestID: String?
  /// What the server says of its rates, where it is heeded.
  var rates: RateHeaders?
  /// Whether the proxy asked another model than it was told.
  var serverFellBack = false
  /// The response as it came, for who wants it whole.
  var body: [UInt8] = []
}

/// Turns responses into answers or failures.
struct ResponseReader {
  let parser: JSONParser
  /// What counts as no answer.
  var noAnswer = NoAnswer.standard

  /// Reads a finished transfer.
  ///
  /// - Parameters:
  ///   - transfer: The transfer.
  ///   - failure: What libcurl said.
  ///   - stream: What came of its stream, when it is one.
  ///   - model: The model that was asked.
  ///   - redactor: For what the server said.
  /// - Returns: The answer or the failure, and what either took.
  func outcome(
    of transfer: HTTPTransfer, _ failure: HTTPFailure?, stream: StreamAssembler?, model: String, redactor: Redactor
  ) -> AttemptOutcome {
    var bill: ChatAnswer?
    let result = result(of: transfer, failure, stream, &bill)
    var outcome = AttemptOutcome(
      result: result, status: transfer.status, model: model,
      cost: Self.cost(transfer) ?? bill?.cost, usage: bill?.usage, serviceTier: bill?.serviceTier,
      totalTokens: bill?.totalTokens,
      requestID: transfer.header("x-request-id") ?? transfer.header("x-litellm-call-id"))
    switch result {
    case .success(let answer): nameModel(&outcome, transfer, answer)
    case .failure(var failure):
      failure.message = redactor.redact(failure.message)
      outcome.result = .failure(failure)
      if [.length, .refused].contains(failure.kind) { outcome.partialText = bill?.text }
    }
    return outcome
  }

  /// Reads the body of an answer that was kept.
  ///
  /// - Parameters:
  ///   - body: A `chat.completion` object.
  ///   - model: The model that answered.
  /// - Returns: The answer; nil when it counts as none.
  func outcome(ofKept body: [UInt8], model: String) -> AttemptOutcome? {
    var bill: ChatAnswer?
    do throws(CompletionFailure) {
      let answer = try body.withBytes { (bytes) throws(CompletionFailure) -> ChatAnswer in
        try self.answer(bytes, &bill)
      }
      return AttemptOutcome(result: .success(answer), status: 200, model: model, usage: answer.usage, body: body)
    } catch {
      return nil
    }
  }

  /// What LiteLLM says. It leaves a cost of 0 out, as it does one that it does not know; but what came from its cache
  /// cost nothing.
  private static func cost(_ transfer: HTTPTransfer) -> Double? {
    let cost = transfer.header("x-litellm-response-cost").flatMap { Double($0) }
    if let cost, cost.isFinite && cost >= 0 { return cost }
    return transfer.header("x-litellm-cache-key") == nil ? nil : 0
  }

  // `bill` gets what names the usage.
  private func result(
    of transfer: HTTPTransfer, _ failure: HTTPFailure?, _ stream: StreamAssembler?, _ bill: inout ChatAnswer?
  ) -> Result<ChatAnswer, CompletionFailure> {
    let status = transfer.status
    do throws(CompletionFailure) {
      if var stream, (200...299).contains(status) {
        bill = stream.bill
        if failure == nil && !stream.isComplete { stream.end(parser) }
        // A stream that is complete is an answer, even if the connection then broke.
        if let failure, !stream.isComplete { throw Self.failure(failure, stream, status) }
        if let body = stream.notStreamed {
          return .success(try body.withBytes { (body) throws(CompletionFailure) in try answer(body, &bill) })
        }
        return .success(try stream.finish(noAnswer))
      }
      if let failure { throw CompletionFailure(failure) }
      guard (200...299).contains(status) else { throw refusal(transfer, status) }
      return .success(try answer(transfer.body, &bill))
    } catch {
      var failure = error
      if status > 0 { failure.status = failure.status ?? status }
      return .failure(failure)
    }
  }

  private static func failure(_ failure: HTTPFailure, _ stream: StreamAssembler, _ status: Int) -> CompletionFailure {
    // What the server said before the connection broke says more.
    if let said = stream.inBandFailure { return said }
    return stream.hasDelivered && failure.kind == .disconnected
      ? CompletionFailure(.truncated, "the stream broke off: \(failure.message)", status: status)
      : CompletionFailure(failure)
  }

  func answer(
    _ body: UnsafeRawBufferPointer, _ bill: inout ChatAnswer?
  ) throws(CompletionFailure) -> ChatAnswer {
    let answer: ChatAnswer
    do throws(JSONSyntaxError) {
      answer = try LenientJSON.read(body, parser) { record, original in
        let answer = ChatAnswer(record)
        // An answer that is paid for is not thrown away for half a character.
        answer.hasRepairedText = original != nil
        return answer
      }
    } catch {
      if let value = try? parser.parse(body).value, value.elements.contains(where: { $0["error"] != nil }) {
        throw CompletionFailure(ServerError(value), status: 200, otherwise: .badAnswer)
      }
      let said = ServerMessage.text(body, parser).map { "; the server said: \($0)" } ?? ""
      throw CompletionFailure(.badAnswer, "the answer is not the JSON that was promised: \(error)\(said)")
    }
    bill = answer
    try answer.check(noAnswer)
    return answer
  }

  func refusal(_ transfer: HTTPTransfer, _ status: Int) -> CompletionFailure {
    let body = transfer.body
    var failure: CompletionFailure
    if let value = try? parser.parse(body).value {
      failure = CompletionFailure(ServerError(value), status: status, otherwise: .badAnswer)
    } else {
      let kind = CompletionFailure.kind(status: status)
      failure = CompletionFailure(kind, ServerMessage.words(body) ?? "status \(status)", status: status)
      failure.isTransient = CompletionFailure.isTransient(status: status)
      failure.retryAfter = status == 429 || status == 503 ? RetryAfter.seconds(inMessage: failure.message) : nil
    }
    if failure.kind == .redirect {
      failure.message = "redirects are not followed; set the base URL to where the server is"
    } else if status == 407 || status == 403 && Self.isFromProxy(transfer) {
      failure.kind = .proxyRefused
      failure.message = "the proxy on the way refused (status \(status)): \(failure.message)"
    }
    failure.retryAfter = RetryAfter.seconds(transfer.header, now: Double(time(nil))) ?? failure.retryAfter
    if transfer.header("x-should-retry")?.lowercased() == "false" { failure.isTransient = false }
    return failure
  }

  /// Whether a refusal is the word of a forward proxy and not of the server behind it.
  private static func isFromProxy(_ transfer: HTTPTransfer) -> Bool {
    let marks = [
      transfer.header("proxy-authenticate"), transfer.header("proxy-status"), transfer.header("x-squid-error"),
    ]
    return marks.contains { $0 != nil }
  }

  /// Finds out who answered. LiteLLM names its own model in a header; others name it in the answer, often with a date
  /// or with their own prefix, which is still the model that was asked.
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
