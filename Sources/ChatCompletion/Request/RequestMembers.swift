import NDJSON
import Records

/// The members of a record that are members of a request's body too.
///
/// Sources: OpenAI's reference of the chat completions API; LiteLLM's list of its parameters; what vLLM, SGLang, llama.cpp
/// and Ollama take beside these. Without `user`, which is a prompt here.
struct RequestMembers {
  /// What a member must be, to be the API's and not one of the user's own that only has its name.
  enum Shape: UInt8 {
    case any, bool, number, string, list, object
    /// An object of strings.
    case strings
    /// Only where the record is a bare request body, one with `messages`: a row's number is often called `n`.
    case bareOnly
  }

  /// In the order in which they are written: those of the first version first, so that the hashes of what was answered
  /// stay the same.
  static let all: [(name: StaticString, shape: Shape)] = [
    ("temperature", .any), ("max_tokens", .any), ("stop", .any), ("seed", .any), ("response_format", .any),
    ("top_p", .number), ("n", .bareOnly), ("tools", .list), ("tool_choice", .any), ("parallel_tool_calls", .bool),
    ("presence_penalty", .number), ("frequency_penalty", .number), ("logit_bias", .object), ("logprobs", .any),
    ("top_logprobs", .number), ("max_completion_tokens", .number), ("reasoning_effort", .string),
    ("audio", .object), ("function_call", .any), ("functions", .list), ("metadata", .strings), ("modalities", .list),
    ("moderation", .object), ("prediction", .object), ("prompt_cache_key", .string), ("prompt_cache_options", .object),
    ("prompt_cache_retention", .string), ("safety_identifier", .string), ("service_tier", .string), ("store", .bool),
    ("verbosity", .string), ("web_search_options", .object),
    ("thinking", .object), ("drop_params", .bool), ("allowed_openai_params", .list), ("context_management", .any),
    ("top_k", .number), ("min_p", .number), ("top_a", .number), ("typical_p", .number), ("repetition_penalty", .number),
    ("length_penalty", .number), ("min_tokens", .number), ("ignore_eos", .bool), ("stop_token_ids", .list),
    ("bad_words", .list), ("chat_template_kwargs", .object), ("guided_json", .any), ("guided_regex", .string),
    ("guided_choice", .list), ("guided_grammar", .string), ("structured_outputs", .object), ("grammar", .string),
    ("json_schema", .object), ("reasoning", .object), ("keep_alive", .any), ("num_ctx", .number),
    ("num_predict", .number),
    ("cache_prompt", .bool), ("mirostat", .number), ("dry_multiplier", .number),
  ]

  /// The first letters of the names of each length, as bits: most members of a record are told apart by these.
  private static let letters: [UInt32] = {
    var letters = [UInt32](repeating: 0, count: 32)
    for member in all {
      letters[member.name.utf8CodeUnitCount] |= 1 << UInt32(member.name.utf8Start[0] & 31)
    }
    return letters
  }()

  /// Which of them a record has, as bits.
  let found: UInt64

  /// Looks through a record once.
  ///
  /// - Parameters:
  ///   - record: The record.
  ///   - stranger: Gets the name of each other member.
  init(_ record: Record, stranger: (JSONValue) -> Void) {
    var found: UInt64 = 0
    for index in 0..<record.count {
      let name = record.name(at: index)
      if let place = Self.place(of: name) { found |= 1 << UInt64(place) } else { stranger(name) }
    }
    self.found = found
  }

  /// The value that is sent of a member; nil when the record lacks it, or has something else under its name.
  ///
  /// - Parameters:
  ///   - place: The member's place in ``all``.
  ///   - record: The record that was looked through.
  ///   - isBare: Whether it is a bare request body, whose members are all the API's.
  /// - Returns: The value.
  func value(_ place: Int, of record: Record, isBare: Bool) -> JSONValue? {
    guard found >> UInt64(place) & 1 == 1 else { return nil }
    let member = Self.all[place]
    guard let value = record[MemberName(stringLiteral: member.name)]?.unlessNull else { return nil }
    // What an earlier answer left under such a name is a string, in a bare body too.
    let isAnswers =
      value.isString && record["text"] != nil && MemberName(stringLiteral: member.name).string == "reasoning"
    return isBare && !isAnswers || Self.fits(value, member.shape) ? value : nil
  }

  private static func place(of name: JSONValue) -> Int? {
    let length = name.bytes.count - 2
    guard length > 0, length < letters.count, letters[length] >> UInt32(name.bytes[1] & 31) & 1 == 1 else { return nil }
    return all.firstIndex { $0.name.utf8CodeUnitCount == length && name.isNamed(MemberName(stringLiteral: $0.name)) }
  }

  private static func fits(_ value: JSONValue, _ shape: Shape) -> Bool {
    switch shape {
    case .any: true
    case .bool: value.kind == .bool
    case .number: value.kind == .number
    case .string: value.kind == .string
    case .list: value.kind == .array
    case .object: value.kind == .object
    case .strings: value.kind == .object && value.members.allSatisfy { $0.value.isString }
    case .bareOnly: false
    }
  }
}
