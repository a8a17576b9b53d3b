import NDJSON
import Testing

@testable import SessionLog

@Suite struct RedactorTests {
  private static let redactor = Redactor(secrets: ["geheim-123", "a\"b\\c-long", "x"])

  private static func redacted(_ json: String) -> String {
    var bytes = Array(json.utf8)
    redactor.redact(&bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: [
    ("key sk-abcd1234, next", "key [redacted], next"), ("sk-1234", "[redacted]"), ("(sk-proj-A_b-9)", "([redacted])"),
    (#"line\nsk-abcd1234"#, #"line\n[redacted]"#), (#"caf\u00e9sk-abcd1234"#, #"caf\u00e9[redacted]"#),
    ("Authorization: Bearer eyJhbGci.x_y-z=", "Authorization: Bearer [redacted]"),
    ("bearer abcdef", "bearer [redacted]"),
    ("is geheim-123 secret", "is [redacted] secret"), (#"a\"b\\c-long"#, "[redacted]"),
    ("sk-abcdefg sk-hijklmn", "[redacted] [redacted]"), ("Bearer sk-abcdefg", "Bearer [redacted]"),
  ])
  func secretsGo(json: String, expected: String) {
    #expect(Self.redacted(json) == expected)
  }

  @Test(arguments: [
    "risk-assessment of a task-1234", "sk-a", "the bearer of news", "x", "", "Bearer ", "sk-", "Overbearer abc",
  ])
  func otherTextStays(json: String) {
    #expect(Self.redacted(json) == json)
  }
}

@Suite struct MessageExcerptTests {
  private static func excerpt(_ text: String) -> String? {
    var source = JSONWriter()
    source.string(text)
    return excerpt(json: source.bytes)
  }

  private static func excerpt(json: [UInt8]) -> String? {
    var writer = JSONWriter()
    json.withUnsafeBytes { bytes in
      guard let content = JSONValue(bytes).escapedContent else { return }
      MessageExcerpt(Redactor(secrets: ["geheim-123"])).write(content, to: &writer)
    }
    return writer.bytes.withUnsafeBytes { JSONValue($0).string }
  }

  /// Each of these, repeated, ends in another way at the cut.
  @Test(arguments: ["a", "é", "e\u{301}", "👩‍👩‍👧", "\r\n", "\n", "\\", "\"", "\u{1}", "🇩🇪", "ab\u{308}c"])
  func twoHundredClustersAreKept(cluster: String) {
    for count in [1, 199, 200, 201, 400, 5000] {
      let text = String(repeating: cluster, count: count)
      #expect(Self.excerpt(text) == String(text.prefix(200)), "\(count) times")
    }
  }

  @Test func aMarkBehindTheLastCharacterIsKept() {
    let text = String(repeating: "a", count: 200) + "\u{301}b"
    #expect(Self.excerpt(text) == String(text.prefix(200)))
  }

  @Test func escapesAreCutWhole() {
    for shift in 0..<14 {
      let json =
        Array(("\"" + String(repeating: "a", count: shift)).utf8)
        + Array(String(repeating: #"\ud83d\ude00\n"#, count: 6000).utf8) + [UInt8(ascii: "\"")]
      let text = String(repeating: "a", count: shift) + String(repeating: "😀\n", count: 6000)
      #expect(Self.excerpt(json: json) == String(text.prefix(200)))
    }
  }

  @Test func aSecretAcrossTheCutLeavesNothing() throws {
    for shift in 185...200 {
      let text = String(repeating: "a", count: shift) + " geheim-123 and more text behind it"
      let message = try #require(Self.excerpt(text))
      #expect(!message.contains("geh") && message.count <= 200, "\(shift)")
    }
  }
}
