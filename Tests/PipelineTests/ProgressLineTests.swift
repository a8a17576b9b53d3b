import Foundation
import TestSupport
import Testing

/// The progress line on a real terminal. The server answers when the line has been seen: nothing here depends on time.
@Suite struct ProgressLineTests {
  /// The line of another run, on a terminal of its own, whose stdout is a file: it says that time enough has passed.
  private static let watch = "echo other | hg-complete --in text --base-url $URL > other.ndjson"

  /// A server that answers when a file holds a progress line, which `script` writes as it comes.
  private static func server(_ folder: TestFolder, waitsFor file: String) throws -> ScriptedServer {
    try ScriptedServer { request, connection in
      let waited = request.text.contains("other") ? "first.done" : file
      while true {
        let seen = (try? folder.read(waited)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        if waited == "first.done" ? !seen.isEmpty : seen.contains("1 in flight") { break }
        sched_yield()
      }
      connection.answer("hello")
    }
  }

  /// Runs a command on a terminal, beside one that shows a line on another.
  private static func run(_ command: String, term: String = "xterm") throws -> (shown: String, other: String) {
    let folder = try TestFolder()
    let server = try server(folder, waitsFor: "other")
    try folder.write("first.sh", text: "stty -echo -onlcr; \(command)\n")
    try folder.write("other.sh", text: "stty -echo -onlcr; \(watch)\n")
    let result = try folder.shell(
      """
      TERM=\(term) script -qefc 'bash first.sh' /dev/null < /dev/null > first &
      first=$!
      script -qefc 'bash other.sh' /dev/null < /dev/null > other &
      other=$!
      wait $first; echo done > first.done; wait $other
      """, environment: ["URL": server.url, "TERM": "xterm"])
    #expect(result.status == 0, "\(result)")
    return (
      String(decoding: try folder.read("first"), as: UTF8.self),
      String(decoding: try folder.read("other"), as: UTF8.self)
    )
  }

  @Test(arguments: [
    ("echo hi | hg-complete --in text --out text --base-url $URL", "xterm", "hello\n"),
    // One terminal by two names.
    ("echo hi | hg-complete --in text --out text --base-url $URL > /dev/tty", "xterm", "hello\n"),
    ("echo hi | hg-complete --in text --progress none --base-url $URL > f", "xterm", ""),
    ("echo hi | hg-complete --in text --base-url $URL > f", "dumb", ""),
    ("echo hi | hg-complete --in text --base-url $URL 2>&1 > f | cat", "xterm", ""),
  ])
  func aNewcomersAnswerStandsAloneWhereNoLineBelongs(command: String, term: String, expected: String) throws {
    let (shown, other) = try Self.run(command, term: term)
    #expect(shown == expected && other.contains("1 in flight"))
  }

  @Test func theLineIsWipedBeforeAnotherProgramOfThePipelinePrints() throws {
    let folder = try TestFolder()
    let server = try Self.server(folder, waitsFor: "first")
    try folder.write(
      "first.sh", text: "stty -echo -onlcr; echo hi | hg-complete --in text --base-url $URL | hg-strip --out text\n")
    _ = try folder.shell(
      "script -qefc 'bash first.sh' /dev/null < /dev/null > first", environment: ["URL": server.url, "TERM": "xterm"])
    let shown = String(decoding: try folder.read("first"), as: UTF8.self)
    #expect(shown.contains("0 done, 0 failed, 1 in flight") && shown.hasSuffix("\r\u{1B}[Khello\n"), "\(shown)")
  }

  @Test func aMessageTakesThePlaceOfTheLine() throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { request, connection in
      while (try? folder.read("first")).map({ String(decoding: $0, as: UTF8.self).contains("1 in flight") }) != true {
        sched_yield()
      }
      connection.respond(400, #"{"error":{"message":"no such\u001b[2J\nthing"}}"#)
    }
    try folder.write("first.sh", text: "stty -echo -onlcr; echo hi | hg-complete --in text --base-url $URL > f\n")
    let result = try folder.shell(
      "script -qefc 'bash first.sh' /dev/null < /dev/null > first || echo $?",
      environment: ["URL": server.url, "TERM": "xterm"])
    let shown = String(decoding: try folder.read("first"), as: UTF8.self)
    #expect(result.text == "1\n" && shown.contains("\r\u{1B}[Khg-complete: "), "\(shown)")
    #expect(shown.contains(#"no such\u001b[2J"#) && shown.hasSuffix("\n"), "\(shown)")
    #expect(shown.filter { $0 == "\n" }.count == 1, "\(shown)")
  }
}
