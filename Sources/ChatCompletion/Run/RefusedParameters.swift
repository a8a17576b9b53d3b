import NDJSON
import Servers

/// What models do not take: members of a request that a server refused for one, and what goes out in their place from
/// then on.
struct RefusedParameters {
  /// Members that can be left out, or be named anew, when a model does not take them: they say how it is to answer, not
  /// what it is asked.
  private static let replacements: [(name: String, replacement: String?)] = [
    ("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens"), ("temperature", nil),
    ("top_p", nil), ("top_k", nil), ("min_p", nil), ("presence_penalty", nil), ("frequency_penalty", nil),
    ("stop", nil),
    ("seed", nil), ("logprobs", nil), ("top_logprobs", nil), ("logit_bias", nil), ("reasoning_effort", nil),
    ("verbosity", nil), ("parallel_tool_calls", nil), ("stream_options", nil),
  ]

  /// How servers say that a member is not for this model, rather than that its value is wrong.
  private static let complaints = [
    "unsupported", "not support", "n't support", "unrecognized", "unknown", "unexpected", "extra input",
    "not permitted",
    "not allowed",
  ]

  /// The members that each model refused.
  private var refused: [String: Set<String>] = [:]

  /// What was refused for a model.
  func names(for model: String) -> Set<String> { refused.isEmpty ? [] : refused[model] ?? [] }

  /// Learns from a failure.
  ///
  /// - Parameters:
  ///   - failure: Why a request failed.
  ///   - request: What was asked.
  ///   - model: Whom.
  ///   - sentWithout: What was left out already.
  /// - Returns: Whether the same request, changed, is worth asking again.
  mutating func learn(
    _ failure: CompletionFailure, _ request: ChatRequest, model: String, sentWithout: Set<String>
  ) -> Bool {
    guard failure.status == 400 || failure.status == 422 else { return false }
    let name = responseFormat(failure, request) ?? sampling(failure)
    guard let name, !sentWithout.contains(name), Self.holds(request, name) else { return false }
    refused[model, default: []].insert(name)
    return true
  }

  /// A body without what was refused.
  ///
  /// - Parameters:
  ///   - body: The body, a JSON object.
  ///   - names: What was refused for its model.
  /// - Returns: What can be sent.
  static func body(_ body: HTTPBody, without names: Set<String>) -> HTTPBody {
    guard !names.isEmpty, let record = try? JSONParser().record(body.bytes) else { return body }
    var edits = RecordEdits()
    for name in names {
      guard let value = record.value(named: name) else { continue }
      edits.remove(name)
      let replacement = replacements.first { $0.name == name }?.replacement
      guard let replacement, record.value(named: replacement) == nil, !names.contains(replacement) else { continue }
      edits.set(replacement) { $0.value(value) }
    }
    var changed: [UInt8] = []
    edits.append(record, to: &changed)
    return HTTPBody(changed)
  }

  /// A schema that this program put there: without it the answer is still checked.
  private func responseFormat(_ failure: CompletionFailure, _ request: ChatRequest) -> String? {
    let name = "response_format"
    guard request.schema != nil, request.addsFormat else { return nil }
    let isNamed = failure.parameter?.hasPrefix(name) ?? false
    return isNamed || Self.mentions(failure.message, name) || failure.message.contains("json_schema") ? name : nil
  }

  private func sampling(_ failure: CompletionFailure) -> String? {
    let words = failure.message.lowercased()
    guard Self.complaints.contains(where: words.contains) else { return nil }
    if let parameter = failure.parameter, Self.replacements.contains(where: { $0.name == parameter }) {
      return parameter
    }
    // "Unsupported parameter: 'max_tokens' ... Use 'max_completion_tokens' instead": the first one is meant.
    let places = Self.replacements.compactMap { entry in
      Self.place(of: entry.name, in: words).map { (place: $0, name: entry.name) }
    }
    return places.min { $0.place < $1.place }?.name
  }

  private static func mentions(_ text: String, _ name: String) -> Bool { place(of: name, in: text) != nil }

  /// Where a name stands as a word of its own, in bytes.
  private static func place(of name: String, in text: String) -> Int? {
    var rest = text[...]
    while let range = rest.firstRange(of: name) {
      let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
      let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
      let isPart = { (character: Character) in character.isLetter || character.isNumber || character == "_" }
      if !isPart(before) && !isPart(after) { return text.utf8.distance(from: text.startIndex, to: range.lowerBound) }
      rest = rest[range.upperBound...]
    }
    return nil
  }

  private static func holds(_ request: ChatRequest, _ name: String) -> Bool {
    let body = request.body(modelIndex: 0)
    guard let record = try? JSONParser().record(body.bytes) else { return false }
    return record.value(named: name) != nil
  }
}
