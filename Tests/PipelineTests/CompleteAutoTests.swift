import Foundation
import TestSupport
import Testing

/// `-j auto` against the mock of bench/complete, which takes a time for each answer and has a limit: by what it counted.
@Suite("hg-complete -j auto")
struct CompleteAutoTests {
  private static func tasks(_ count: Int) -> String {
    (0..<count).map { #"{"id":\#($0),"user":"task \#($0)","model":"m"}"# + "\n" }.joined()
  }

  @Test("finds a server's limit with few refusals, and keeps the order")
  func limit() throws {
    let folder = try TestFolder()
    try folder.write("tasks", text: Self.tasks(1200))
    // The mock says what it counted when it ends.
    let result = try folder.shell(
      """
      cc -O1 -w -o mock \(sourceRoot)/bench/complete/mockllm.c
      port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
      ./mock --port $port --delay-ms 40 --jitter 20 --max-inflight 16 > stats & mock=$!
      trap 'kill $mock' EXIT
      until hg-complete --health --base-url http://127.0.0.1:$port > health 2> /dev/null; do :; done
      hg-complete -j auto --progress json --retry-base 0.05 --base-url http://127.0.0.1:$port < tasks > out 2> progress
      kill -INT $mock; wait $mock || true
      trap - EXIT
      tail -1 progress; tail -1 stats; jq -s 'map(.id) == [range(1200)] and all(.text != null)' out
      """)
    #expect(result.status == 0 && result.lines.count == 3, "\(result)")
    let progress = try CompleteTests.object(result.lines[0])
    #expect((12...18).contains(progress["concurrency"] as? Int ?? 0), "\(result)")
    let counts = try CompleteTests.object(result.lines[1])
    #expect(counts["ok"] as? Int ?? 0 >= 1200, "\(result)")
    #expect(counts["s429"] as? Int ?? 99 <= 32, "\(result)")
    #expect((16...33).contains(counts["inflight_max"] as? Int ?? 0), "\(result)")
    #expect(result.lines[2] == "true")
  }

  @Test("one that refuses a rate is asked after its Retry-After, as with a number")
  func rate() throws {
    let server = try ScriptedServer { request, connection in
      guard request.number % 4 != 3 else {
        return connection.respond(429, #"{"error":{"message":"slow down"}}"#, headers: ["Retry-After: 0"])
      }
      connection.answer("ok")
    }
    let result = try CompleteTests.run(server, ["-j", "auto", "--retries", "20", "--retry-base", "0"], Self.tasks(60))
    #expect(result.status == 0 && result.lines.count == 60, "\(result)")
  }

  @Test("it is auto or a number", arguments: ["", "AUTO", "auto8", "0", "1.5", "1e9", "nan"])
  func wrong(_ value: String) throws {
    let result = try TestFolder().run("hg-complete", ["-j", value], text: "")
    #expect(result.status == 64, "\(result)")
    #expect(result.errors.contains("allowed is a whole number from 1 to 10000, or auto"), "\(result)")
  }

  @Test("fewer descriptors than it may use are no reason for a message")
  func descriptors() throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let folder = try TestFolder()
    try folder.write("tasks", text: Self.tasks(100))
    let result = try folder.shell(
      "ulimit -n 60; hg-complete -j auto --base-url \(server.url) < tasks > out; wc -l < out")
    #expect(result.status == 0 && result.lines == ["100"] && result.errors.isEmpty, "\(result)")
    #expect(server.openAtMost <= 60)
  }
}
