import Platform

/// Which server a program asks, and with what key: an option first, else the environment, in the same way for all.
public enum ServerSettings {
  /// The variables that name the model server; the first that is set counts.
  public static let urlVariables = ["LITELLM_BASE_URL", "LITELLM_PROXY_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE"]
  /// The variables that hold its key; the first that is set counts.
  public static let keyVariables = ["LITELLM_API_KEY", "LITELLM_PROXY_API_KEY", "OPENAI_API_KEY"]
  /// Where a model server is when nothing says so.
  public static let defaultURL = "http://localhost:4000"

  /// A setting that cannot be used.
  public struct Invalid: Error, Equatable {
    /// The variable that holds it; nil when it is an option.
    public let variable: String?
    /// For a person, with the value and what is allowed.
    public let message: String
  }

  /// The model server.
  ///
  /// - Parameter option: What the command line says; blank is as if it said nothing.
  /// - Returns: Its base URL.
  /// - Throws: `Invalid` when that is not a URL.
  public static func baseURL(option: String?) throws(Invalid) -> BaseURL {
    let found = setting(option, urlVariables)
    do throws(ServerURL.Invalid) {
      return try BaseURL(found?.text ?? defaultURL)
    } catch {
      throw Invalid(variable: found?.variable, message: error.message)
    }
  }

  /// The model server's key in the environment.
  ///
  /// - Returns: The key; it may be empty.
  /// - Throws: `Invalid` when it holds a character that no header may.
  public static func key() throws(Invalid) -> APIKey {
    guard let found = setting(nil, keyVariables) else { return .none }
    guard !found.text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw Invalid(variable: found.variable, message: "holds a control character (a line end?); allowed is one key")
    }
    return APIKey(found.text)
  }

  /// The brain server.
  ///
  /// - Parameters:
  ///   - option: What the command line says; blank is as if it said nothing.
  ///   - usesEnvironment: Whether `BRAIN_URL` counts without it.
  /// - Returns: nil when none is named.
  /// - Throws: `Invalid` when the address is not a URL.
  public static func brain(option: String?, usesEnvironment: Bool = true) throws(Invalid) -> BrainServer? {
    guard let found = setting(option, usesEnvironment ? ["BRAIN_URL"] : []) else { return nil }
    do throws(ServerURL.Invalid) {
      return BrainServer(try ServerURL(found.text), token: Environment.variable("BRAIN_TOKEN"))
    } catch {
      throw Invalid(variable: found.variable, message: error.message)
    }
  }

  private static func setting(_ option: String?, _ variables: [String]) -> (variable: String?, text: String)? {
    if let text = option.flatMap({ SettingText.trimmed($0) }) { return (nil, text) }
    for name in variables {
      if let text = Environment.variable(name) { return (name, text) }
    }
    return nil
  }
}

/// A brain server: notes, session logs and pass rates behind HTTP.
public struct BrainServer: Sendable {
  /// Its address.
  public let url: ServerURL
  /// Whether requests carry a bearer.
  public var hasToken: Bool { token != nil }

  private let token: String?

  /// Describes a server.
  ///
  /// - Parameters:
  ///   - url: Its address.
  ///   - token: Sent as `Authorization: Bearer`.
  public init(_ url: ServerURL, token: String?) {
    self.url = url
    self.token = token
  }

  /// A request to it.
  ///
  /// - Parameters:
  ///   - method: GET or POST.
  ///   - path: Begins with a slash.
  ///   - body: What is posted, JSON.
  ///   - seconds: The longest time for the whole request.
  /// - Returns: The request, not sent yet.
  public func request(
    _ method: HTTPEndpoint.Method, _ path: String, body: [UInt8] = [], seconds: Double
  ) -> HTTPRequest {
    HTTPRequest(method, url.appending(path), token: token, body: body, seconds: seconds)
  }
}
