import TestSupport
import Testing
import YAML

@Suite struct YAMLErrorTests {
  @Test(
    arguments: [
      ("a: [b", .syntax, "2:1"), ("a: b: c", .syntax, "1:5"), ("\tb: c", .syntax, "1:1"), ("a: 'b", .syntax, "1:6"),
      ("- a\nb: c", .syntax, "2:1"), ("a: %b", .syntax, "1:4"), ("{a: b}}", .syntax, "1:7"), ("@", .syntax, "1:1"),
      ("a: b\na: c", .duplicateKey, "2:1"), ("{a: b, 'a': c}", .duplicateKey, "1:8"),
      ("[a]: b", .compoundKey, "1:1"), ("? {a: b}\n: c", .compoundKey, "1:3"),
      ("a: *b", .unknownAnchor, "1:4"), ("a: &b [*b]", .unknownAnchor, "1:8"), ("[*b, &b c]", .unknownAnchor, "1:2"),
      ("a\n---\nb", .multipleDocuments, "2:1"), ("---\n---\n", .multipleDocuments, "2:1"),
    ] as [(String, YAMLError.Kind, String)])
  func refused(text: String, kind: YAMLError.Kind, place: String) {
    let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: text) }
    #expect(error?.kind == kind)
    #expect(error.map { "\($0.location)" } == place)
    #expect(error.map { "\($0)".hasPrefix(place + ": ") } == true)
    #expect(error?.message.isEmpty == false)
  }

  @Test(
    arguments: [
      ([0x61, 0x3A, 0x20, 0xFF], "1:4"), ([0x61, 0x0A, 0xC3, 0xA9, 0xC3], "2:2"), ([0x61, 0x3A, 0x20, 0x00], "1:4"),
      ([0xFF, 0xFE, 0x61, 0x00], "1:1"), ([0xED, 0xA0, 0x80], "1:1"),
    ] as [([UInt8], String)])
  func notUTF8(bytes: [UInt8], place: String) {
    let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: bytes) }
    #expect(error?.kind == .syntax)
    #expect(error.map { "\($0.location)" } == place)
  }

  @Test func aBillionLaughsAreCountedNotTold() {
    let levels = (1...40).map { "l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1)]\n" }.joined()
    let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: "l0: &l0 lol\n" + levels) }
    #expect(error?.kind == .limit)
  }

  @Test func limitsAreExact() throws {
    let limits = YAMLLimits(bytes: 20, depth: 2, nodes: 5)
    #expect(try YAMLNode(parsing: "[[a], b, c]", limits: limits).sequence?.count == 3)
    for (text, message) in [
      ("[[a], b, c, d]", "more than 5 nodes, aliases expanded"), ("[[[a]]]", "nested deeper than 2"),
      ("[&a b, *a, *a, *a, *a]", "longer than 20 bytes"), ("[&a [b, c], *a]", "more than 5 nodes, aliases expanded"),
    ] {
      let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: text, limits: limits) }
      #expect(error?.kind == .limit)
      #expect(error?.message == message)
    }
  }

  @Test func nestingThatWouldOverflowAStackIsRefused() {
    for open in ["[", "{a: ", "- ", "? "] {
      let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: String(repeating: open, count: 100_000)) }
      #expect(error?.kind == .limit)
    }
  }

  /// Whatever the bytes are, there is a tree or an error with a place inside the text; never a crash.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func anyBytes(seed: UInt64) {
    let alphabet = Array("ab:-?[]{},&*!|>'\"%@#\\ \n\t~01é".utf8) + [0xFF, 0x00]
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<5_000 {
      let bytes = (0..<generator.below(24)).map { _ in generator.pick(alphabet) }
      do {
        _ = try YAMLNode(parsing: bytes)
      } catch {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).count
        #expect((1...lines + 1).contains(error.location.line), "\(bytes): \(error)")
        #expect(error.location.column >= 1, "\(bytes): \(error)")
      }
    }
  }
}
