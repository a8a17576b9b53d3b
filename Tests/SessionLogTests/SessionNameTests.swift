import Testing

@testable import SessionLog

@Suite struct SessionNameTests {
  @Test(arguments: [
    ("default", "default.jsonl"), ("2026-11-21_a.b", "2026-11-21_a.b.jsonl"), ("A", "%41.jsonl"),
    ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.jsonl"), (".", "%2E.jsonl"), ("a\u{0}b\n", "a%00b%0A.jsonl"),
    ("é", "%C3%A9.jsonl"), ("100%", "100%25.jsonl"), ("a b", "a%20b.jsonl"), ("~x", "%7Ex.jsonl"),
  ])
  func namesAreSafeAndReadBack(id: String, name: String) {
    #expect(SessionName.fileName(for: id) == name)
    #expect(SessionName.id(fromFileName: name) == id)
    #expect(SessionName.isSession(name))
  }

  /// Ids that look alike, or that a careless encoding or a file system without case would put together.
  static let alike = [
    "a", "A", "%41", "%2541", "а", "a.jsonl", "a/b", "a%2Fb", "a\\b", "é", "e\u{301}", "..", "...", ".%2E", " a", "a ",
    "%~", "con", "ß", "ẞ", String(repeating: "x", count: 5000), String(repeating: "x", count: 4999) + "y",
    String(repeating: "X", count: 5000), String(repeating: "/", count: 300), String(repeating: "/", count: 301),
  ]

  @Test func everyIdHasAFileOfItsOwn() {
    let names = Self.alike.map { SessionName.fileName(for: $0) }
    #expect(Set(names.map { $0.lowercased() }).count == Self.alike.count)
  }

  @Test(arguments: alike)
  func noNameLeavesTheDirectory(id: String) {
    let name = SessionName.fileName(for: id)
    #expect(!name.contains("/") && !name.hasPrefix(".") && name.utf8.count <= 240 && name.utf8.allSatisfy { $0 > 0x20 })
    // What cannot be read back says so, instead of naming another session.
    #expect(SessionName.id(fromFileName: name) == (id.utf8.count < 70 ? id : nil))
  }

  @Test(arguments: ["a", "%4x.jsonl", "%.jsonl", "%61.jsonl", ".jsonl", "%FF.jsonl", ".a.jsonl"])
  func otherNamesAreNoSession(name: String) {
    #expect(SessionName.id(fromFileName: name) == nil)
  }

  /// Other programs name a file by the id as it is.
  @Test(
    arguments: [
      ("MySession", "MySession.jsonl"), ("a b", "a b.jsonl"), ("é", "é.jsonl"), ("plain-1_2.x", nil), ("100%", nil),
      ("%41", nil), ("a/B", nil), ("..", nil), (".A", nil), ("a\u{0}B", nil), (String(repeating: "A", count: 250), nil),
    ] as [(String, String?)])
  func aPlainNameIsReadBackToo(id: String, name: String?) {
    #expect(SessionName.plainFileName(for: id) == name)
    if let name { #expect(SessionName.id(fromFileName: name) == id) }
  }
}
