import AnswerStripping
import NDJSON
import TestSupport
import Testing

/// Texts that would take hours if any search were quadratic in their length.
@Suite struct HostileTextTests {
  struct Text: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let head: String
    let piece: String
    let count: Int
    let tail: String
    init(_ name: String, _ piece: String, _ count: Int, head: String = "", tail: String = "") {
      testDescription = name
      self.head = head
      self.piece = piece
      self.count = count
      self.tail = tail
    }
    var string: String { text(count) }
    func text(_ count: Int) -> String { head + String(repeating: piece, count: count) + tail }
  }

  static let texts: [Text] = [
    Text("backticks", "`", 400_000), Text("tildes", "~", 400_000), Text("open braces", "{", 400_000),
    Text("open brackets", "[", 400_000), Text("close braces", "}", 400_000), Text("quotes", "\"", 400_000),
    Text("backslashes", "\\", 400_000), Text("escaped quotes", "\\\"", 200_000, tail: "}"),
    Text("backslashes before a block", "\\", 400_000, tail: "{\"status\":1,\"phase\":2}"),
    Text("backslashes and letters before a block", "\\n", 200_000, tail: "{\"status\":1,\"phase\":2}"),
    Text("inline code before a block", "`a` ``b`` ", 40_000, tail: "{\"status\":1,\"phase\":2}"),
    Text("names", "{\"a\":", 200_000), Text("names on lines", "{\"a\":\n", 200_000),
    Text("names without values on lines", "{\"status\"\n", 100_000), Text("braces on lines", "{\n", 200_000),
    Text("cut-off keys on lines", "{\"status\":1,\n", 100_000), Text("fences", "```\n", 100_000),
    Text("fences that say JSON", "```json\n", 100_000), Text("fences of growing kinds", "```\n~~~\n````\n", 50_000),
    Text("closed fences", "```json\n{}\n```\n", 70_000), Text("carriage returns", "\r", 400_000),
    Text("carriage returns and a line feed", "\r", 400_000, tail: "\n"),
    Text("line feeds", "\n", 400_000, tail: "}"),
    Text("spaces", " ", 400_000, tail: "}"),
    Text("spaces behind a block", " ", 400_000, head: "{\"status\":1,\"phase\":2}"),
    Text("reasoning", "<think></think>", 60_000),
    Text("reasoning before white space", "<think></think>", 60_000, tail: String(repeating: " ", count: 100_000)),
    Text("open reasoning", "<think>", 150_000), Text("blocks", "{\"status\":1,\"phase\":2}\n", 40_000),
    Text("fenced blocks", "```json\n{\"status\":1,\"phase\":2}\n```\n", 20_000),
    Text(
      "a block nested deep", "[", 10_000, head: "{\"status\":1,\"phase\":",
      tail: String(repeating: "]", count: 10_000) + "}"),
    Text("objects in arrays", "[{\"a\":1},", 100_000), Text("strings with brackets", "[\"[\"", 200_000),
    Text("broken objects", "{\"a\":x ", 60_000), Text("broken objects in paragraphs", "{\"a\":x\n\n", 60_000),
    Text("broken objects, closed", "{\"a\":x}", 60_000), Text("broken strings", "{\"a\":\"\n", 60_000),
    Text("loose names", "a:1,", 100_000, head: "```json\n{"),
    Text("loose quotes", "'  ", 130_000, head: "```json\n{'a':'"),
    Text("loose blocks", "```json\n{'status':1,'phase':2}\n```\n", 20_000, head: "A.\n"),
    Text("block comments", "/*", 200_000, head: "```json\n{"), Text("hashes", "#\n", 200_000, head: "```json\n{"),
    Text("closing tags", "</think>", 50_000), Text("closing tags on lines", "</think>\n", 45_000),
    Text("tags in code", "`<think>`</think>", 25_000),
    Text("tags in an open fence", "<think>\n</think>\n", 22_000, head: "<think>\n```\n"),
    Text("closing tags and spaces", "</think>   ", 36_000),
    Text("opening tags on lines", "<think>\n", 50_000, tail: "</think>"),
    Text("tags by turns", "<think></thinking></think>\n", 15_000),
    Text("harmony", "<|channel|>analysis<|message|>a<|end|>", 10_000),
    Text("no-break spaces", "\u{A0}", 200_000, tail: "</think>"), Text("backticks before tags", "`a</think>", 40_000),
    Text("brackets that never match", "} ] ", 250_000, head: "{\"a\":1}"), Text("pairs", "{} ", 300_000, tail: "}"),
  ]

  private static let options: [AnswerStripper.Options] = {
    var everything = AnswerStripper.Options()
    everything.removesThinking = true
    everything.unwraps = true
    var extracting = AnswerStripper.Options()
    extracting.extracts = true
    return [AnswerStripper.Options(), everything, extracting]
  }()

  private static func line(_ text: String) -> String { "{\"text\":\(Escaping.least.string(text.utf8))}" }

  @Test(arguments: texts)
  func keepsWhatIsNotStripped(text: Text) throws {
    let line = Self.line(text.string)
    #expect(try Stripped(line, Self.options[0]).text.map { text.string.utf8.starts(with: $0) } == true)
    #expect(try Stripped(line, Self.options[1]).text.map { text.string.utf8.count >= $0.count } == true)
    #expect(try Stripped(line, Self.options[2]).text == Array(text.string.utf8))
  }

  /// Eight times the text may take eight times the CPU time, and 24 times where the machine is at odds with itself; a
  /// search that is quadratic takes 64 times as long. What other processes do does not count.
  @Test(arguments: texts)
  func isDoneInLinearTime(text: Text) throws {
    for options in Self.options {
      let (few, many) = (Self.line(text.text(text.count / 8)), Self.line(text.string))
      // Again, but only where something came between.
      for attempt in 1...3 {
        let short = try cpuTime { _ = try Stripped(few, options) }
        let long = try cpuTime { _ = try Stripped(many, options) }
        if long < 24 * short + 0.05 { break }
        #expect(attempt < 3, "\(short) s for an eighth, \(long) s for all")
      }
    }
  }
}
