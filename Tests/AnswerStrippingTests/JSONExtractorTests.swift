import AnswerStripping
import NDJSON
import TestSupport
import Testing

/// The last JSON value in an answer.
@Suite struct JSONExtractorTests {
  static let cases: [StripCase] = {
    do {
      return try StripCase.cases(in: "extract")
    } catch {
      Issue.record(error)
      return []
    }
  }()

  @Test func thereAreCases() { #expect(Self.cases.count > 10) }

  @Test(arguments: cases)
  func extracts(test: StripCase) throws {
    for escaping in Escaping.allCases {
      let line = "{\"text\":\(escaping.string(test.text))}"
      let result = try Stripped(line, test.options)
      #expect(result.json == test.json && result.text == test.text, "\(escaping): \(result.line)")
    }
  }

  @Test func findsWhatStandsInProse() throws {
    var options = AnswerStripper.Options()
    options.extracts = true
    for seed in 0..<2000 {
      var json = RandomJSON(seed: UInt64(seed))
      let object = json.object()
      let before = json.generator.pick(["", "Words. ", "{ x ", "a[1] ", "[1] {\"a\"} ", "} ]", "[see ", "{x}: "])
      let after = json.generator.pick(["", " Words.", " } ]", " ```", "\n", ")"])
      let line = "{\"text\":\(Escaping.least.string((before + object + after).utf8))}"
      let expected = Array(object.utf8).withUnsafeBytes { compact(JSONValue($0)) }
      #expect(try Stripped(line, options).json == expected, "seed \(seed): \(line)")
    }
  }

  @Test func findsNothingInWhatIsBroken() throws {
    var options = AnswerStripper.Options()
    options.extracts = true
    for seed in 0..<2000 {
      var json = RandomJSON(seed: UInt64(seed))
      let before = json.generator.pick(["[[[1, ", "{\"a\": x ", "{\"a\": 1, 'b': ", "[1, ", "{\"a\": [{\"b\": 1}, "])
      let after = json.generator.pick(["", " Words.", " ```", "\n", ")"])
      let line = "{\"text\":\(Escaping.least.string((before + json.object() + after).utf8))}"
      #expect(try Stripped(line, options).json == nil, "seed \(seed): \(line)")
    }
  }
}
