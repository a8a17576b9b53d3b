import NDJSON

/// What a server says in an error object: in the body of a response of any status, or in an event of a stream.
struct ServerError {
  /// For a person; nil when it says nothing.
  let message: String?
  /// The status that its code stands for; nil when there is none.
  let status: Int?
  /// The member of the request that it is about; nil when it does not say.
  let parameter: String?
  /// Whether a quota or a credit is spent, which no waiting mends.
  let isQuotaSpent: Bool

  /// Codes and types of OpenAI, Azure, Moonshot, One API and LiteLLM.
  private static let quotaCodes: Set<String> = [
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "exceeded_current_quota_error",
    "insufficient_user_quota", "quota_exceeded", "insufficient_balance", "insufficient_credits", "budget_exceeded",
  ]

  /// Codes and types that servers give instead of a number.
  private static let statuses: [String: Int] = [
    "rate_limit_exceeded": 429, "rate_limit_error": 429, "rate_limit_reached": 429, "too_many_requests": 429,
    "requests": 429, "tokens": 429, "resource_exhausted": 429, "throttling_error": 429,
    "server_error": 500, "internal_server_error": 500, "internal_error": 500, "api_error": 500,
    "service_unavailable": 503, "service_unavailable_error": 503, "unavailable": 503, "overloaded": 529,
    "overloaded_error": 529, "engine_overloaded": 503, "engine_overloaded_error": 503, "timeout": 504,
    "timeout_error": 504, "authentication_error": 401, "invalid_api_key": 401, "permission_error": 403,
    "permission_denied": 403,
  ]

  /// Reads an error.
  ///
  /// - Parameter value: The value of `error`, or an object that is one itself.
  init(_ value: JSONValue) {
    let value = value.elements.first { $0.kind == .object } ?? value
    message = ServerMessage.text(value)
    var status: Int?
    var parameter: String?
    var isQuotaSpent = false
    if value.kind == .object {
      let inner = value["error"].flatMap { $0.kind == .object ? $0 : nil } ?? value
      parameter = inner["param"]?.string
      for name: MemberName in ["code", "status", "status_code", "type"] {
        guard let code = inner[name] else { continue }
        if let number = code.wholeNumber ?? code.string.flatMap({ Int($0) }), (300...599).contains(number) {
          status = status ?? number
        } else if let word = code.string?.lowercased() {
          isQuotaSpent = isQuotaSpent || Self.quotaCodes.contains(word)
          status = status ?? Self.statuses[word]
        }
      }
    }
    self.status = status
    self.parameter = parameter
    self.isQuotaSpent = isQuotaSpent
  }

  /// Whether an object without an answer is an error although it has no `error`: it says so, or has nothing else.
  static func isError(_ record: Record) -> Bool {
    if record["object"]?.isString("error") ?? false { return true }
    return ["message", "detail", "msg", "error_msg", "errors", "base_resp"].contains {
      record.value(named: $0).map { !$0.isNull } ?? false
    }
  }
}
