import NDJSON
import Platform

/// What a request says in its headers, for a proxy: tags for what it costs, the session, the trace that it is part of.
public struct RequestHeaders: Sendable {
  /// Tags of every request.
  public var tags: [String] = []
  /// The header that gets the session's id; nil when none does.
  public var session: String?
  /// The trace that requests are part of whose records name none: `traceparent` and `tracestate` of W3C Trace Context.
  public var traceParent: String?
  /// Goes with `traceParent`.
  public var traceState: String?

  /// Makes the standard headers: none.
  public init() {}

  /// The headers of a record's requests.
  ///
  /// - Parameter record: The record.
  /// - Returns: Names and values that a header may have; mostly empty.
  func headers(of record: Record) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    let tags = self.tags + Self.strings(record["tags"])
    if !tags.isEmpty {
      // LiteLLM takes the header apart at its commas.
      let value = tags.map { Self.encoded($0, alsoCommas: true) }.joined(separator: ",")
      headers.append(("x-litellm-tags", value))
    }
    if let session, let id = record["session_id"]?.string, !id.isEmpty {
      headers.append((session, Self.encoded(id, alsoCommas: false)))
    }
    if let own = record["traceparent"]?.string, Self.isTraceParent(own) {
      headers.append(("traceparent", own))
      if let state = record["tracestate"]?.string {
        headers.append(("tracestate", Self.encoded(state, alsoCommas: false)))
      }
    } else if let traceParent {
      headers.append(("traceparent", traceParent))
      if let traceState { headers.append(("tracestate", traceState)) }
    }
    return headers
  }

  /// Whether a text names a trace: `00-`, 32 hexadecimal digits, `-`, 16 more, `-`, two more; neither of the long ones
  /// is nothing but zeros (W3C Trace Context, section 3.2).
  ///
  /// - Parameter text: Any text.
  /// - Returns: False for anything else.
  public static func isTraceParent(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff" else { return false }
    let isHex = { (byte: UInt8) in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
    return parts.allSatisfy { $0.utf8.allSatisfy(isHex) }
      && [parts[1], parts[2]].allSatisfy { $0.contains { $0 != "0" } }
  }

  private static func strings(_ value: JSONValue?) -> [String] {
    guard let value else { return [] }
    if let tag = value.string { return tag.isEmpty ? [] : [tag] }
    return value.elements.compactMap(\.string).filter { !$0.isEmpty }
  }

  /// What no header may hold, and what would cut a tag in two, as `%0A`.
  private static func encoded(_ text: String, alsoCommas: Bool) -> String {
    var encoded = ""
    for byte in text.utf8.prefix(1000) {
      if byte <= 0x20 && byte != 0x20 || byte >= 0x7F || byte == UInt8(ascii: "%")
        || alsoCommas && byte == UInt8(ascii: ",")
      {
        encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      } else {
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return encoded
  }
}
