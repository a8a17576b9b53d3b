import Foundation
import TestSupport
import Testing

/// hg-mcp's tools as processes: side by side, cancelled, too long, left behind, ended by signals.
@Suite struct MCPToolTests {
  /// Its left-over child holds the pipe open for as long as it runs: a minute, or for ever.
  @Test(arguments: [
    "setsid sleep 60 & echo $! >>left; echo started", "sleep 60 & echo $! >>left; echo started",
    "(while sleep 0.02; do echo noise; done) & echo $! >>left; echo started",
  ])
  func aLeftOverChildDoesNotHoldTheSlot(script: String) throws {
    let folder = try TestFolder()
    let tools = [
      "tools": [
        ["name": "leaves", "description": "d", "inputSchema": ["type": "object"], "command": ["sh", "-c", script]]
      ]
    ]
    try folder.write("tools.json", try JSONSerialization.data(withJSONObject: tools))
    let lines = [MCPServerTests.call("leaves", id: "1"), MCPServerTests.call("leaves", id: "2")].map { $0 + "\n" }
      .joined()
    let result = try folder.shell("timeout 50 hg-mcp -j1 tools.json; kill -KILL $(cat left)", text: lines)
    #expect(result.status == 0 && result.lines.count == 2, "\(result)")
    #expect(result.lines.allSatisfy { $0.contains(#""text":"started"#) && $0.contains(#""isError":false"#) })
  }

  @Test func cancellingACallFreesItsSlotWhateverItLeavesBehind() throws {
    let folder = try TestFolder()
    let tools =
      #"{"tools":[{"name":"leaves","description":"d","inputSchema":{},"command":["sh","-c","setsid sleep 60 & echo $! >left; touch ready; sleep 300"]},{"name":"says","description":"d","inputSchema":{},"command":["echo","x"]}]}"#
    try folder.write("tools.json", text: tools)
    let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
    let result = try folder.shell(
      """
      { echo '\(MCPServerTests.call("leaves", id: "1"))'; until [ -e ready ]; do :; done
        echo '\(cancel)'; echo '\(MCPServerTests.call("says", id: "2"))'; } | timeout 50 hg-mcp -j1 tools.json
      kill $(cat left)
      """)
    #expect(result.text == MCPServerTests.result(MCPServerTests.text("x"), id: "2") + "\n", "\(result)")
  }

  @Test func aParentThatIgnoresSIGCHLDDoesNotMakeAFailureASuccess() throws {
    let folder = try TestFolder()
    try folder.write(
      "tools.json", text: #"{"tools":[{"name":"a","description":"d","inputSchema":{},"command":["sh","-c","exit 3"]}]}"#
    )
    let result = try folder.shell("(trap '' CHLD; echo '\(MCPServerTests.call("a"))' | exec hg-mcp tools.json)")
    #expect(
      result.text == MCPServerTests.result(MCPServerTests.text("the tool ended with status 3", isError: true)) + "\n",
      "\(result)")
  }

  @Test func callsRunAtTheSameTimeAndACancelledOneIsStopped() throws {
    // Without concurrency the second would wait for the first, and without cancelling the run would take 300 s.
    let result = try MCPServerTests.serve([
      MCPServerTests.call("slow", id: "1"), MCPServerTests.call("says", id: "2"),
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
    ])
    #expect(result.text == MCPServerTests.result(MCPServerTests.text("plain ä text"), id: "2") + "\n", "\(result)")
  }

  @Test func aToolThatIgnoresTheSignalIsKilled() throws {
    let folder = try TestFolder()
    try folder.write("t/tools.json", text: MCPServerTests.tools)
    let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
    let result = try folder.shell(
      """
      { echo '\(MCPServerTests.call("stubborn"))'; until [ -s started ]; do :; done; echo '\(cancel)'; } | hg-mcp t/tools.json
      ! kill -0 "$(cat started)"
      """)
    #expect(result.status == 0 && result.output.isEmpty, "\(result)")
  }

  @Test func aCallThatWaitsCanBeCancelled() throws {
    let result = try MCPServerTests.serve(
      [
        MCPServerTests.call("says", id: "1"), MCPServerTests.call("says", id: "2"),
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#,
      ], ["-j", "1"])
    #expect(result.text == MCPServerTests.result(MCPServerTests.text("plain ä text"), id: "1") + "\n", "\(result)")
  }

  @Test func bigArgumentsArriveWhole() throws {
    let big = String(repeating: "ä", count: 2 << 20)
    let result = try MCPServerTests.serve([MCPServerTests.call("echo", #"{"a":"\#(big)"}"#)])
    let answer = try object(result.text)["result"] as? [String: Any]
    #expect((answer?["structuredContent"] as? [String: String])?["a"]?.count == 2 << 20, "\(result.status)")
  }

  @Test func whatIsTooLongIsRefused() throws {
    let result = try MCPServerTests.serve(
      [
        MCPServerTests.call("floods", id: "1"),
        MCPServerTests.call("echo", #"{"a":"\#(String(repeating: "x", count: 2000))"}"#, id: "2"),
      ],
      ["--max-line", "1K"])
    #expect(
      Set(result.lines) == [
        MCPServerTests.error(-32600, "longer than 1024 bytes", id: "null"),
        MCPServerTests.result(MCPServerTests.text("the answer is longer than 1024 bytes", isError: true)),
      ], "\(result)")
  }

  @Test(arguments: ["slow", "stubborn"])
  func aSignalStopsTheToolsToo(tool: String) throws {
    let folder = try TestFolder()
    try folder.write("t/tools.json", text: MCPServerTests.tools)
    let result = try folder.shell(
      """
      mkfifo in
      hg-mcp t/tools.json < in & server=$!
      exec 8> in
      echo '\(MCPServerTests.call(tool))' >&8
      until [ -s started ]; do :; done
      group=$(cat started)
      kill -TERM $server; status=0; wait $server || status=$?
      while kill -0 -- -$group 2>/dev/null; do :; done
      echo $status
      """)
    #expect(result.text == "143\n", "\(result)")
  }

  @Test func startedWithNohupItOutlivesItsTerminal() throws {
    let folder = try TestFolder()
    try folder.write("t/tools.json", text: MCPServerTests.tools)
    let result = try folder.shell(
      """
      mkfifo in out
      (trap '' HUP; exec hg-mcp t/tools.json < in > out) & server=$!
      exec 8> in 9< out
      echo '\(MCPServerTests.call("says", id: "1"))' >&8
      read -r first <&9
      kill -HUP $server
      echo '\(MCPServerTests.call("says", id: "2"))' >&8
      read -r second <&9
      exec 8>&-
      wait $server
      echo "$second"
      """)
    #expect(result.text == MCPServerTests.result(MCPServerTests.text("plain ä text"), id: "2") + "\n", "\(result)")
  }
}
