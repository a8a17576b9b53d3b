import NDJSON
import Platform
import Secrets
import Servers

/// Requests on their way: each is started, fed with what comes, and read when it ends.
struct AttemptRunner {
  /// How long a stream may stay open behind its end, in seconds: the rest of a well-behaved one is there already, and a
  /// connection that is read to its end can be used again.
  private static let rest = 0.05
  /// How long the tokens are waited for, which come behind a finish reason, in seconds.
  private static let restWithUsage = 1.0

  /// Records on their way, by the transfer's token.
  private var running: [InFlightRecord?]
  private var freeTokens: [Int]
  /// What models do not take.
  private var refused = RefusedParameters()
  private var endpoint:
    (key: String?, own: [(name: String, value: String)], endpoint: HTTPEndpoint, redactor: Redactor)?
  private let options: CompletionOptions
  private let client: HTTPClient
  private let key: APIKey
  private let address: BaseURL
  let reader: ResponseReader
  var prices: PriceBook?

  init(_ options: CompletionOptions, client: HTTPClient, key: APIKey, address: BaseURL) {
    self.options = options
    self.client = client
    self.key = key
    self.address = address
    reader = ResponseReader(parser: JSONParser(), noAnswer: options.judging.noAnswer)
    prices = options.prices.map { PriceBook($0) }
    limit = options.concurrency
    running = Array(repeating: nil, count: options.concurrency)
    freeTokens = Array((0..<options.concurrency).reversed())
  }

  /// How many requests may be on their way.
  var limit: Int

  /// How many more requests may be on their way.
  var room: Int { max(0, limit - runningCount) }

  /// How many are.
  var runningCount: Int { running.count - freeTokens.count }

  /// Starts a record's request; there must be room.
  ///
  /// - Returns: The body that goes out.
  /// - Throws: Why it cannot be sent.
  mutating func start(_ record: InFlightRecord, now: MonotonicTime) throws(CompletionFailure) -> HTTPBody {
    let endpoint = try endpoint(for: record)
    if record.started == nil, let seconds = options.recordDeadline {
      record.schedule.deadline = now.adding(seconds: seconds)
    }
    let whole = record.request.body(modelIndex: record.schedule.modelIndex)
    record.schedule.sentWithout = refused.names(for: record.model)
    let body = RefusedParameters.body(whole, without: record.schedule.sentWithout)
    let limits = HTTPLimits(
      attempt: options.attemptTimeout, idle: record.request.streams ? options.idleTimeout : nil,
      deadline: record.schedule.deadline)
    let token = freeTokens[freeTokens.count - 1]
    do throws(HTTPFailure) {
      record.begin(try client.start(endpoint, body: body, token: token, limits: limits))
    } catch {
      throw CompletionFailure(error)
    }
    freeTokens.removeLast()
    running[token] = record
    return body
  }

  /// Takes the key out of what a program said.
  var redactor: Redactor { endpoint?.redactor ?? Redactor(key: nil) }

  /// The record that a transfer is for; nil when it was cancelled.
  func record(of transfer: HTTPTransfer) -> InFlightRecord? {
    guard let record = running[transfer.token], record.transmission?.transfer === transfer else { return nil }
    return record
  }

  /// Takes what a stream delivered. A server that does not stream although it was asked to is read at the end.
  ///
  /// - Returns: New content, JSON string content that is still escaped.
  func takeStream(_ record: InFlightRecord, _ transfer: HTTPTransfer, now: MonotonicTime) -> [UInt8] {
    guard (200...299).contains(transfer.status), record.transmission?.stream != nil, !transfer.body.isEmpty else {
      return []
    }
    if transfer.header("content-type")?.lowercased().hasPrefix("application/json") ?? false {
      record.transmission?.stream = nil
      return []
    }
    let hadDelivered = record.transmission?.stream?.hasDelivered ?? false
    record.transmission?.stream?.feed(transfer.body, reader.parser)
    transfer.dropBody()
    guard let stream = record.transmission?.stream else { return [] }
    if stream.hasDelivered && !hadDelivered { client.liftAttemptLimit(of: transfer) }
    if stream.isComplete && record.transmission?.isEnding == false {
      let isWhole = stream.isDone || stream.hasUsage
      record.transmission?.isEnding = isWhole
      client.limitRest(of: transfer, seconds: isWhole ? Self.rest : Self.restWithUsage)
    }
    guard !stream.fresh.isEmpty else { return [] }
    if record.firstContent == nil { record.firstContent = now.milliseconds(since: transfer.started) }
    record.transmission?.stream?.dropFresh()
    return stream.fresh
  }

  /// Learns what a model does not take.
  ///
  /// - Returns: Whether the record is worth asking again without it.
  mutating func learn(_ failure: CompletionFailure, _ record: InFlightRecord) -> Bool {
    refused.learn(failure, record.request, model: record.model, sentWithout: record.schedule.sentWithout)
  }

  /// Reads the end of a transfer, and makes room for the next.
  ///
  /// - Returns: What came of it.
  mutating func finish(
    _ record: InFlightRecord, _ transfer: HTTPTransfer, _ failure: HTTPFailure?, now: MonotonicTime
  ) -> AttemptOutcome {
    var outcome = reader.outcome(
      of: transfer, failure, stream: record.transmission?.stream, model: record.model, redactor: redactor)
    if outcome.cost == nil { outcome.cost = prices?.cost(of: outcome, asked: record.model) }
    if outcome.cost == nil && options.maximumCost != nil {
      outcome.estimatedCost = prices?.estimatedCost(of: outcome, record)
    }
    if options.findsConcurrency { outcome.rates = RateHeaders(transfer.header) }
    var kind: CompletionFailure.Kind?
    switch outcome.result {
    case .success:
      if options.format == .batch || record.usesCache { outcome.body = Array(transfer.body) }
    case .failure(let failure): kind = failure.kind
    }
    record.end(
      Attempt(
        model: kind == nil ? outcome.model : record.model, status: outcome.status > 0 ? outcome.status : nil,
        error: kind, milliseconds: now.milliseconds(since: transfer.started), cost: outcome.cost, usage: outcome.usage),
      partialText: outcome.partialText)
    free(transfer.token)
    if transfer.isRunning { client.cancel(transfer) } else { client.recycle(transfer) }
    return outcome
  }

  /// Reads an answer that was kept.
  ///
  /// - Parameter entry: What was kept.
  /// - Returns: The answer; nil when it counts as none.
  func outcome(ofKept entry: AnswerCache.Entry) -> AttemptOutcome? {
    reader.outcome(ofKept: entry.body, model: entry.model)
  }

  /// Ends everything on its way.
  ///
  /// - Parameter now: The moment.
  /// - Returns: The records, in no order, and what came of each: an answer that had come to its end is one.
  mutating func cancelAll(now: MonotonicTime) -> [(record: InFlightRecord, outcome: AttemptOutcome)] {
    running.compactMap { $0 }.compactMap { record in
      guard let transfer = record.transmission?.transfer else { return nil }
      let isWhole = record.transmission?.stream?.isComplete ?? false
      let outcome = finish(record, transfer, isWhole ? nil : .interrupted, now: now)
      return (record, outcome)
    }
  }

  private mutating func free(_ token: Int) {
    running[token] = nil
    freeTokens.append(token)
  }

  /// Where to send a record, with the key as it is now.
  private mutating func endpoint(for record: InFlightRecord) throws(CompletionFailure) -> HTTPEndpoint {
    let key: String?
    do { key = try self.key.current() } catch {
      throw CompletionFailure(.noKey, "the key file cannot be read: \(error)")
    }
    let own = record.request.headers
    if let endpoint, endpoint.key == key, endpoint.own.elementsEqual(own, by: ==) { return endpoint.endpoint }
    var headers = [(name: "Content-Type", value: "application/json")]
    if let key { headers.append((name: "Authorization", value: "Bearer \(key)")) }
    let made = client.endpoint(.post, url: address.url("chat/completions"), headers: headers + own)
    let redactor = endpoint?.key == key ? endpoint?.redactor : nil
    endpoint = (key, own, made, redactor ?? Redactor(key: key))
    return made
  }
}
