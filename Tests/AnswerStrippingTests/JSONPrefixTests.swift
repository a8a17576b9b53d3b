import NDJSON
import TestSupport
import Testing

@testable import AnswerStripping

/// The scanner for what was cut off knows the same JSON as the parser.
@Suite struct JSONPrefixTests {
  @Test func everyPrefixOfAValueIsCutOffAndTheWholeIsComplete() throws {
    for seed in 0..<120 {
      var json = RandomJSON(seed: UInt64(seed))
      let object = Array(json.object().utf8)
      for end in 1...object.count {
        let extent = object[..<end].withUnsafeBytes { JSONPrefix($0, from: 0).extent }
        #expect(extent == (end == object.count ? .complete(end) : .cutOff), "seed \(seed), \(end) bytes")
      }
    }
  }

  @Test func completeIsWhatTheParserAccepts() throws {
    let parser = JSONParser()
    let alphabet = Array(#"{}[],:"\u12d8c0atruefalsn -+.eE"#.utf8) + [0x0A, 0x0C, 0x01]
    for seed in 0..<6000 {
      var json = RandomJSON(seed: UInt64(seed))
      var text = Array(json.object().utf8)
      for _ in 0..<1 + json.generator.below(3) {
        let index = json.generator.below(text.count)
        // Only ASCII is changed: the text stays UTF-8, as a decoded string is.
        if text[index] < 0x80 { text[index] = json.generator.pick(alphabet) }
      }
      guard text[0] == UInt8(ascii: "{") || text[0] == UInt8(ascii: "[") else { continue }
      text.withUnsafeBytes { bytes in
        switch JSONPrefix(bytes, from: 0).extent {
        case .complete(let end):
          let value = UnsafeRawBufferPointer(rebasing: bytes[..<end])
          #expect(throws: Never.self, "seed \(seed)") { try parser.parse(value) }
        case .cutOff, .invalid:
          #expect(throws: JSONSyntaxError.self, "seed \(seed)") { try parser.parse(bytes) }
        }
      }
    }
  }
}
