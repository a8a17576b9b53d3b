import TestSupport
import Testing

/// What all five programs do alike, on a program that changes nothing here: hg-strip.
@Suite struct FilterLoopTests {
  static let awkward: [String] = [
    #"{"x":1e400,"y":12345678901234567890}"#,
    #"{"x":1.10,"y":-0.0,"z":0.1e-7,"w":1E+2}"#,
    #"{"a":1,"a":2,"\u0061":3}"#,
    #"  { "a" : [ ] , "b" : { } }  "#,
    #"{"\ud83d\ude00":"\u0000\/\b","é":"日本\t"}"#,
    #"{}"#,
    #"{"error":null,"text":5}"#,
    #"{"text":["```json\n{\"status\":1,\"phase\":2}\n```"]}"#,
  ]

  @Test(arguments: awkward)
  func passesRecordsThroughByteForByte(line: String) throws {
    let result = try TestFolder().run("hg-strip", text: line + "\n")
    #expect(result.text == line + "\n", "\(result)")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  @Test func readsLineEndsBlankLinesAndAByteOrderMark() throws {
    let result = try TestFolder().run("hg-strip", text: "\u{FEFF}{\"a\":1}\r\n\n \t\r\n{\"b\":2}\n{\"c\":3}")
    #expect(result.text == "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n", "\(result)")
  }

  struct BadLine: Sendable, CustomTestStringConvertible {
    let name: String
    let line: [UInt8]
    let output: String
    var testDescription: String { name }
  }

  static let badLines = [
    BadLine(
      name: "array", line: Array("[1]".utf8),
      output: #"{"error":{"stage":"hg-strip","kind":"bad_input","line":2,"message":"not a JSON object"},"raw":"[1]"}"#),
    BadLine(
      name: "number with a leading zero", line: Array(#"{"a":01}"#.utf8),
      output: #"{"error":{"stage":"hg-strip","kind":"bad_input","line":2,"#
        + #""message":"not JSON: a number is malformed (byte 6)"},"raw":"{\"a\":01}"}"#),
    BadLine(
      name: "half a surrogate pair", line: Array(#"{"a":"\ud800"}"#.utf8),
      output: #"{"error":{"stage":"hg-strip","kind":"bad_input","line":2,"#
        + #""message":"not JSON: a string holds half of a surrogate pair (byte 7)"},"raw":"{\"a\":\"\\ud800\"}"}"#),
    BadLine(
      name: "not UTF-8", line: [0x7B, 0xFF, 0x7D],
      output: #"{"error":{"stage":"hg-strip","kind":"bad_input","line":2,"#
        + #""message":"not JSON: it is not UTF-8"},"raw_base64":"e/99"}"#),
  ]

  @Test(arguments: badLines)
  func turnsABadLineIntoAnErrorRecordAndGoesOn(bad: BadLine) throws {
    let input = Array("{\"a\":1}\n".utf8) + bad.line + Array("\n{\"b\":2}\n".utf8)
    let result = try TestFolder().run("hg-strip", stdin: input)
    #expect(result.lines == ["{\"a\":1}", bad.output, "{\"b\":2}"], "\(result)")
    #expect(result.status == 1, "\(result)")
    #expect(result.errors.hasPrefix("hg-strip: stdin:2: not "), "\(result)")
  }

  @Test func aLineLongerThanTheLimitIsAnErrorAndTheNextOneIsRead() throws {
    let long = "{\"a\":\"" + String(repeating: "x", count: 300_000) + "\"}"
    let result = try TestFolder().run(
      "hg-strip", ["--max-line", "100K"], text: "\(long)\n{\"b\":2}\n\(long)")
    #expect(result.lines.count == 3 && result.lines[1] == "{\"b\":2}", "\(result)")
    #expect(
      result.lines[0]
        == #"{"error":{"stage":"hg-strip","kind":"line_too_long","line":1,"#
        + #""message":"the line has 300008 bytes, more than --max-line 100KiB"}}"#, "\(result)")
    #expect(result.lines[2].contains("\"line\":3") && result.status == 1, "\(result)")
  }

  @Test func linesLongerThanEveryBufferComeThrough() throws {
    let line = "{\"a\":\"" + String(repeating: "é", count: 3_000_000) + "\"}"
    let result = try TestFolder().run("hg-strip", text: "\(line)\n\(line)\n{}\n")
    #expect(result.text == "\(line)\n\(line)\n{}\n")
  }

  @Test func recordsThatFailedBeforeGoPastUntouched() throws {
    let line = #"{"error":{"stage":"hg-complete","kind":"http"},"text":"a\n{\"status\":1,\"phase\":2}"}"#
    let result = try TestFolder().run("hg-strip", text: line + "\n")
    #expect(result.text == line + "\n" && result.status == 0, "\(result)")
  }

  @Test func textOutputPrintsTextsAndTellsOfFailures() throws {
    let input = #"""
      {"text":"one"}
      {"text":"two\n"}
      {"error":{"stage":"hg-complete","kind":"http","message":"the server said no"}}

      """#
    let result = try TestFolder().run("hg-strip", ["--out", "text"], text: input)
    #expect(result.text == "one\ntwo\n", "\(result)")
    #expect(result.errors == "hg-strip: stdin:3: hg-complete: the server said no\n", "\(result)")
    #expect(result.status == 1, "\(result)")
  }

  @Test func eachRecordOfATricklingPipeComesOutAtOnce() throws {
    // The writer sends the second record only after it has read the first one back: with a filter that waits for
    // more input before it writes, this never ends.
    let script = """
      mkfifo in out
      hg-strip < in > out &
      exec 3> in 4< out
      echo '{"n":1}' >&3
      read -t 20 -r first <&4
      echo '{"n":2}' >&3
      read -t 20 -r second <&4
      exec 3>&-
      wait
      echo "$first $second"
      """
    let result = try TestFolder().shell(script)
    #expect(result.text == "{\"n\":1} {\"n\":2}\n", "\(result)")
  }

  @Test func aBulkPipeGetsLargeWrites() throws {
    let folder = try TestFolder()
    try folder.write("in", text: String(repeating: "{\"n\":1}\n", count: 50_000))
    let result = try folder.shell("strace -f -qq -e trace=write -o trace hg-strip < in > out; grep -c 'write(1' trace")
    let writes = try #require(Int(result.text.trimmingPrefix(" ").prefix { $0.isNumber }), "\(result)")
    #expect(writes <= 8, "\(result)")
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    let result = try TestFolder().shell(
      "seq 200000 | sed 's/.*/{\"a\":1}/' > in; hg-strip < in | head -1; echo ${PIPESTATUS[0]}")
    #expect(result.text == "{\"a\":1}\n0\n" && result.errors.isEmpty, "\(result)")
  }

  @Test func aFullDiskOnStdoutIsAnError() throws {
    for program in ["hg-strip < in", "hg-strip --help", "hg-strip --version"] {
      let result = try TestFolder().shell("echo '{}' > in; \(program) > /dev/full || echo $?")
      #expect(result.text == "74\n", "\(result)")
      #expect(result.errors == "hg-strip: stdout: No space left on device\n", "\(result)")
    }
  }

  @Test func aStdinThatCannotBeReadIsAnError() throws {
    let result = try TestFolder().shell("hg-strip < . || echo $?")
    #expect(result.text == "74\n" && result.errors == "hg-strip: stdin: Is a directory\n", "\(result)")
  }

  @Test(arguments: ["hg-strip"])
  func aTerminalOnStdinIsWrongUsage(program: String) throws {
    let result = try TestFolder().shell("script -qec 'stty -echo; \(program); echo status=$?' /dev/null < /dev/null")
    #expect(result.text.contains("status=64") && result.text.contains("stdin is a terminal"), "\(result)")
  }

  @Test func shortAndInterruptedReadsAndWritesLoseNothing() throws {
    // A pipe of one page, written and read in pieces of odd sizes.
    let folder = try TestFolder()
    let lines = (0..<2000).map { "{\"n\":\($0),\"pad\":\"\(String(repeating: "x", count: $0 % 97))\"}\n" }.joined()
    try folder.write("in", text: lines)
    let result = try folder.shell(
      "dd if=in bs=977 2>/dev/null | hg-strip | dd bs=613 2>/dev/null | cmp - in && echo same")
    #expect(result.text == "same\n", "\(result)")
  }
}
