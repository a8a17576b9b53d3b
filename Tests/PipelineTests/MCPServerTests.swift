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
    Exchange(name: "an empty batch", line: "[]", answer: error(-32600, "not a JSON-RPC 2.0 request", id: "null")),
    Exchange(
      name: "no version", line: #"{"id":1,"method":"ping"}"#, answer: error(-32600, "not a JSON-RPC 2.0 request")),
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
    Exchange(
      name: "arguments that are null", line: call("says", "null"), answer: result(text("plain ä text"))),
    Exchange(
      name: "no arguments", line: #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"says"}}"#,
      answer: result(text("plain ä text"))),
    Exchange(
      name: "a whole number with a point", line: call("echo", #"{"a":"","n":5.0}"#),
      answer: result(
        #"{"content":[{"type":"text","text":"{\"a\":\"\",\"n\":5.0}"}],"structuredContent":{"a":"","n":5.0},"isError":false}"#
      )),
    Exchange(
      name: "an optional argument that is null", line: call("echo", #"{"a":"","n":null}"#),
      answer: result(
        #"{"content":[{"type":"text","text":"{\"a\":\"\",\"n\":null}"}],"structuredContent":{"a":"","n":null},"isError":false}"#
      )),
    Exchange(
      name: "half a surrogate pair in the arguments", line: call("echo", #"{"a":"x\ud83d"}"#),
      answer: result(
        #"{"content":[{"type":"text","text":"{\"a\":\"x\\ufffd\"}"}],"structuredContent":{"a":"x\ufffd"},"isError":false}"#
      )),
    Exchange(
      name: "half a surrogate pair in the id", line: call("says", id: #""\ud83d""#),
      answer: result(text("plain ä text"), id: #""\ud83d""#)),
    Exchange(
      name: "a large id", line: call("says", id: "123456789012345678901234567890"),
      answer: result(text("plain ä text"), id: "123456789012345678901234567890")),
    Exchange(
      name: "an id with escapes", line: call("says", id: #""a\/\u00e9""#),
      answer: result(text("plain ä text"), id: #""a\/\u00e9""#)),
    Exchange(
      name: "an id that is null", line: call("says", id: "null"), answer: result(text("plain ä text"), id: "null")),
    Exchange(
      name: "params that are null", line: #"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#,
      answer: result("{}")),
    Exchange(
      name: "a method that is no text, with its id", line: #"{"jsonrpc":"2.0","id":7,"method":1}"#,
      answer: error(-32600, "no 'method'", id: "7")),
    Exchange(
      name: "a wrong version, with its id", line: #"{"jsonrpc":"1.0","id":"x","method":"ping"}"#,
      answer: error(-32600, "not a JSON-RPC 2.0 request", id: #""x""#)),
    Exchange(
      name: "a batch of one", line: "[\(call("says"))]", answer: "[\(result(text("plain ä text")))]"),
    Exchange(
      name: "a batch with what is no request",
      line:
        #"[1,{"jsonrpc":"2.0","id":2,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":3,"method":"x"}]"#,
      answer: "[\(error(-32600, "not a JSON-RPC 2.0 request", id: "null")),\(result("{}", id: "2")),"
        + "\(error(-32601, "no method 'x'", id: "3"))]"),
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

  @Test func aBatchOfNotificationsGetsNoAnswer() throws {
    let result = try Self.serve([#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#])
    #expect(result.output.isEmpty && result.status == 0, "\(result)")
  }

  @Test func aBatchIsAnsweredWhenItsLastCallIs() throws {
    let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1.0}}"#
    // What the client cancels out of a batch has no answer in it; 1.0 is the id 1.
    let result = try Self.serve(["[\(Self.call("slow", id: "1")),\(Self.call("fails", id: "2"))]", cancel])
    #expect(result.text == "[\(Self.result(Self.text("one\\ntwo", isError: true), id: "2"))]\n", "\(result)")
  }

  @Test func anIdInUseIsRefused() throws {
    let result = try Self.serve([
      Self.call("slow", id: "1"), Self.call("says", id: "1"),
      #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
    ])
    #expect(result.text == Self.error(-32600, "this 'id' is in use") + "\n", "\(result)")
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
