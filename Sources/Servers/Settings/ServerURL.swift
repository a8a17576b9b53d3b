import Platform

/// Where a server is: an http or https URL with a host, checked before anything is asked.
public struct ServerURL: Sendable, Equatable {
  /// Why a text is not such a URL.
  public struct Invalid: Error, Equatable {
    /// For a person: the text without what may be a password, and what is wanted.
    public let message: String
  }

  /// Scheme, host and port, and the name and password if there are any, as they were written.
  let origin: String
  /// Empty, or from the first slash on, without a slash at the end.
  let path: String
  /// Empty, or from the question mark on.
  let query: String
  /// Whether the connection is encrypted.
  public let usesTLS: Bool
  /// Whether a name and a password are in it.
  let hasCredentials: Bool

  /// Reads a URL; white space around it and a byte-order mark are not part of it.
  ///
  /// - Parameter text: `http://` or `https://`, a host, maybe a port, a path and a query.
  /// - Throws: `Invalid` for anything else: no scheme, no host, a bad port, a variable that was not expanded.
  public init(_ text: String) throws(Invalid) {
    let text = SettingText.trimmed(text) ?? ""
    let shown = Self.masked(text)
    let lower = text.lowercased()
    usesTLS = lower.hasPrefix("https://")
    guard usesTLS || lower.hasPrefix("http://") else {
      let hint = text.contains("://") || text.isEmpty ? "" : "; is http://\(shown) meant?"
      throw Invalid(message: "'\(shown)' is not a URL: allowed are http:// and https://\(hint)")
    }
    let scheme = text.prefix(usesTLS ? 8 : 7)
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let tail = rest.dropFirst(authority.count)
    let at = authority.lastIndex(of: "@")
    hasCredentials = at != nil
    let host = at.map { authority[authority.index(after: $0)...] } ?? authority
    if let problem = Self.problem(host: host) {
      throw Invalid(message: "'\(shown)': \(problem); wanted is http://HOST[:PORT][/PATH]")
    }
    guard !tail.contains("#"), !tail.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
      throw Invalid(message: "'\(shown)' is not a URL of a server: wanted is http://HOST[:PORT][/PATH]")
    }
    origin = String(scheme + authority)
    var path = tail.prefix { $0 != "?" }
    query = String(tail.dropFirst(path.count))
    while path.hasSuffix("/") { path = path.dropLast() }
    self.path = String(path)
  }

  /// A URL below this one; the query stays behind it.
  ///
  /// - Parameter suffix: Begins with a slash; a query of its own comes first.
  /// - Returns: The URL.
  public func appending(_ suffix: String) -> String {
    guard suffix.contains("?"), !query.isEmpty else { return origin + path + suffix + query }
    return origin + path + suffix + "&" + query.dropFirst()
  }

  /// The URL for messages: without name and password.
  public var shown: String { Self.masked(origin + path + query) }

  /// A text without what may be a name and a password.
  static func masked(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
    return scheme + "****" + text[at...]
  }

  private static func problem(host: Substring) -> String? {
    var name = host
    var port: Substring?
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return "the address has no ']'" }
      let rest = host[host.index(after: end)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return "'\(rest)' stands behind the address" }
      port = rest.isEmpty ? nil : rest.dropFirst()
      name = host[host.index(after: host.startIndex)..<end]
      guard name.contains(":"), name.utf8.allSatisfy({ isAddressByte($0) }) else {
        return "'[\(name)]' is not an address"
      }
    } else {
      if let colon = host.firstIndex(of: ":") {
        name = host[..<colon]
        port = host[host.index(after: colon)...]
      }
      guard !name.isEmpty else { return "there is no host" }
      guard name.utf8.allSatisfy({ isHostByte($0) }) else { return "'\(name)' is not a host name" }
    }
    guard let port, !port.isEmpty else { return nil }
    guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65_535).contains(number)
    else { return "'\(port)' is not a port: allowed is 1 to 65535" }
    return nil
  }

  /// Letters, digits, `-`, `.`, `_`, and what names in other scripts are made of.
  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), 0x80...0xFF:
      true
    default: false
    }
  }

  /// What an IPv6 address is made of, with its zone.
  private static func isAddressByte(_ byte: UInt8) -> Bool {
    isHostByte(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "%")
  }
}
