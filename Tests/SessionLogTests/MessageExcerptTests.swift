import NDJSON
import Secrets
import Testing

@testable import SessionLog

@Suite struct MessageExcerptTests {
  private static func excerpt(_ text: String) -> String? {
    var source = JSONWriter()
    source.string(text)
    return excerpt(json: source.bytes)
  }

  private static func excerpt(json: [UInt8]) -> String? {
    var writer = JSONWriter()
    json.withUnsafeBytes { bytes in
      MessageExcerpt(Redactor(values: ["geheim-123"])).write(JSONValue(bytes), to: &writer)
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

  @Test func aSecretBehindAnEscapeIsSeen() throws {
    #expect(Self.excerpt(json: Array(#""a\nsk-abcdefgh1 \u0067eheim-123""#.utf8)) == "a\n[redacted] [redacted]")
  }

  /// A key may be a token of a kilobyte, of which the excerpt shows the start only.
  @Test func aLongKeyAcrossTheCutLeavesNothing() throws {
    let key = String(repeating: "Zz", count: 1000)
    var writer = JSONWriter()
    let json = Array("\"\(String(repeating: "a", count: 150)) \(key)\"".utf8)
    json.withUnsafeBytes { MessageExcerpt(Redactor(values: [key])).write(JSONValue($0), to: &writer) }
    #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix("aa [redacted]\""))
  }

  @Test func aSecretAcrossTheCutLeavesNothing() throws {
    for shift in 185...200 {
      let text = String(repeating: "a", count: shift) + " geheim-123 and more text behind it"
      let message = try #require(Self.excerpt(text))
      #expect(!message.contains("geh") && message.count <= 200, "\(shift)")
    }
  }
}
