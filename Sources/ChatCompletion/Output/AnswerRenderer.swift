import NDJSON
import Servers

/// Writes the end of a record: the record with its answer or its error, the text alone, or a Batch line. It keeps its
/// memory from one record to the next.
struct AnswerRenderer {
  let format: CompletionOptions.Format
  private let parser = JSONParser()
  private var edits = RecordEdits()
  /// Takes the members of an answer when none of them is in the record yet: they only have to be put at its end.
  private var added = JSONWriter()
  private var isAdding = false
  /// What this answer lacks and must not keep from an earlier one.
  private var absent: [MemberName] = []

  init(format: CompletionOptions.Format) { self.format = format }

  /// Appends a record that has ended.
  mutating func append(_ pending: InFlightRecord, to output: inout [UInt8]) {
    guard let outcome = pending.outcome?.result else { return }
    switch outcome.result {
    case .success(let answer): append(pending, answer, outcome, to: &output)
    case .failure(let failure): append(pending, failure, to: &output)
    }
  }

  private mutating func append(
    _ pending: InFlightRecord, _ answer: ChatAnswer, _ outcome: AttemptOutcome, to output: inout [UInt8]
  ) {
    switch format {
    case .text: return output.append(contentsOf: text(of: pending, answer.text))
    case .batch:
      let body = answer.hasRepairedText ? outcome.body.withUnsafeBytes(LoneSurrogates.replaced) : outcome.body
      let copy = body.withUnsafeBytes(oneLine)
      let response = BatchLine.Response(
        status: outcome.status, requestID: outcome.requestID.map(jsonString) ?? answer.responseID, body: copy)
      return output.append(
        contentsOf: BatchLine.text(id: pending.request.id, hash: pending.hash.hex, response, nil))
    case .records: break
    }
    startOver(pending)
    set("text", answer.text)
    set("model_used") { $0.string(outcome.model) }
    set("finish_reason", answer.finishReason)
    set("usage", answer.usage)
    set("cost_usd") { writer in
      if let cost = outcome.cost { writer.double(cost) } else { writer.null() }
    }
    setTimes(pending)
    set("response_id", answer.responseID)
    setHash(pending)
    set("tool_calls", answer.toolCalls)
    set("reasoning", answer.reasoning)
    setWarnings(answer, outcome)
    splice(pending, replacesAnswer: true, to: &output)
  }

  private mutating func append(_ pending: InFlightRecord, _ failure: CompletionFailure, to output: inout [UInt8]) {
    switch format {
    case .text:
      if pending.hasShownText { output.append(0x0A) }
      return
    case .batch:
      return output.append(
        contentsOf: BatchLine.text(id: pending.request.id, hash: pending.hash.hex, nil, failure))
    case .records: break
    }
    startOver(pending)
    let partial = pending.stream?.partialText
    if let partial { set("text", partial) }
    setTimes(pending)
    setHash(pending)
    set("error") { failure.recordError.write(stage: LineRenderer.stage, to: &$0) }
    splice(pending, replacesAnswer: false, to: &output)
  }

  /// The members that this stage may write.
  private static let own: [StaticString] = [
    "text", "model_used", "finish_reason", "usage", "cost_usd", "duration_ms", "ttft_ms", "response_id",
    "request_hash", "tool_calls", "reasoning", "warnings", "attempts", "error",
  ]

  /// Where the members of an answer can be put into a record as they are.
  ///
  /// - Parameter record: The record.
  /// - Returns: The offset behind its last member; nil when it has members that an answer replaces, or none.
  static func placeToAdd(_ record: Record) -> Int? {
    guard let base = record.line.baseAddress, record.count > 0,
      own.allSatisfy({ record.index(of: MemberName(stringLiteral: $0)) == nil }),
      let end = record.value(at: record.count - 1).bytes.baseAddress
    else { return nil }
    return end - base + record.value(at: record.count - 1).bytes.count
  }

  private mutating func startOver(_ pending: InFlightRecord) {
    edits.removeAll()
    added.removeAll()
    isAdding = pending.placeToAdd != nil
    absent.removeAll(keepingCapacity: true)
  }

  private mutating func set(_ name: MemberName, _ write: (inout JSONWriter) -> Void) {
    guard isAdding else { return edits.set(name.string, write) }
    added.name(name)
    write(&added)
  }

  private mutating func set(_ name: MemberName, _ json: [UInt8]?) {
    if let json { set(name) { $0.raw(json) } } else { absent.append(name) }
  }

  private mutating func setTimes(_ pending: InFlightRecord) {
    if let milliseconds = pending.duration { set("duration_ms") { $0.int(milliseconds) } }
    set("ttft_ms", pending.firstContent.map { Array(String($0).utf8) })
  }

  private mutating func setHash(_ pending: InFlightRecord) {
    set("request_hash") { $0.string(pending.hash.hex) }
  }

  private mutating func setWarnings(_ answer: ChatAnswer, _ outcome: AttemptOutcome) {
    var warnings: [String] = []
    if answer.finishReason?.elementsEqual("\"length\"".utf8) ?? false { warnings.append("length") }
    if answer.choiceCount > 1 { warnings.append("several_choices") }
    if outcome.serverFellBack { warnings.append("server_fallback") }
    if answer.hasRepairedText { warnings.append("invalid_unicode") }
    guard !warnings.isEmpty else { return absent.append("warnings") }
    set("warnings") { $0.array { array in for warning in warnings { array.string(warning) } } }
  }

  /// Appends the record's line with the edits, and with what was tried behind what was tried before.
  private mutating func splice(_ pending: InFlightRecord, replacesAnswer: Bool, to output: inout [UInt8]) {
    if let place = pending.placeToAdd {
      setAttempts(pending, nil)
      output.reserveCapacity(pending.line.count + added.bytes.count + 2)
      output.append(contentsOf: pending.line[..<place])
      output.append(UInt8(ascii: ","))
      output.append(contentsOf: added.bytes)
      output.append(contentsOf: pending.line[place...])
      return output.append(0x0A)
    }
    output.reserveCapacity(pending.line.count + 1024)
    pending.line.withUnsafeBytes { line in
      // The line was accepted once; it is the same bytes.
      guard let record = try? parser.record(line) else { return }
      setAttempts(pending, record["attempts"])
      if replacesAnswer { removeStale(record) }
      edits.append(record, to: &output)
    }
    output.append(0x0A)
  }

  private mutating func setAttempts(_ pending: InFlightRecord, _ earlier: JSONValue?) {
    set("attempts") { writer in
      writer.array { array in
        if let earlier { for attempt in earlier.elements { array.value(attempt) } }
        for attempt in pending.attempts {
          array.object { object in
            object.member("model", attempt.model)
            object.name("status")
            if let status = attempt.status { object.int(status) } else { object.null() }
            object.name("error")
            if let error = attempt.error { object.string(error.rawValue) } else { object.null() }
            object.member("duration_ms", attempt.milliseconds)
          }
        }
      }
    }
  }

  private mutating func removeStale(_ record: Record) {
    for name in absent + ["error"] where record[name] != nil { edits.remove(name.string) }
  }

  private func oneLine(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
    (try? parser.parse(body)).map { JSONCompactor.copy($0.value) }
  }

  private func text(of pending: InFlightRecord, _ json: [UInt8]?) -> [UInt8] {
    let text = json.map(LineRenderer.unescaped) ?? []
    let end: [UInt8] = text.isEmpty || text.last == 0x0A ? [] : [0x0A]
    return pending.hasShownText ? end : text + end
  }

  private func jsonString(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.string(text)
    return writer.bytes
  }
}
