import NDJSON
import TestSupport
import Testing

/// Values out of checked texts, and back.
@Suite struct JSONValueTests {
  @Test func stringsComeBackFromAnyWayToWriteThem() throws {
    for seed in 0..<3000 {
      var json = RandomJSON(seed: UInt64(seed))
      let (written, content) = json.string()
      let bytes = Array("\"\(written)\"".utf8)
      try bytes.withUnsafeBytes { bytes in
        let value = try JSONParser().parse(bytes).value
        #expect(value.stringBytes == Array(content.utf8), "seed \(seed)")
        var appended: [UInt8] = [1, 2]
        value.appendStringBytes(to: &appended)
        #expect(appended == [1, 2] + Array(content.utf8), "seed \(seed)")
        #expect(value.isString(content) && !value.isString(content + "x"), "seed \(seed)")
      }
      var writer = JSONWriter()
      writer.string(content)
      try writer.bytes.withUnsafeBytes { bytes in
        let value = try JSONParser().parse(bytes).value
        #expect(value.stringBytes == Array(content.utf8), "seed \(seed)")
      }
    }
  }

  @Test func escapedOffsetsLieWhereTheCharactersDo() throws {
    for seed in 0..<1000 {
      var json = RandomJSON(seed: UInt64(seed))
      let (first, second) = (json.string(), json.string())
      let bytes = Array("\"\(first.json)\(second.json)\"".utf8)
      try bytes.withUnsafeBytes { bytes in
        let content = try #require(try JSONParser().parse(bytes).value.escapedContent)
        let offset = EscapedString(content).escapedOffset(of: first.content.utf8.count)
        #expect(offset == first.json.utf8.count, "seed \(seed)")
      }
    }
  }

  @Test func theWriterEscapesEveryControlCharacter() throws {
    for scalar in 0..<0x80 {
      let content = String(Character(Unicode.Scalar(UInt8(scalar))))
      for pad in 0..<17 {
        var writer = JSONWriter()
        writer.string(String(repeating: "x", count: pad) + content + "é")
        try writer.bytes.withUnsafeBytes { bytes in
          let string = try JSONParser().parse(bytes).value.string
          #expect(string == String(repeating: "x", count: pad) + content + "é")
        }
      }
    }
  }

  @Test func namesAreComparedAsBytes() throws {
    let line = Array(#"{"e\#u{301}":1,"a\\b":2,"\u0061":3,"c":4}"#.utf8)
    try line.withUnsafeBytes { bytes in
      let record = try JSONParser().record(bytes)
      #expect(record.value(named: "é") == nil)
      #expect(record.value(named: "e\u{301}")?.int == 1)
      #expect(record.value(named: #"a\\b"#) == nil)
      #expect(record.value(named: #"a\b"#)?.int == 2)
      #expect(record["a"]?.int == 3)
      #expect(record.value[#"a\b"#]?.int == 2)
    }
  }

  @Test func compactTakesOnlyTheWhiteSpaceBetweenTokens() throws {
    let text = Array(" { \"a b\" : [ 1.10 ,\r\n\t\" \\\" \" ] } ".utf8)
    try text.withUnsafeBytes { bytes in
      var writer = JSONWriter()
      writer.compact(try JSONParser().parse(bytes).value)
      #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a b":[1.10," \" "]}"#)
    }
  }

  @Test(arguments: [("1", 1.0, 1), ("-0", 0, 0), ("1e400", .infinity, nil), ("1.5", 1.5, nil), ("1e2", 100, nil)])
  func numbers(json: String, double: Double, int: Int?) throws {
    try Array(json.utf8).withUnsafeBytes { bytes in
      let value = try JSONParser().parse(bytes).value
      #expect(value.double == double && value.int == int && value.kind == .number)
    }
  }
}
