import TestSupport
import Testing

/// What all filters do alike, on a program that changes nothing here: hg-strip.
@Suite struct FilterLoopTests {
  /// How many threads share the work: what comes out must not depend on it.
  static let threads = ["1", "3"]

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

  @Test(arguments: awkward, threads)
  func passesRecordsThroughByteForByte(line: String, threads: String) throws {
    let result = try TestFolder().run("hg-strip", ["-j", threads], text: line + "\n")
    #expect(result.text == line + "\n", "\(result)")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  @Test(arguments: threads)
  func readsLineEndsBlankLinesAndAByteOrderMark(threads: String) throws {
    let result = try TestFolder().run(
      "hg-strip", ["-j", threads], text: "\u{FEFF}{\"a\":1}\r\n\n \t\r\n{\"b\":2}\n{\"c\":3}")
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

  @Test(arguments: badLines, threads)
  func turnsABadLineIntoAnErrorRecordAndGoesOn(bad: BadLine, threads: String) throws {
    let input = Array("{\"a\":1}\n".utf8) + bad.line + Array("\n{\"b\":2}\n".utf8)
    let result = try TestFolder().run("hg-strip", ["-j", threads], stdin: input)
    #expect(result.lines == ["{\"a\":1}", bad.output, "{\"b\":2}"], "\(result)")
    #expect(result.status == 1, "\(result)")
    #expect(result.errors.hasPrefix("hg-strip: stdin:2: not "), "\(result)")
  }

  @Test(arguments: threads)
  func aLineLongerThanTheLimitIsAnErrorAndTheNextOneIsRead(threads: String) throws {
    let long = "{\"a\":\"" + String(repeating: "x", count: 300_000) + "\"}"
    let result = try TestFolder().run(
      "hg-strip", ["--max-line", "100K", "-j", threads], text: "\(long)\n{\"b\":2}\n\(long)")
    #expect(result.lines.count == 3 && result.lines[1] == "{\"b\":2}", "\(result)")
    #expect(
      result.lines[0]
        == #"{"error":{"stage":"hg-strip","kind":"line_too_long","line":1,"#
        + #""message":"the line has 300008 bytes, more than --max-line 100KiB"}}"#, "\(result)")
    #expect(result.lines[2].contains("\"line\":3") && result.status == 1, "\(result)")
  }

  @Test(arguments: threads)
  func linesLongerThanEveryBufferComeThrough(threads: String) throws {
    let line = "{\"a\":\"" + String(repeating: "é", count: 3_000_000) + "\"}"
    let result = try TestFolder().run("hg-strip", ["-j", threads], text: "\(line)\n\(line)\n{}\n")
    #expect(result.text == "\(line)\n\(line)\n{}\n")
  }

  @Test func recordsThatFailedBeforeGoPastUntouched() throws {
    let line = #"{"error":{"stage":"hg-complete","kind":"http"},"text":"a\n{\"status\":1,\"phase\":2}"}"#
    let result = try TestFolder().run("hg-strip", text: line + "\n")
    #expect(result.text == line + "\n" && result.status == 0, "\(result)")
  }

  @Test(arguments: threads)
  func textOutputPrintsTextsAndTellsOfFailures(threads: String) throws {
    let input = #"""
      {"text":"one"}
      {"text":"two\n"}
      {"error":{"stage":"hg-complete","kind":"http","message":"the server said no"}}

      """#
    let result = try TestFolder().run("hg-strip", ["--out", "text", "-j", threads], text: input)
    #expect(result.text == "one\ntwo\n", "\(result)")
    #expect(result.errors == "hg-strip: stdin:3: hg-complete: the server said no\n", "\(result)")
    #expect(result.status == 1, "\(result)")
  }

  @Test(arguments: threads)
  func eachRecordOfATricklingPipeComesOutAtOnce(threads: String) throws {
    // The writer sends the second record only after it has read the first one back: with a filter that waits for
    // more input before it writes, this never ends.
    let script = """
      mkfifo in out
      hg-strip -j \(threads) < in > out &
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

  @Test(arguments: threads)
  func aReaderThatGoesAwayIsNoError(threads: String) throws {
    let result = try TestFolder().shell(
      "seq 200000 | sed 's/.*/{\"a\":1}/' > in; hg-strip -j \(threads) < in | head -1; echo ${PIPESTATUS[0]}")
    #expect(result.text == "{\"a\":1}\n0\n" && result.errors.isEmpty, "\(result)")
  }

  @Test func aFullDiskOnStdoutIsAnError() throws {
    for program in ["hg-strip < in", "hg-strip -j 3 < in", "hg-strip --help", "hg-strip --version"] {
      let result = try TestFolder().shell("echo '{}' > in; \(program) > /dev/full || echo $?")
      #expect(result.text == "74\n", "\(result)")
      #expect(result.errors == "hg-strip: stdout: No space left on device\n", "\(result)")
    }
  }

  @Test(arguments: threads)
  func aStdinThatCannotBeReadIsAnError(threads: String) throws {
    let result = try TestFolder().shell("hg-strip -j \(threads) < . || echo $?")
    #expect(result.text == "74\n" && result.errors == "hg-strip: stdin: Is a directory\n", "\(result)")
  }

  @Test(arguments: [
    "hg-strip", "hg-strip -j 3", "hg-route", "hg-log", "hg-brain context", "hg-mcp tools.json",
    "hg-complete --base-url http://127.0.0.1:9",
  ])
  func aClosedStdinIsAnError(program: String) throws {
    let folder = try TestFolder()
    try folder.write("tools.json", text: #"{"tools":[]}"#)
    try folder.write("brain/knowledge/a.md", text: "A note.")
    let result = try folder.shell("timeout 20 \(program) <&- || echo $?")
    #expect(result.text == "74\n" && result.errors.contains("stdin: Bad file descriptor"), "\(result)")
  }

  @Test(arguments: ["hg-strip", "hg-strip -j 3"])
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

  @Test(arguments: threads)
  func whatWasReadBeforeAnInputBreaksOffComesOut(threads: String) throws {
    // A connection that was reset before anything was read of it: two records, then ECONNRESET, at once.
    let script = """
      cat > reset.py <<'END'
      import socket, struct, subprocess, sys
      server = socket.create_server(("127.0.0.1", 0))
      client = socket.create_connection(server.getsockname())
      other, _ = server.accept()
      other.sendall(b'{"n":1}\\n{"n":2}\\n')
      other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
      other.close()
      filter = subprocess.run(["hg-strip", "-j", sys.argv[1]], stdin=client, stdout=subprocess.PIPE)
      print(filter.stdout.decode().split(), filter.returncode)
      END
      python3 reset.py \(threads)
      """
    let result = try TestFolder().shell(script)
    #expect(result.text == #"['{"n":1}', '{"n":2}'] 74"# + "\n", "\(result)")
    #expect(result.errors == "hg-strip: stdin: Connection reset by peer\n", "\(result)")
  }

  @Test func threadsThatStillWorkDoNotDisturbTheEnd() throws {
    // The libraries' destructors ran while other threads parsed: once in some hundred runs "pure virtual method called".
    let script = """
      seq 40000 | sed 's/.*/{"text":"Done. 01234567890123456789012345678901234567890123456789"}/' > in
      for turn in $(seq 60); do
        status=0; hg-strip -j $((turn % 7 + 2)) < in > /dev/full || status=$?
        [ $status = 74 ] || echo "status $status"
      done
      """
    let result = try TestFolder().shell(script)
    #expect(result.text.isEmpty, "\(result)")
    let lines = Set(result.errors.split(separator: "\n"))
    #expect(lines == ["hg-strip: stdout: No space left on device"], "\(result)")
  }

  @Test func threadsWriteWhatOneThreadDoes() throws {
    // Megabytes of records of all kinds and sizes, lines that are none among them: the same bytes, messages and status.
    let folder = try TestFolder()
    var json = RandomJSON(seed: 11)
    var input = ""
    while input.utf8.count < 3_000_000 {
      switch json.generator.below(12) {
      case 0: input += "{\"n\":1,}\n"
      case 1: input += "{\"text\":\"\(String(repeating: "x", count: json.generator.below(60_000)))\"}\r\n"
      case 2: input += "{\"text\":\"Done.\\n{\\\"status\\\":\\\"ok\\\",\\\"phase\\\":1}\"}\n"
      case 3: input += "\n"
      default: input += json.object() + "\n"
      }
    }
    try folder.write("in", text: input)
    for options in ["", "--out text", "--extract --max-line 20K"] {
      let script = """
        status() { "$@" && echo 0 || echo $?; }
        status hg-strip \(options) < in > one 2> one.errors
        for threads in 2 5; do
          status hg-strip -j $threads \(options) < in > more 2> more.errors
          cmp one more && diff one.errors more.errors
          cat in | status hg-strip -j $threads \(options) > more 2> more.errors
          cmp one more && diff one.errors more.errors
        done
        wc -l < one.errors; tail -1 one
        """
      let result = try folder.shell(script)
      #expect(result.lines == ["11", "1"] && result.status == 0, "\(options): \(result)")
    }
  }

  @Test func threadsHoldLittleMoreThanWhatTheyWorkOn() throws {
    let script = """
      cat > peak.py <<'END'
      import resource, subprocess
      subprocess.run(["hg-strip", "-j", "4"], check=True)
      print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open("peak", "w"))
      END
      seq 1000000 | sed 's/.*/{"text":"0123456789012345678901234567890123456789"}/' | python3 peak.py | tail -1
      cat peak
      """
    let result = try TestFolder().shell(script)
    #expect(result.lines.first == "{\"text\":\"0123456789012345678901234567890123456789\"}", "\(result)")
    let kibibytes = try #require(result.lines.last.flatMap(Int.init), "\(result)")
    #expect(kibibytes < 40_000, "\(result)")
  }
}
