/// The base URL of an OpenAI-compatible server.
public struct ServerAddress: Sendable, Equatable {
  /// Why a text is no base URL.
  public struct Invalid: Error, Equatable {
    /// For a person, with the text.
    public let message: String
  }

  /// The URL without `/v1` and without a slash at the end.
  public let root: String

  /// Whether the connection is encrypted.
  public let usesTLS: Bool

  /// Reads a base URL; `/v1` at its end may be there or not.
  ///
  /// - Parameter text: `http://` or `https://`, a host, maybe a port and a path.
  /// - Throws: `Invalid` for anything else, and for a URL that holds a name and a password.
  public init(_ text: String) throws(Invalid) {
    var base = text[...]
    let lower = text.lowercased()
    usesTLS = lower.hasPrefix("https://")
    guard usesTLS || lower.hasPrefix("http://") else {
      throw Invalid(message: "'\(Self.shown(text))' is not a base URL: allowed are http:// and https://")
    }
    while base.hasSuffix("/") { base = base.dropLast() }
    if base.hasSuffix("/v1") { base = base.dropLast(3) }
    while base.hasSuffix("/") { base = base.dropLast() }
    let afterScheme = base.dropFirst(usesTLS ? 8 : 7)
    let host = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !host.contains("@") else {
      throw Invalid(message: "'\(Self.shown(text))': a password does not belong in the base URL; use the key variables")
    }
    guard !host.isEmpty, !base.contains(where: { $0.isWhitespace || $0 == "?" || $0 == "#" || $0.isNewline }) else {
      throw Invalid(message: "'\(Self.shown(text))' is not a base URL: wanted is http://HOST[:PORT][/PATH]")
    }
    root = String(base)
  }

  /// A URL below `/v1`.
  ///
  /// - Parameter path: As `chat/completions`.
  /// - Returns: The URL.
  public func url(_ path: String) -> String { "\(root)/v1/\(path)" }

  /// The text without what may be a password.
  private static func shown(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    return "***" + text[at...]
  }
}
