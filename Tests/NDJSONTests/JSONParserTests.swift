import NDJSON
import TestSupport
import Testing

/// RFC 8259: what is JSON, and what is not.
@Suite struct JSONParserTests {
  static let accepted: [String] = [
    "null", "true", "false", "0", "-0", "1", "-1", "10", "1.0", "1.10", "-0.5", "1e1", "1E+1", "1e-1", "0e0", "1.5e300",
    "1e400", "-1e-400", "12345678901234567890", "-123456789012345678901234567890.5", "\"\"", "\"a\"",
    #""\"\\\/\b\f\n\r\t""#, #""\u0000\u001f\u007F\uffff""#, #""\ud83d\uDE00""#, "\"\u{7F}\"", "\"\u{2028}\"",
    "\"é日😀\"", "[]", "[ ]", "[1]", "[1,2]", "[[],{}]", "{}", "{ }", #"{"":0}"#, #"{"a":1,"a":2}"#,
    #"{"a":{"b":[1,{"c":null}]}}"#, " \t\n\r1 \t\n\r", " [ 1 , 2 ] ", #"{ "a" : 1 }"#,
    "\"\(String(repeating: "x", count: 31))\"", #""0123456789012345678901234567890\n\\""#,
  ]

  @Test(arguments: accepted)
  func accepts(json: String) throws {
    #expect(try verdict(json) == nil)
    #expect(try verdict("{\"a\":\(json)}") == nil)
    #expect(try verdict("[[\(json)],\(json)]") == nil)
  }

  struct Rejected: Sendable, CustomTestStringConvertible {
    let json: String
    let code: JSONSyntaxError.Code
    var testDescription: String { json }
    init(_ json: String, _ code: JSONSyntaxError.Code) {
      self.json = json
      self.code = code
    }
  }

  static let rejected: [Rejected] = [
    Rejected("", .empty), Rejected(" \n", .empty), Rejected("nul", .badLiteral), Rejected("nulll", .badLiteral),
    Rejected("True", .unexpectedToken), Rejected("NaN", .unexpectedToken), Rejected("Infinity", .unexpectedToken),
    Rejected("-Infinity", .badNumber), Rejected("tru e", .badLiteral), Rejected("true\"\"", .badLiteral),
    Rejected("01", .badNumber), Rejected("-", .badNumber), Rejected("-01", .badNumber),
    Rejected("+1", .unexpectedToken),
    Rejected(".5", .unexpectedToken), Rejected("1.", .badNumber), Rejected("1.e1", .badNumber),
    Rejected("1e", .badNumber), Rejected("1e+", .badNumber), Rejected("0x10", .badNumber),
    Rejected("1_000", .badNumber),
    Rejected("1\u{0}", .badNumber), Rejected("1 2", .trailing), Rejected("- 1", .badNumber),
    Rejected("1-2", .badNumber), Rejected("1\u{C}", .badNumber), Rejected("１", .unexpectedToken),
    Rejected("\"", .unclosedString), Rejected("\"a", .unclosedString), Rejected(#""a\""#, .unclosedString),
    Rejected("'a'", .unexpectedToken), Rejected("\"a\nb\"", .controlCharacter), Rejected("\"\t\"", .controlCharacter),
    Rejected("\"\u{0}\"", .controlCharacter), Rejected(#""\x41""#, .badEscape), Rejected(#""\'""#, .badEscape),
    Rejected(#""\u12""#, .badEscape), Rejected(#""\u12g4""#, .badEscape), Rejected(#""\u""#, .badEscape),
    Rejected(#""\U0041""#, .badEscape), Rejected(#""\ud83d""#, .loneSurrogate), Rejected(#""\ude00""#, .loneSurrogate),
    Rejected(#""\ud83d\n""#, .loneSurrogate), Rejected(#""\ud83d\u0041""#, .loneSurrogate),
    Rejected(#""\ud83d\ud83d\ude00""#, .loneSurrogate), Rejected(#""\ude00\ud83d""#, .loneSurrogate),
    Rejected("[", .unfinished), Rejected("[1", .unfinished), Rejected("[1,", .unfinished), Rejected("{", .unfinished),
    Rejected(#"{"a""#, .unfinished), Rejected(#"{"a":"#, .unfinished), Rejected(#"{"a":1"#, .unfinished),
    Rejected(#"{"a":1,"#, .unfinished), Rejected("]", .unexpectedToken), Rejected("}", .unexpectedToken),
    Rejected("[1,]", .unexpectedToken), Rejected("[,1]", .unexpectedToken), Rejected("[1 2]", .unexpectedToken),
    Rejected("[1}", .unexpectedToken), Rejected("{]", .unexpectedToken), Rejected(#"{"a":1,}"#, .unexpectedToken),
    Rejected("{1:2}", .unexpectedToken), Rejected("{a:1}", .unexpectedToken), Rejected(#"{"a" 1}"#, .unexpectedToken),
    Rejected(#"{"a"::1}"#, .unexpectedToken), Rejected(#"{"a":1 "b":2}"#, .unexpectedToken),
    Rejected(#"["a"b]"#, .unexpectedToken), Rejected(#"["a""b"]"#, .unexpectedToken), Rejected("[]]", .trailing),
    Rejected("{}{}", .trailing), Rejected(#""a" "b""#, .trailing), Rejected("[1]//x", .trailing),
    Rejected("/**/1", .unexpectedToken), Rejected("[\"a\"\\]", .unexpectedToken), Rejected("[\\n]", .unexpectedToken),
    Rejected("\u{FEFF}1", .unexpectedToken), Rejected("\u{A0}1", .unexpectedToken), Rejected("[1:2]", .unexpectedToken),
  ]

  @Test(arguments: rejected)
  func rejects(rejected: Rejected) throws {
    #expect(try verdict(rejected.json) == rejected.code)
  }

  static let notUTF8: [[UInt8]] = [
    [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
    [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3], [0xE6, 0x97], [0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
  ]

  @Test(arguments: notUTF8)
  func rejectsWhatIsNotUTF8(bytes: [UInt8]) throws {
    // At every distance from the 64-byte blocks that are read at once.
    for pad in 0..<70 {
      let json = [UInt8(ascii: "\"")] + [UInt8](repeating: 0x78, count: pad) + bytes + [UInt8(ascii: "\"")]
      #expect(try verdict(json) == .notUTF8)
    }
  }

  @Test(arguments: [10_000, 1_000_000])
  func takesAnyDepth(depth: Int) throws {
    let open = String(repeating: "[", count: depth)
    let close = String(repeating: "]", count: depth)
    #expect(try verdict(open + close) == nil)
    #expect(try verdict(open) == .unfinished)
    let objects = String(repeating: #"{"a":"#, count: depth)
    #expect(try verdict(objects + "1" + String(repeating: "}", count: depth)) == nil)
    #expect(try verdict(objects) == .unfinished)
  }

  @Test func findsEscapesAtEveryDistance() throws {
    for pad in 0..<100 {
      let plain = String(repeating: "x", count: pad)
      let backslashes = String(repeating: #"\\"#, count: pad)
      #expect(try verdict("[\"\(plain)\\n\(plain)\",1]") == nil)
      #expect(try verdict("[\"\(plain)\\q\(plain)\"]") == .badEscape)
      #expect(try verdict("[\"\(backslashes)\\q\"]") == .badEscape)
      #expect(try verdict("[\"\(backslashes)\"]") == nil)
      #expect(try verdict("[\"\(plain)\\ud83d\\ude00\(plain)\"]") == nil)
      #expect(try verdict("[\"\(plain)\\ud83d\(plain)\"]") == .loneSurrogate)
    }
  }

  @Test func acceptsGeneratedValuesAndTellsTheirMembers() throws {
    let parser = JSONParser()
    for seed in 0..<3000 {
      var json = RandomJSON(seed: UInt64(seed))
      let object = Array(json.object().utf8)
      try object.withUnsafeBytes { bytes in
        let record = try parser.record(bytes)
        // The member walk, which checks nothing, sees what the parser saw.
        let members = Array(record.value.members)
        #expect(members.count == record.count, "seed \(seed)")
        for (index, member) in members.enumerated() {
          #expect(member.name.bytes.elementsEqual(record.name(at: index).bytes), "seed \(seed)")
          #expect(member.value.bytes.elementsEqual(record.value(at: index).bytes), "seed \(seed)")
        }
      }
    }
  }

  private func verdict(_ json: String) throws -> JSONSyntaxError.Code? { try verdict(Array(json.utf8)) }

  private func verdict(_ json: [UInt8]) throws -> JSONSyntaxError.Code? {
    json.withUnsafeBytes { bytes in
      do throws(JSONSyntaxError) {
        let value = try JSONParser().parse(bytes).value
        #expect(!value.bytes.isEmpty)
        return nil
      } catch {
        return error.code
      }
    }
  }
}
