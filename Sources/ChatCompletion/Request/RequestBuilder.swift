import NDJSON
import Servers

/// What a record asks for, as far as it must be known before and after the request.
struct ChatRequest {
  /// The models to ask, in order; never empty.
  var models: [String]
  /// The record's `id` or `custom_id` as it stands there; empty when there is none.
  var id: [UInt8]
  /// Whether the answer is to be streamed.
  var streams: Bool
}

/// Makes request bodies from records and from OpenAI Batch lines.
///
/// What the user wrote goes into the body byte for byte: number literals, escapes, whole messages.
struct RequestBuilder {
  /// Sampling members of a record that are members of the body too.
  static let sampling: [StaticString] = ["temperature", "max_tokens", "stop", "seed", "response_format"]

  /// Further members of the API, taken from a record that is a bare request body: one with `messages`. Without
  /// `user`, which is a prompt here.
  static let bareBody: [StaticString] = [
    "top_p", "n", "tools", "tool_choice", "parallel_tool_calls", "presence_penalty", "frequency_penalty",
    "logit_bias", "logprobs", "top_logprobs", "max_completion_tokens", "reasoning_effort",
  ]

  private static let allMembers = sampling + bareBody

  /// Members that choose the way an answer comes, not the answer: no part of a request's identity.
  static let transport: [StaticString] = ["stream", "stream_options", "disable_fallbacks"]

  let options: CompletionOptions

  /// Whether a record is a line of the OpenAI Batch API.
  static func isBatchLine(_ record: Record) -> Bool {
    record["custom_id"] != nil && record["body"] != nil && record["url"] != nil
  }

  /// Checks a record and finds what it asks for.
  func request(of record: Record) throws(CompletionFailure) -> ChatRequest {
    guard let batch = try batchBody(of: record) else {
      try checkPrompt(of: record)
      let parameters = try parameters(of: record)
      let models = try models(first: record["model"] ?? parameters?["model"], fallbacks: record["fallbacks"])
      let streams = isTrue(record["stream"] ?? parameters?["stream"])
      return ChatRequest(models: models, id: raw(record["id"]), streams: streams)
    }
    let streams = isTrue(batch["stream"])
    guard !streams || options.format != .batch else {
      throw CompletionFailure(.badInput, "'stream' does not go with --batch-out")
    }
    let models = try models(first: batch["model"], fallbacks: record["fallbacks"])
    return ChatRequest(models: models, id: raw(record["custom_id"]), streams: streams)
  }

  /// The request's body without what only chooses the way it is sent: what its hash is made of.
  func identity(of record: Record, model: String) throws(CompletionFailure) -> HTTPBody {
    if let batch = try batchBody(of: record) { return HTTPBody(body(batch, model: model)) }
    let parameters = try parameters(of: record)
    var writer = JSONWriter(capacity: record.line.count + 128)
    writer.object { object in
      object.member("model", model)
      writeMessages(of: record, parameters, to: &object)
      let isBare = isPresent(record["messages"])
      for literal in isBare ? Self.allMembers : Self.sampling {
        let name = MemberName(stringLiteral: literal)
        guard parameters?[name] == nil else { continue }
        if let value = record[name], !value.isNull {
          object.member(name, value)
        } else if !options.sampling.isEmpty, let standard = options.sampling[name.string] {
          object.name(name)
          object.raw(Array(standard.utf8))
        }
      }
      if let parameters { copy(parameters, leavingOut: ["model", "messages"] + Self.transport, to: &object) }
    }
    return HTTPBody(writer.bytes)
  }

  /// The body to send.
  ///
  /// - Parameters:
  ///   - identity: What `identity(of:model:)` made.
  ///   - record: The same record.
  ///   - streams: Whether the answer is to be streamed.
  /// - Returns: A JSON object.
  func body(identity: HTTPBody, record: Record, streams: Bool) -> HTTPBody {
    let bytes = identity.bytes
    guard streams || options.disablesServerFallbacks, let closing = bytes.lastIndex(of: UInt8(ascii: "}")) else {
      return identity
    }
    var writer = JSONWriter()
    if streams {
      writer.member("stream", true)
      writer.name("stream_options")
      if let own = streamOptions(of: record) {
        writer.value(own)
      } else {
        writer.object { $0.member("include_usage", true) }
      }
    }
    if options.disablesServerFallbacks { writer.member("disable_fallbacks", true) }
    let isEmpty = bytes[..<closing].last { $0 > 0x20 } == UInt8(ascii: "{")
    return HTTPBody(bytes[..<closing] + (isEmpty ? [] : [UInt8(ascii: ",")]) + writer.bytes + bytes[closing...])
  }

  private func batchBody(of record: Record) throws(CompletionFailure) -> JSONValue? {
    guard Self.isBatchLine(record), let body = record["body"], let url = record["url"] else { return nil }
    guard body.kind == .object else { throw CompletionFailure(.badInput, "'body' is not an object") }
    guard let path = url.string, path.hasSuffix("/chat/completions") else {
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

  /// A batch line's body: as it stands there, if that is possible.
  private func body(_ batch: JSONValue, model: String) -> [UInt8] {
    let isAsWanted = batch["model"]?.isString(model) ?? false
    let choosesTransport = Self.transport.contains { batch[MemberName(stringLiteral: $0)] != nil }
    if isAsWanted && !choosesTransport { return Array(batch.bytes) }
    var writer = JSONWriter()
    writer.object { object in
      object.member("model", model)
      copy(batch, leavingOut: ["model"] + Self.transport, to: &object)
    }
    return writer.bytes
  }

  private func checkPrompt(of record: Record) throws(CompletionFailure) {
    if let messages = record["messages"], !messages.isNull {
      guard messages.kind == .array else { throw CompletionFailure(.badInput, "'messages' is not an array") }
      guard messages.elements.contains(where: { _ in true }) else {
        throw CompletionFailure(.noPrompt, "'messages' is empty")
      }
      return
    }
    guard let user = record["user"], !user.isNull else {
      throw CompletionFailure(.noPrompt, "the record has neither 'user' nor 'messages'")
    }
    switch user.kind {
    case .string:
      if isBlank(user) { throw CompletionFailure(.noPrompt, "'user' is empty") }
    case .array: break
    default: throw CompletionFailure(.badInput, "'user' is neither a string nor an array of parts")
    }
    if let system = record["system"], !system.isNull, system.kind != .string && system.kind != .array {
      throw CompletionFailure(.badInput, "'system' is neither a string nor an array of parts")
    }
  }

  /// Whether a string holds nothing but white space. Most show at their first byte that they do not.
  private func isBlank(_ text: JSONValue) -> Bool {
    guard let first = text.escapedContent?.first else { return true }
    if first > 0x20 && first < 0x80 && first != UInt8(ascii: "\\") { return false }
    return text.string?.allSatisfy(\.isWhitespace) ?? true
  }

  private func parameters(of record: Record) throws(CompletionFailure) -> JSONValue? {
    guard let parameters = record["params"], !parameters.isNull else { return nil }
    guard parameters.kind == .object else { throw CompletionFailure(.badInput, "'params' is not an object") }
    return parameters
  }

  private func models(first: JSONValue?, fallbacks: JSONValue?) throws(CompletionFailure) -> [String] {
    var models: [String] = []
    if let first, !first.isNull {
      guard let name = first.string, !name.isEmpty else {
        throw CompletionFailure(.badInput, "'model' is not a name")
      }
      models.append(name)
    } else {
      models.append(options.model)
    }
    guard let fallbacks, !fallbacks.isNull else { return models }
    guard fallbacks.kind == .array else { throw CompletionFailure(.badInput, "'fallbacks' is not an array") }
    for fallback in fallbacks.elements {
      guard let name = fallback.string, !name.isEmpty else {
        throw CompletionFailure(.badInput, "'fallbacks' holds \(fallback.text), which is not a name")
      }
      models.append(name)
    }
    return models
  }

  private func writeMessages(of record: Record, _ parameters: JSONValue?, to object: inout JSONWriter) {
    if let messages = parameters?["messages"] ?? record["messages"], !messages.isNull {
      return object.member("messages", messages)
    }
    object.name("messages")
    object.array { messages in
      if let system = record["system"], !system.isNull {
        if !system.isString("") { write("system", system, to: &messages) }
      } else if let system = options.system {
        messages.object { message in
          message.member("role", "system")
          message.member("content", system)
        }
      }
      if let user = record["user"] { write("user", user, to: &messages) }
    }
  }

  private func write(_ role: String, _ content: JSONValue, to messages: inout JSONWriter) {
    messages.object { message in
      message.member("role", role)
      message.member("content", content)
    }
  }

  private func copy(_ object: JSONValue, leavingOut names: [StaticString], to writer: inout JSONWriter) {
    for member in object.members
    where !names.contains(where: { member.name.isNamed(MemberName(stringLiteral: $0)) }) {
      writer.name(any: member.name.string ?? "")
      writer.value(member.value)
    }
  }

  private func streamOptions(of record: Record) -> JSONValue? {
    let own = (record["body"] ?? record["params"])?["stream_options"] ?? record["stream_options"]
    return own.flatMap { $0.isNull ? nil : $0 }
  }

  /// What a record says about streaming wins over the option, both ways.
  private func isTrue(_ streams: JSONValue?) -> Bool { streams?.bool ?? options.streams }

  private func isPresent(_ value: JSONValue?) -> Bool { value.map { !$0.isNull } ?? false }

  private func raw(_ value: JSONValue?) -> [UInt8] { value.map { Array($0.bytes) } ?? [] }
}
