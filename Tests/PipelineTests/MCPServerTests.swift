import Foundation
import TestSupport
import Testing

/// hg-mcp as any client sees it: lines in, lines out.
@Suite struct MCPServerTests {
  static let tools = """
    {"tools":[
      {"name":"echo","description":"d","inputSchema":{"type":"object","properties":{"a":{"type":"string"},"n":{"type":"integer"},
        "l":{"type":"array","items":{"type":"string"}}},"required":["a"],"additionalProperties":false},"command":["cat"]},
      {"name":"slow","description":"d","inputSchema":{"type":"object"},"command":["sh","-c","echo $$ >>started; sleep 300 | cat"]},
      {"name":"fails","description":"d","inputSchema":{"type":"object"},"command":["sh","-c","echo one >&2; echo two >&2; exit 3"]},
      {"name":"dies","description":"d","inputSchema":{"type":"object"},"command":["sh","-c","kill -KILL $$"]},
      {"name":"says","description":"d","inputSchema":{"type":"object"},"command":["printf","plain \\\\303\\\\244 text\\n"]},
      {"name":"floods","description":"d","inputSchema":{"type":"object"},"command":["sh","-c","exec cat /dev/zero"]},
      {"name":"stubborn","description":"d","inputSchema":{"type":"object"},"command":["sh","-c","trap '' TERM; echo $$ >started; while :; do :; done"]},
      {"name":"local","description":"d","inputSchema":{"type":"object"},"command":["./here"]},
      {"name":"lacks","description":"d","inputSchema":{"type":"object"},"command":["/no/such/program"]}]}
    """

  static func serve(_ lines: [String], _ options: [String] = []) throws -> CommandResult {
    let folder = try TestFolder()
    try folder.write("t/tools.json", text: tools)
    try folder.write("t/here", text: "#!/bin/sh\necho '{\"here\": true}'\n")
    _ = try folder.shell("chmod +x t/here")
    return try folder.run("hg-mcp", ["t/tools.json"] + options, text: lines.map { $0 + "\n" }.joined())
  }

  static func call(_ tool: String, _ arguments: String = "{}", id: String = "1") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#
  }

  static func text(_ text: String, isError: Bool = false) -> String {
    #"{"content":[{"type":"text","text":"\#(text)"}],"isError":\#(isError)}"#
  }

  struct Exchange: Sendable, CustomTestStringConvertible {
    let name: String
    let line: String
    let answer: String
    var testDescription: String { name }
  }

  static func error(_ code: Int, _ message: String, id: String = "1") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":"\#(message)"}}"#
  }

  static func result(_ body: String, id: String = "1") -> String { #"{"jsonrpc":"2.0","id":\#(id),"result":\#(body)}"# }

  static let exchanges = [
    Exchange(name: "ping", line: #"{"jsonrpc":"2.0","id":"p","method":"ping"}"#, answer: result("{}", id: "\"p\"")),
    Exchange(
      name: "an older version is kept",
      line: #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}"#,
      answer: result(
        #"{"protocolVersion":"2024-11-05","capabilities":{"tools":{"listChanged":false}},"serverInfo":{"name":"hg-mcp","version":"0.1.0"}}"#
      )),
    Exchange(
      name: "an unknown version is answered with ours",
      line: #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2099-01-01"}}"#,
      answer: result(
        #"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":false}},"serverInfo":{"name":"hg-mcp","version":"0.1.0"}}"#
      )),
    Exchange(
      name: "not JSON", line: "{", answer: error(-32700, "not JSON: it ends too early (byte 2)", id: "null")),
    Exchange(name: "a batch", line: "[]", answer: error(-32600, "not a JSON-RPC 2.0 request", id: "null")),
    Exchange(
      name: "no version", line: #"{"id":1,"method":"ping"}"#,
      answer: error(-32600, "not a JSON-RPC 2.0 request", id: "null")),
    Exchange(
      name: "id of a wrong kind", line: #"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#,
      answer: error(-32600, "'id' is neither a string nor a number", id: "null")),
    Exchange(
      name: "unknown method", line: #"{"jsonrpc":"2.0","id":1,"method":"x"}"#, answer: error(-32601, "no method 'x'")),
    Exchange(name: "unknown tool", line: call("x"), answer: error(-32602, "no tool 'x'")),
    Exchange(
      name: "arguments of a wrong kind", line: call("echo", "[]"), answer: error(-32602, "'arguments' is not an object")
    ),
    Exchange(
      name: "missing argument", line: call("echo"), answer: result(text("echo: 'a' is required", isError: true))),
    Exchange(
      name: "null argument", line: call("echo", #"{"a":null}"#),
      answer: result(text("echo: 'a' is required", isError: true))),
    Exchange(
      name: "wrong type", line: call("echo", #"{"a":1}"#),
      answer: result(text("echo: 'a' is not of type string", isError: true))),
    Exchange(
      name: "wrong number", line: call("echo", #"{"a":"","n":1.5}"#),
      answer: result(text("echo: 'n' is not of type integer", isError: true))),
    Exchange(
      name: "wrong element", line: call("echo", #"{"a":"","l":[1]}"#),
      answer: result(text("echo: 'l' holds something that is not of type string", isError: true))),
    Exchange(
      name: "unknown argument", line: call("echo", #"{"a":"","z":1}"#),
      answer: result(text("echo: there is no argument 'z', only: a, l, n", isError: true))),
    Exchange(name: "failure", line: call("fails"), answer: result(text("one\\ntwo", isError: true))),
    Exchange(name: "death", line: call("dies"), answer: result(text("the tool ended with status 137", isError: true))),
    Exchange(name: "plain text", line: call("says"), answer: result(text("plain ä text"))),
    Exchange(
      name: "a program beside the file", line: call("local"),
      answer: result(
        #"{"content":[{"type":"text","text":"{\"here\": true}"}],"structuredContent":{"here":true},"isError":false}"#)),
    Exchange(
      name: "no program", line: call("lacks"),
      answer: result(text("lacks: cannot run /no/such/program: No such file or directory", isError: true))),
    Exchange(
      name: "hostile arguments", line: call("echo", #"{"a":"$(id) `id`; \u0000 \" --help"}"#),
      answer: result(
        #"{"content":[{"type":"text","text":"{\"a\":\"$(id) `id`; \\u0000 \\\" --help\"}"}],"structuredContent":{"a":"$(id) `id`; \u0000 \" --help"},"isError":false}"#
      )),
  ]

  @Test(arguments: exchanges)
  func answers(exchange: Exchange) throws {
    let result = try Self.serve([exchange.line])
    #expect(result.text == exchange.answer + "\n" && result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  @Test func notificationsAndAnswersGetNone() throws {
    let result = try Self.serve([
      #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, #"{"jsonrpc":"2.0","id":1,"result":{}}"#, "",
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
    ])
    #expect(result.output.isEmpty && result.status == 0, "\(result)")
  }

  @Test func callsRunAtTheSameTimeAndACancelledOneIsStopped() throws {
    // Without concurrency the second would wait for the first, and without cancelling the run would take 300 s.
    let result = try Self.serve([
      Self.call("slow", id: "1"), Self.call("says", id: "2"),
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
    ])
    #expect(result.text == Self.result(Self.text("plain ä text"), id: "2") + "\n", "\(result)")
  }

  @Test func aToolThatIgnoresTheSignalIsKilled() throws {
    let folder = try TestFolder()
    try folder.write("t/tools.json", text: Self.tools)
    let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
    let result = try folder.shell(
      """
      { echo '\(Self.call("stubborn"))'; until [ -s started ]; do :; done; echo '\(cancel)'; } | hg-mcp t/tools.json
      ! kill -0 "$(cat started)"
      """)
    #expect(result.status == 0 && result.output.isEmpty, "\(result)")
  }

  @Test func aCallThatWaitsCanBeCancelled() throws {
    let result = try Self.serve(
      [
        Self.call("says", id: "1"), Self.call("says", id: "2"),
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#,
      ], ["-j", "1"])
    #expect(result.text == Self.result(Self.text("plain ä text"), id: "1") + "\n", "\(result)")
  }

  @Test func anIdInUseIsRefused() throws {
    let result = try Self.serve([
      Self.call("slow", id: "1"), Self.call("says", id: "1"),
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
    ])
    #expect(result.text == Self.error(-32600, "this 'id' is in use") + "\n", "\(result)")
  }

  @Test func bigArgumentsArriveWhole() throws {
    let big = String(repeating: "ä", count: 2 << 20)
    let result = try Self.serve([Self.call("echo", #"{"a":"\#(big)"}"#)])
    let answer = try object(result.text)["result"] as? [String: Any]
    #expect((answer?["structuredContent"] as? [String: String])?["a"]?.count == 2 << 20, "\(result.status)")
  }

  @Test func whatIsTooLongIsRefused() throws {
    let result = try Self.serve(
      [Self.call("floods", id: "1"), Self.call("echo", #"{"a":"\#(String(repeating: "x", count: 2000))"}"#, id: "2")],
      ["--max-line", "1K"])
    #expect(
      Set(result.lines) == [
        Self.error(-32600, "longer than 1024 bytes", id: "null"),
        Self.result(Self.text("the answer is longer than 1024 bytes", isError: true)),
      ], "\(result)")
  }

  @Test(arguments: ["slow", "stubborn"])
  func aSignalStopsTheToolsToo(tool: String) throws {
    let folder = try TestFolder()
    try folder.write("t/tools.json", text: Self.tools)
    let result = try folder.shell(
      """
      mkfifo in
      hg-mcp t/tools.json < in & server=$!
      exec 8> in
      echo '\(Self.call(tool))' >&8
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
    try folder.write("t/tools.json", text: Self.tools)
    let result = try folder.shell(
      """
      mkfifo in out
      (trap '' HUP; exec hg-mcp t/tools.json < in > out) & server=$!
      exec 8> in 9< out
      echo '\(Self.call("says", id: "1"))' >&8
      read -r first <&9
      kill -HUP $server
      echo '\(Self.call("says", id: "2"))' >&8
      read -r second <&9
      exec 8>&-
      wait $server
      echo "$second"
      """)
    #expect(result.text == Self.result(Self.text("plain ä text"), id: "2") + "\n", "\(result)")
  }

  struct BadCatalogue: Sendable {
    let text: String?
    let status: Int32
    let message: String
  }

  static let badCatalogues = [
    BadCatalogue(text: nil, status: 66, message: "tools.json: No such file or directory"),
    BadCatalogue(text: "{", status: 78, message: "tools.json: not JSON"),
    BadCatalogue(text: "{}", status: 78, message: "tools.json: no array 'tools'"),
    BadCatalogue(text: #"{"tools":[{}]}"#, status: 78, message: "a tool has no 'name'"),
    BadCatalogue(text: #"{"tools":[{"name":"a"}]}"#, status: 78, message: "a: 'command' is not an array of strings"),
    BadCatalogue(text: #"{"tools":[{"name":"a","command":["x"]}]}"#, status: 78, message: "a: no object 'inputSchema'"),
    BadCatalogue(
      text: #"{"tools":[{"name":"a","command":["x"],"inputSchema":{}},{"name":"a","command":["x"],"inputSchema":{}}]}"#,
      status: 78, message: "two tools are called 'a'"),
  ]

  @Test(arguments: badCatalogues)
  func saysWhatIsWrongWithTheTools(bad: BadCatalogue) throws {
    let folder = try TestFolder()
    if let text = bad.text { try folder.write("tools.json", text: text) }
    let result = try folder.run("hg-mcp", ["tools.json"])
    #expect(result.status == bad.status && result.errors.contains(bad.message), "\(result)")
  }
}
