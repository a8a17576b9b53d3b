import AnswerStripping
import NDJSON
import TestSupport
import Testing

/// What is taken off, what stays, and that nothing else changes.
@Suite struct AnswerStripperTests {
  static let cases: [StripCase] = {
    do {
      return try ["blocks", "fences", "cut-off", "loose", "wrappings", "think"].flatMap { try StripCase.cases(in: $0) }
    } catch {
      Issue.record(error)
      return []
    }
  }()

  @Test func thereAreCases() { #expect(Self.cases.count > 100) }

  @Test(arguments: cases)
  func strips(test: StripCase) throws {
    for escaping in Escaping.allCases {
      let line = #"{"id":1.10,"text":\#(escaping.string(test.text)),"z":[ ]}"#
      let result = try Stripped(line, test.options)
      #expect(result.text == test.kept, "\(escaping): \(result.line)")
      #expect(result.stripped == test.stripped, "\(escaping): \(result.line)")
      #expect(result.warnings == test.warnings, "\(escaping): \(result.line)")
      if test.stripped.isEmpty && test.warnings.isEmpty { #expect(result.line == line, "\(escaping)") }
      #expect(result.line.hasPrefix(#"{"id":1.10,"text":""#) && result.line.contains(#","z":[ ]"#), "\(escaping)")
    }
  }

  @Test(arguments: cases)
  func aSecondTimeChangesNothing(test: StripCase) throws {
    guard !test.options.unwraps else { return }
    let once = try Stripped("{\"text\":\(Escaping.least.string(test.text))}", test.options)
    #expect(try Stripped(once.line, test.options).line == once.line)
  }

  @Test func theKeptTextKeepsItsEscapes() throws {
    let line = #"{"text":"a\/\u00e9\ud83d\ude00\n{\"status\":1,\"phase\":2}"}"#
    #expect(try Stripped(line).line == #"{"text":"a\/\u00e9\ud83d\ude00","stripped":[{"status":1,"phase":2}]}"#)
  }

  /// Only the end of a text is decoded: what lies before the line with the first brace or fence is not. Each text has a
  /// block in it, escaped as it stands here.
  @Test(arguments: [
    // No line end, a line end, white space on both sides of it, a CR alone.
    ("a B", "a"), (#"a\nB"#, "a"), (#"a  \n \t\r\n  B"#, "a"), (#"a\r\rB"#, "a"),
    // A backslash and an n are no line end, but two backslashes and a line end are.
    (#"a\\nB"#, #"a\\n"#), (#"a\\\nB"#, #"a\\"#), (#"a\\\\n ```\nB"#, #"a\\\\n ```"#),
    // Inline code, two backticks at the end, a fence in a line, a closed fence, an open one.
    (#"`a` ``b\nB"#, "`a` ``b"), (#"a `b`"#, nil), (#"a ``` b\nB"#, "a ``` b"),
    (#"a\n~~~\nc\n~~~\nB"#, #"a\n~~~\nc\n~~~"#),
    (#"a\n  ~~~c\nB"#, nil), (#"a\n ```\nB"#, "a"), (#"a\n{\nB"#, #"a\n{"#), (#"a\n\u007e~~\nB"#, "a"),
  ])
  func theUndecodedPartStaysAsItIs(text: String, kept: String?) throws {
    let text = text.replacing("B", with: #"{\"status\":1,\"phase\":2}"#)
    let stripped = kept.map { #"{"text":"\#($0)","stripped":[{"status":1,"phase":2}]}"# }
    #expect(try Stripped(#"{"text":"\#(text)"}"#).line == stripped ?? #"{"text":"\#(text)"}"#)
  }

  @Test(arguments: [
    (#"{"a":"\n{\"status\":1,\"phase\":2}"}"#, nil), (#"{"text":{"status":1,"phase":2}}"#, nil),
    (#"{"text":null}"#, nil), (#"{"text":17}"#, nil), (#"{"text":["{\"status\":1,\"phase\":2}"]}"#, nil),
    (#"{"text":"{\"status\":1,\"phase\":2}","text":5}"#, nil),
    (
      #"{"text":5,"text":"A.\n{\"status\":1,\"phase\":2}"}"#,
      #"{"text":5,"text":"A.","stripped":[{"status":1,"phase":2}]}"#
    ),
    (
      #"{"stripped":[ "x" , 1.10],"text":"A.\n{\"status\":1,\"phase\":2}"}"#,
      #"{"stripped":["x",1.10,{"status":1,"phase":2}],"text":"A."}"#
    ),
    (
      #"{"text":"A.\n{\"status\":1,\"phase\":2}","stripped":"x"}"#,
      #"{"text":"A.","stripped":["x",{"status":1,"phase":2}]}"#
    ),
    (
      #"{"text":"A.\n{\"status\":1,\"phase\":2}","stripped":null}"#,
      #"{"text":"A.","stripped":[{"status":1,"phase":2}]}"#
    ),
    (
      #"{"te\u0078t":"A.\n{\"status\":1,\"phase\":2}" , "b":0 }"#,
      #"{"te\u0078t":"A." , "b":0,"stripped":[{"status":1,"phase":2}] }"#
    ),
    // An answer that is nothing but the schema stays, and says so beside what else is to be said.
    (
      #"{"text":"{\"status\":1,\"phase\":2}","z":1}"#,
      #"{"text":"{\"status\":1,\"phase\":2}","z":1,"warnings":["schema_only"]}"#
    ),
    (
      #"{"text":" \n\t {\"status\":1,\"phase\":2}","warnings":["length"]}"#,
      #"{"text":" \n\t {\"status\":1,\"phase\":2}","warnings":["length","schema_only"]}"#
    ),
    (
      #"{"text":"\n{\"status\":1,\"phase\":2}\n{\"status\":3,\"phase\":4}"}"#,
      #"{"text":"\n{\"status\":1,\"phase\":2}\n{\"status\":3,\"phase\":4}","warnings":["schema_only"]}"#
    ),
  ])
  func wholeRecords(line: String, expected: String?) throws {
    #expect(try Stripped(line).line == expected ?? line)
  }

  @Test func nothingIsLostOfGeneratedAnswers() throws {
    for seed in 0..<1200 {
      var answers = RandomAnswers(seed: UInt64(seed))
      let text = answers.text()
      for escaping in Escaping.allCases {
        let line = "{\"text\":\(escaping.string(text.utf8))}"
        let once = try Stripped(line)
        let kept = String(decoding: try #require(once.text), as: UTF8.self)
        #expect(text.utf8.starts(with: kept.utf8), "seed \(seed): \(text)")
        // What was cut off is white space, fences, and what is in `stripped`.
        let tail = String(decoding: text.utf8.dropFirst(kept.utf8.count), as: UTF8.self)
        #expect(significant(tail) == significant(once.stripped.joined()), "seed \(seed): \(text)")
        #expect(once.stripped.isEmpty == (kept == text), "seed \(seed): \(text)")
        #expect(try Stripped(once.line).line == once.line, "seed \(seed): \(text)")
      }
    }
  }

  @Test func theShortCutGivesTheSameAsDecoding() throws {
    // With --think every text is decoded; without reasoning in it, the result must be the same.
    var decoding = AnswerStripper.Options()
    decoding.removesThinking = true
    var taken = 0
    for seed in 0..<5500 {
      var answers = RandomAnswers(seed: UInt64(seed) &+ 1_000_000)
      let text = answers.text().replacing("</think>", with: "</b>")
      let line = "{\"text\":\(answers.json.generator.pick(Escaping.allCases).string(text.utf8))}"
      let short = try Stripped(line)
      #expect(short.line == (try Stripped(line, decoding)).line, "seed \(seed): \(text)")
      taken += short.stripped.isEmpty ? 0 : 1
    }
    #expect(taken > 600)
  }

  /// All but white space, fences, info strings, and what JSON has to add or take away where a model wrote it its own way.
  private func significant(_ text: String) -> String {
    var text = text.replacing("\\n", with: "").replacing("\\r", with: "").replacing("\\t", with: "")
    for word in ["```json\n", "~~~json\n", "```json5\n", "~~~json5\n"] { text = text.replacing(word, with: "") }
    return String(text.unicodeScalars.filter { !" \n\r\t\u{B}\u{C}`~\"\\,".unicodeScalars.contains($0) })
  }
}

/// Answers made of what matters to a stripper: fences, objects whole and cut off, line ends, words.
struct RandomAnswers {
  var json: RandomJSON

  init(seed: UInt64) { json = RandomJSON(seed: seed) }

  mutating func text() -> String {
    let pieces = (0..<json.generator.below(9)).map { _ in piece() }
    let text = pieces.joined()
    guard json.generator.below(3) == 0 else { return text }
    return String(text.unicodeScalars.prefix(json.generator.below(text.unicodeScalars.count + 1)))
  }

  private mutating func piece() -> String {
    switch json.generator.below(5) {
    case 0: return object() + end()
    case 1:
      let fence = json.generator.pick(["```", "~~~"])
      return fence + json.generator.pick(["json", "json5", "", "c"]) + "\n" + object() + end() + fence + end()
    default:
      return json.generator.pick([
        "Words. ", "größer", "\n", "\n\n", "\r\n", " ", "```\n", "~~~\n", "```json\n", "{", "}", "\"", "\\", "[", "]",
        "\"status\": ", "\"phase\"", ",", "{\n", "{\"", "{\"status\":1,", "\u{C}", "</think>", "\t",
      ])
    }
  }

  private mutating func end() -> String { json.generator.pick(["\n", "\n", "", "\r\n", " \n", "\n\n"]) }

  private mutating func object() -> String {
    let status = "\"status\"\(json.space()):\(json.space())\(json.generator.pick(["1", "\"pass\"", "{\"a\":[]}"]))"
    let phase = json.generator.pick(["\"phase\":\"\\n\\\"{\"", "\"phase\":null", "\"other\":1", "\"ph\\u0061se\":2"])
    return "{\(status),\(phase)}"
  }
}
