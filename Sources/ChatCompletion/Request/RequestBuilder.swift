import AnswerChecking
import NDJSON
import Platform
import Records
import Servers

/// Makes requests from records and from OpenAI Batch lines.
///
/// What the user wrote goes into the body byte for byte: number literals, escapes, whole messages.
struct RequestBuilder {
  /// Members that choose the way an answer comes, not the answer: no part of a request's identity.
  static let transport: [StaticString] = ["stream", "stream_options", "disable_fallbacks"]

  /// What stands in front of the model in a body that is written here.
  private static let opening = Array("{\"model\":".utf8)

  let options: CompletionOptions
  private let schemas: SchemaCache
  /// Members that look like those of the API.
  let misspelt = MisspeltMembers()

  /// Makes requests.
  ///
  /// - Parameter options: What holds for all records.
  init(options: CompletionOptions) {
    self.options = options
    schemas = SchemaCache(standard: options.judging.schema)
  }

  /// Checks a record and makes what is to be sent for it.
  ///
  /// - Parameter record: The record.
  /// - Returns: The request.
  /// - Throws: Why nothing can be sent.
  func request(of record: Record) throws(CompletionFailure) -> ChatRequest {
    let models = try models(of: record)
    let schema = try schema(of: record)
    var addsFormat = false
    let identity: (body: [UInt8], modelPlace: Range<Int>)
    let id: JSONValue?
    let streams: Bool
    if let batch = try batchBody(of: record) {
      id = record["custom_id"]
      streams = isTrue(batch["stream"])
      guard !streams || options.format != .batch else {
        throw CompletionFailure(.badInput, "'stream' does not go with --batch-out")
      }
      identity = self.identity(ofBatch: batch, model: models[0])
    } else {
      let prompt = record.prompt
      try check(prompt)
      let parameters = try parameters(of: record)
      id = record["id"]
      streams = isTrue(record["stream"] ?? parameters?["stream"])
      addsFormat =
        schema != nil && record["response_format"]?.unlessNull == nil && parameters?["response_format"] == nil
        && options.sampling["response_format"] == nil
      let format = addsFormat ? schema?.responseFormat : nil
      identity = self.identity(of: record, prompt, parameters, format, model: models[0])
    }
    var request = ChatRequest(
      models: models, id: id.map { Array($0.bytes) } ?? [], streams: streams, identity: HTTPBody(identity.body),
      modelPlace: identity.modelPlace, transport: transport(of: record, streams: streams))
    request.schema = schema
    request.addsFormat = addsFormat
    request.headers = options.headers.headers(of: record)
    return request
  }

  private func schema(of record: Record) throws(CompletionFailure) -> AnswerSchema? {
    do throws(SchemaError) { return try schemas.schema(own: record["schema"]) } catch {
      throw CompletionFailure(.badInput, "'schema' cannot be used: \(error)")
    }
  }

  private func identity(
    of record: Record, _ prompt: RecordPrompt, _ parameters: JSONValue?, _ format: [UInt8]?, model: String
  ) -> ([UInt8], Range<Int>) {
    var writer = JSONWriter(capacity: record.line.count + 128)
    var modelEnd = 0
    writer.object { object in
      object.member("model", model)
      modelEnd = object.bytes.count
      writeMessages(of: record, prompt, to: &object)
      writeMembers(of: record, parameters, to: &object)
      if let format {
        object.name("response_format")
        object.raw(format)
      }
      if let parameters { copy(parameters, leavingOut: ["model", "messages"] + Self.transport, to: &object) }
    }
    return (writer.bytes, Self.opening.count..<modelEnd)
  }

  /// A batch line's body: as it stands there, if that is possible.
  private func identity(ofBatch batch: JSONValue, model: String) -> ([UInt8], Range<Int>) {
    let choosesTransport = Self.transport.contains { batch[MemberName(stringLiteral: $0)] != nil }
    if let named = batch["model"], named.isString(model), !choosesTransport,
      let base = batch.bytes.baseAddress, let start = named.bytes.baseAddress
    {
      return (Array(batch.bytes), start - base..<start - base + named.bytes.count)
    }
    var writer = JSONWriter()
    var modelEnd = 0
    writer.object { object in
      object.member("model", model)
      modelEnd = object.bytes.count
      copy(batch, leavingOut: ["model"] + Self.transport, to: &object)
    }
    return (writer.bytes, Self.opening.count..<modelEnd)
  }

  /// The members that choose the way the answer comes.
  private func transport(of record: Record, streams: Bool) -> [UInt8] {
    guard streams || options.disablesServerFallbacks else { return [] }
    var writer = JSONWriter()
    if streams {
      writer.member("stream", true)
      writer.name("stream_options")
      if let own = streamOptions(of: record) {
        if own.kind == .object, own["include_usage"] == nil {
          // Without the usage nobody knows what the answer cost.
          writer.object { object in
            copy(own, leavingOut: [], to: &object)
            object.member("include_usage", true)
          }
        } else {
          writer.value(own)
        }
      } else {
        writer.object { $0.member("include_usage", true) }
      }
    }
    if options.disablesServerFallbacks { writer.member("disable_fallbacks", true) }
    return writer.bytes
  }

  private func batchBody(of record: Record) throws(CompletionFailure) -> JSONValue? {
    guard let body = record.batchBody else {
      guard record.shape == .batchResult else { return nil }
      throw CompletionFailure(.badInput, "the record is a line of a Batch output: nothing is asked in it")
    }
    guard body.kind == .object else { throw CompletionFailure(.badInput, "'body' is not an object") }
    if let url = record["url"], !(url.string?.hasSuffix("/chat/completions") ?? false) {
      throw CompletionFailure(.badInput, "'url' is \(url.text): only /v1/chat/completions is served")
    }
    if let method = record["method"], !method.isString("POST") {
      throw CompletionFailure(.badInput, "'method' is \(method.text): only POST is served")
    }
    guard body["messages"]?.elements.first(where: { _ in true }) != nil else {
      throw CompletionFailure(.noPrompt, "'body' has no messages")
    }
    return body
  }

  private func check(_ prompt: RecordPrompt) throws(CompletionFailure) {
    if let messages = prompt.messages {
      guard messages.kind == .array else { throw CompletionFailure(.badInput, "'messages' is not an array") }
      guard messages.elements.contains(where: { _ in true }) else {
        throw CompletionFailure(.noPrompt, "'messages' is empty")
      }
      return
    }
    guard let user = prompt.user else {
      throw CompletionFailure(.noPrompt, "the record has neither 'user' nor 'messages'")
    }
    switch user.kind {
    case .string, .array: if isEmpty(user) { throw CompletionFailure(.noPrompt, "'user' is empty") }
    default: throw CompletionFailure(.badInput, "'user' is neither a string nor an array of parts")
    }
    if let system = prompt.system, system.kind != .string && system.kind != .array {
      throw CompletionFailure(.badInput, "'system' is neither a string nor an array of parts")
    }
  }

  /// Whether a string holds nothing but white space, or an array nothing but such texts.
  private func isEmpty(_ content: JSONValue) -> Bool {
    guard content.kind == .array else { return isBlank(content) }
    return content.elements.allSatisfy { part in
      (part["type"]?.isString("text") ?? false) && (part["text"].map(isBlank) ?? true)
    }
  }

  /// Whether a string holds nothing but white space. Most show at their first byte that they do not.
  private func isBlank(_ text: JSONValue) -> Bool {
    guard let first = text.escapedContent?.first else { return true }
    if first > 0x20 && first < 0x80 && first != UInt8(ascii: "\\") { return false }
    return text.string?.allSatisfy(\.isWhitespace) ?? true
  }

  private func parameters(of record: Record) throws(CompletionFailure) -> JSONValue? {
    guard let parameters = record["params"]?.unlessNull else { return nil }
    guard parameters.kind == .object else { throw CompletionFailure(.badInput, "'params' is not an object") }
    return parameters
  }

  private func models(of record: Record) throws(CompletionFailure) -> [String] {
    var models: [String] = []
    if let first = record.namedModel {
      guard let name = Self.modelName(first) else { throw CompletionFailure(.badInput, "'model' is not a name") }
      models.append(name)
    } else {
      models.append(options.model)
    }
    guard let fallbacks = record["fallbacks"]?.unlessNull else { return models }
    guard fallbacks.kind == .array else { throw CompletionFailure(.badInput, "'fallbacks' is not an array") }
    for fallback in fallbacks.elements {
      guard let name = Self.modelName(fallback) else {
        throw CompletionFailure(.badInput, "'fallbacks' holds \(fallback.text), which is not a name")
      }
      models.append(name)
    }
    return models
  }

  /// A model's name without the white space that a table or a file with CRLF left at its ends.
  private static func modelName(_ value: JSONValue) -> String? {
    guard let name = value.string else { return nil }
    let isPlain = { (byte: UInt8?) in byte.map { $0 > 0x20 && $0 < 0x7F } ?? false }
    return isPlain(name.utf8.first) && isPlain(name.utf8.last) ? name : SettingText.trimmed(name)
  }

  func copy(_ object: JSONValue, leavingOut names: [StaticString], to writer: inout JSONWriter) {
    for member in object.members
    where !names.contains(where: { member.name.isNamed(MemberName(stringLiteral: $0)) }) {
      writer.name(any: member.name.string ?? "")
      writer.value(member.value)
    }
  }

  private func streamOptions(of record: Record) -> JSONValue? {
    let own = (record.batchBody ?? record["params"])?["stream_options"] ?? record["stream_options"]
    return own?.unlessNull
  }

  /// What a record says about streaming wins over the option, both ways.
  private func isTrue(_ streams: JSONValue?) -> Bool { streams?.bool ?? options.streams }
}
