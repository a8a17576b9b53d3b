#if canImport(Glibc)
  import Glibc
#endif

/// The formats of strings that are checked. Others that JSON Schema names refuse the schema; names that it does not know
/// say nothing about which strings fit.
enum StringFormat: String, Sendable {
  case date, time, duration, email, hostname, ipv4, ipv6, uri, uuid, regex
  case dateTime = "date-time"
  case uriReference = "uri-reference"
  case jsonPointer = "json-pointer"
  case relativeJSONPointer = "relative-json-pointer"

  /// Formats of JSON Schema that are not checked.
  static let unsupported: Set<String> = ["iri", "iri-reference", "idn-email", "idn-hostname", "uri-template"]

  /// Whether a string has the format.
  ///
  /// - Parameter text: Valid UTF-8.
  /// - Returns: What the format says of it.
  func allows(_ text: UnsafeRawBufferPointer) -> Bool {
    switch self {
    case .date: CalendarFormat.isDate(text)
    case .time: CalendarFormat.isTime(text)
    case .dateTime: CalendarFormat.isDateTime(text)
    case .ipv4: Self.isAddress(text, AF_INET)
    case .ipv6: Self.isAddress(text, AF_INET6)
    case .regex: RegularExpression(String(decoding: text, as: UTF8.self)) != nil
    case .hostname: text.count <= 253 && Self.matches(Self.expressions[self], text)
    default: Self.matches(Self.expressions[self], text)
    }
  }

  private static func matches(_ expression: RegularExpression?, _ text: UnsafeRawBufferPointer) -> Bool {
    expression?.matches(text) ?? false
  }

  private static func isAddress(_ text: UnsafeRawBufferPointer, _ family: Int32) -> Bool {
    guard text.count < 64, !text.contains(0) else { return false }
    var address = in6_addr()
    return inet_pton(family, String(decoding: text, as: UTF8.self), &address) == 1
  }

  /// Sources: RFC 3986 (URIs), RFC 5321 (mail addresses, as `Mailbox` without quoted names of hosts), RFC 1123
  /// (names of hosts), RFC 4122 (UUIDs), RFC 3339 appendix A (durations), RFC 6901 (JSON Pointers).
  private static let expressions: [StringFormat: RegularExpression] = {
    let octet = "(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})"
    let character = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
    let host = "(?:\\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\\]|\(octet)*)"
    let authority = "//(?:(?:\(octet)|:)*@)?\(host)(?::[0-9]*)?"
    let rest = "(?:\\?(?:\(character)|[/?])*)?(?:#(?:\(character)|[/?])*)?"
    let path = "(?:/\(character)*)*"
    let scheme = "[A-Za-z][A-Za-z0-9+.-]*:"
    let absolute = "(?:\(authority)\(path)|/(?:\(character)+\(path))?|\(character)+\(path)|)"
    let segment = "(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})"
    let relative = "(?:\(authority)\(path)|/(?:\(character)+\(path))?|\(segment)+\(path)|)"
    let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    let atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
    let quoted = #""(?:[ !#-\[\]-~]|\\[ -~])*""#
    let domain = "(?:\(label)(?:\\.\(label))*|\\[(?:[0-9.]+|IPv6:[0-9A-Fa-f:.]+)\\])"
    let pointer = "(?:/(?:[^/~]|~[01])*)*"
    let time = "(?:T(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S))"
    let days = "(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)"
    let sources: [StringFormat: String] = [
      .uri: scheme + absolute + rest,
      .uriReference: "(?:\(scheme)\(absolute)|\(relative))\(rest)",
      .hostname: "\(label)(?:\\.\(label))*",
      .email: "(?:\(atom)(?:\\.\(atom))*|\(quoted))@\(domain)",
      .uuid: "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}",
      .jsonPointer: pointer,
      .relativeJSONPointer: "(?:0|[1-9][0-9]*)(?:#|\(pointer))",
      .duration: "P(?:\(days)\(time)?|\(time)|\\d+W)",
    ]
    return sources.compactMapValues { RegularExpression("^(?:\($0))$") }
  }()
}
