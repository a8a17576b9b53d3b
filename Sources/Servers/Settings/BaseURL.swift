/// The base URL of an OpenAI-compatible server, as people write it.
public struct BaseURL: Sendable, Equatable {
  /// Paths of the API that are pasted along with the base.
  private static let endpoints = ["/chat/completions", "/completions", "/embeddings", "/responses", "/models"]

  private let server: ServerURL
  /// The path above the API's version: what a proxy's own pages, such as its health, stand below.
  private let rootPath: String
  /// The path that the API's own stand below: `/v1`, `/openai/v1`, `/api/paas/v4`.
  private let apiPath: String

  /// Whether the connection is encrypted.
  public var usesTLS: Bool { server.usesTLS }

  /// Reads a base URL.
  ///
  /// `/v1` is added unless the path names a version already (`/v1`, `/v1beta/openai`, `/api/paas/v4`), or the query
  /// does (`?api-version=`, which stays behind every path). An endpoint that was pasted along, such as
  /// `/v1/chat/completions`, is taken off, and what is before it is the base as it stands.
  ///
  /// - Parameter text: `http://` or `https://`, a host, maybe a port, a path and a query.
  /// - Throws: `ServerURL.Invalid` for anything else, and for a URL that holds a name and a password.
  public init(_ text: String) throws(ServerURL.Invalid) {
    server = try ServerURL(text)
    guard !server.hasCredentials else {
      throw ServerURL.Invalid(
        message: "'\(server.shown)': a password does not belong in the base URL; use the key variables")
    }
    var path = server.path[...]
    let endpoint = Self.endpoints.first { path.lowercased().hasSuffix($0) }
    if let endpoint { path = path.dropLast(endpoint.count) }
    while path.hasSuffix("/") { path = path.dropLast() }
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    let version = segments.lastIndex { Self.isVersion($0) }
    rootPath = version.map { segments[..<$0].joined(separator: "/") } ?? String(path)
    let isWhole = version != nil || endpoint != nil || server.query.lowercased().contains("api-version=")
    apiPath = isWhole ? String(path) : path + "/v1"
  }

  /// A URL of the API.
  ///
  /// - Parameter path: As `chat/completions`.
  /// - Returns: The URL, with the base's query behind it.
  public func url(_ path: String) -> String { "\(server.origin)\(apiPath)/\(path)\(server.query)" }

  /// A URL of the server itself, above the API's version.
  ///
  /// - Parameter path: As `health/liveliness`.
  /// - Returns: The URL.
  public func rootURL(_ path: String) -> String { "\(server.origin)\(rootPath)/\(path)\(server.query)" }

  /// The server for messages.
  public var root: String { server.origin + rootPath }

  /// `v1`, `v4`, `v1beta`, `v1beta2`.
  private static func isVersion(_ segment: Substring) -> Bool {
    guard segment.first == "v" || segment.first == "V" else { return false }
    let digits = segment.dropFirst().prefix { $0.isASCII && $0.isNumber }
    let rest = segment.dropFirst(1 + digits.count).lowercased()
    return !digits.isEmpty && digits.count <= 3
      && ["", "alpha", "beta", "preview"].contains(String(rest.prefix { $0.isLetter }))
      && rest.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }
}
