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

  /// Appends a record that has ended, or one with an answer that is still to be judged.
  mutating func append(_ record: InFlightRecord, to output: inout [UInt8]) {
    guard let outcome = record.outcome?.result ?? record.answer?.outcome else { return }
    switch outcome.result {
    case .success(let answer): append(record, answer, outcome, to: &output)
    case .failure(let failure): append(record, failure, to: &output)
    }
  }

  private mutating func append(
    _ record: InFlightRecord, _ answer: ChatAnswer, _ outcome: AttemptOutcome, to output: inout [UInt8]
  ) {
    switch format {
    case .text: return output.append(contentsOf: record.failure == nil ? text(of: record, answer.text) : [])
    case .batch:
      let copy = outcome.body.withUnsafeBytes(oneLine)
      let response = BatchLine.Response(
        status: outcome.status, requestID: outcome.requestID.map(jsonString) ?? answer.responseID, body: copy)
      return output.append(
        contentsOf: BatchLine.text(id: record.request.id, hash: record.hash, response, record.failure))
    case .records: break
    }
    startOver(record)
    set("text", answer.text)
    if let judged = record.answer {
      if judged.json == nil && record.request.schema != nil { absent.append("json") }
      set(judged)
    }
    set("model_used") { $0.string(outcome.model) }
    set("finish_reason", answer.finishReason)
    set("usage", answer.usage)
    // What failed before it was paid as well.
    set("cost_usd") { writer in
      if let cost = record.cost { writer.double(cost) } else { writer.null() }
    }
    set("cached", record.isFromCache ? Array("true".utf8) : nil)
    setTimes(record)
    set("response_id", answer.responseID)
    setHash(record)
    set("tool_calls", answer.toolCalls)
    set("reasoning", answer.reasoning)
    setWarnings(answer, outcome)
    if let failure = record.failure { set("error") { failure.recordError.write(stage: LineRenderer.stage, to: &$0) } }
    splice(record, replacesAnswer: true, to: &output)
  }

  private mutating func append(_ record: InFlightRecord, _ failure: CompletionFailure, to output: inout [UInt8]) {
    switch format {
    case .text:
      if record.hasShownText { output.append(0x0A) }
      return
    case .batch:
      return output.append(
        contentsOf: BatchLine.text(id: record.request.id, hash: record.hash, nil, failure))
    case .records: break
    }
    startOver(record)
    if let partial = record.partialText { set("text", partial) }
    if let usage = record.usage { set("usage", usage) }
    if let cost = record.cost { set("cost_usd") { $0.double(cost) } }
    setTimes(record)
    setHash(record)
    set("error") { failure.recordError.write(stage: LineRenderer.stage, to: &$0) }
    splice(record, replacesAnswer: false, to: &output)
  }

  /// The members that this stage may write.
  private static let own: [StaticString] = [
    "text", "model_used", "finish_reason", "usage", "cost_usd", "duration_ms", "ttft_ms", "response_id",
    "request_hash", "tool_calls", "reasoning", "warnings", "attempts", "error", "json", "verdict",
    "cached",
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

  private mutating func startOver(_ record: InFlightRecord) {
    edits.removeAll()
    added.removeAll()
    isAdding = record.placeToAdd != nil
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

  /// What was found in the answer, and what was said of it.
  private mutating func set(_ judged: JudgedAnswer) {
    if let json = judged.json { set("json", json) }
    switch judged.verdict {
    case nil: absent.append("verdict")
    case .accepted: set("verdict") { $0.object { $0.member("accept", true) } }
    case .rejected(let feedback):
      set("verdict") { writer in
        writer.object { verdict in
          verdict.member("accept", false)
          verdict.member("feedback", feedback)
        }
      }
    }
  }

  private mutating func setTimes(_ record: InFlightRecord) {
    if let milliseconds = record.duration { set("duration_ms") { $0.int(milliseconds) } }
    set("ttft_ms", record.firstContent.map { Array(String($0).utf8) })
  }

  private mutating func setHash(_ record: InFlightRecord) {
    set("request_hash") { $0.string(record.hash) }
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
  private mutating func splice(_ record: InFlightRecord, replacesAnswer: Bool, to output: inout [UInt8]) {
    if let place = record.placeToAdd {
      setAttempts(record, nil)
      output.reserveCapacity(record.line.count + added.bytes.count + 2)
      output.append(contentsOf: record.line[..<place])
      output.append(UInt8(ascii: ","))
      output.append(contentsOf: added.bytes)
      output.append(contentsOf: record.line[place...])
      return output.append(0x0A)
    }
    output.reserveCapacity(record.line.count + 1024)
    record.line.withUnsafeBytes { line in
      // The line was accepted once; it is the same bytes.
      guard let source = try? parser.record(line) else { return }
      setAttempts(record, source["attempts"])
      if replacesAnswer { removeStale(source, of: record) }
      edits.append(source, to: &output)
    }
    output.append(0x0A)
  }

  private mutating func setAttempts(_ record: InFlightRecord, _ earlier: JSONValue?) {
    set("attempts") { writer in
      writer.array { array in
        if let earlier { for attempt in earlier.elements { array.value(attempt) } }
        for attempt in record.attempts {
          array.object { object in
            object.member("model", attempt.model)
            object.name("status")
            if let status = attempt.status { object.int(status) } else { object.null() }
            object.name("error")
            if let error = attempt.error { object.string(error.rawValue) } else { object.null() }
            if let milliseconds = attempt.milliseconds {
              object.member("duration_ms", milliseconds)
            } else {
              object.member("via", "batch")
            }
            // Of the answer the record says it itself.
            guard attempt.error != nil else { return }
            object.member("cost_usd", attempt.cost)
            if let usage = attempt.usage {
              object.name("usage")
              object.raw(usage)
            }
            // What a check searches the record for must not be its own words about an earlier answer.
            if record.outcome != nil { object.member("feedback", attempt.feedback) }
          }
        }
      }
    }
  }

  private mutating func removeStale(_ record: Record, of ended: InFlightRecord) {
    for name in absent where record[name] != nil { edits.remove(name.string) }
    if ended.failure == nil, record["error"] != nil { edits.remove("error") }
  }

  private func oneLine(_ body: UnsafeRawBufferPointer) -> [UInt8]? {
    try? LenientJSON.read(body, parser) { record, _ in JSONCompactor.copy(record.value) }
  }

  private func text(of record: InFlightRecord, _ json: [UInt8]?) -> [UInt8] {
    let text = json.map(LineRenderer.unescaped) ?? []
    let end: [UInt8] = text.isEmpty || text.last == 0x0A ? [] : [0x0A]
    return record.hasShownText ? end : text + end
  }

  private func jsonString(_ text: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.string(text)
    return writer.bytes
  }
}
