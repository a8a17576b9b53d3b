import Foundation
import TestSupport
import Testing

/// What hg-complete sends of a record, seen by the server.
@Suite("hg-complete, what is sent")
struct CompleteSentTests {
  /// Sends one record.
  private func send(
    _ record: String, _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) throws -> (request: ScriptedServer.Request, body: [String: Any], errors: String) {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try CompleteTests.run(server, arguments, record + "\n", environment: environment)
    try #require(result.status == 0, "\(result)")
    let request = try #require(server.requests.first)
    return (request, try CompleteTests.object(request.text), result.errors)
  }

  @Test(
    "every member of the API goes out of every record",
    arguments: [
      #""reasoning_effort":"low""#, #""max_completion_tokens":9"#, #""service_tier":"flex""#, #""verbosity":"low""#,
      #""metadata":{"job":"nightly"}"#, #""prompt_cache_key":"k""#, #""store":false"#,
      #""tools":[{"type":"function"}]"#,
      #""tool_choice":"none""#, #""parallel_tool_calls":false"#, #""logprobs":true"#, #""top_logprobs":2"#,
      #""logit_bias":{"5":-1}"#, #""top_p":0.90"#, #""presence_penalty":1"#, #""frequency_penalty":1.0"#,
      #""modalities":["text"]"#, #""audio":{"voice":"a"}"#, #""prediction":{"type":"content"}"#,
      #""web_search_options":{}"#, #""safety_identifier":"s""#, #""functions":[]"#, #""function_call":"auto""#,
      #""top_k":40"#, #""min_p":0.05"#, #""repetition_penalty":1.1"#,
      #""chat_template_kwargs":{"enable_thinking":false}"#,
      #""thinking":{"type":"enabled","budget_tokens":1024}"#, #""guided_json":{"type":"object"}"#, #""min_tokens":1"#,
      #""temperature":0"#, #""stop":["\n"]"#, #""seed":1"#, #""response_format":{"type":"json_object"}"#,
    ])
  func everyMember(_ member: String) throws {
    for prompt in [#""user":"u""#, #""messages":[{"role":"user","content":"u"}]"#] {
      let (request, _, errors) = try send("{\(prompt),\(member)}")
      // Byte for byte: `0.90` stays `0.90`.
      #expect(request.text.contains(member) && errors.isEmpty, "\(request.text) \(errors)")
    }
  }

  @Test(
    "members of the user's own that only have such a name stay at home",
    arguments: [
      #""n":7"#, #""store":"Aldi""#, #""metadata":{"row":7}"#, #""metadata":"x""#, #""audio":"talk.wav""#,
      #""tools":"hammer""#, #""service_tier":3"#, #""prediction":0.7"#, #""reasoning":"because""#, #""grammar":5"#,
    ])
  func ownMembers(_ member: String) throws {
    let (request, _, errors) = try send("{\"user\":\"u\",\(member)}")
    #expect(!request.text.contains(member) && errors.isEmpty, "\(request.text) \(errors)")
    let name = try #require(member.split(separator: "\"").first)
    let bare = try send("{\"messages\":[{\"role\":\"user\",\"content\":\"u\"}],\(member)}")
    #expect(bare.body[String(name)] != nil, "a bare request body is sent as it is: \(bare.request.text)")
  }

  @Test("params go before the record, the record before --extra")
  func precedence() throws {
    let record = #"{"user":"u","top_p":0.5,"top_k":3,"params":{"top_k":9,"x":1}}"#
    let (_, body, _) = try send(record, ["--extra", #"{"top_p":0.1,"top_k":1,"verbosity":"low","x":2,"y":[3]}"#])
    #expect(body["top_p"] as? Double == 0.5 && body["top_k"] as? Int == 9, "\(body)")
    #expect(body["verbosity"] as? String == "low" && body["x"] as? Int == 1 && body["y"] as? [Int] == [3], "\(body)")
  }

  @Test("--extra goes out whatever its members are called, also of a record that has none of the API's")
  func extraAlone() throws {
    let (_, body, errors) = try send(#"{"user":"u","title":"t"}"#, ["--extra", #"{"my_own":{"a":[1]}}"#])
    #expect((body["my_own"] as? [String: [Int]]) == ["a": [1]] && errors.isEmpty, "\(body) \(errors)")
    #expect(body["title"] == nil, "\(body)")
  }

  @Test(
    "--extra is an object of what only it says",
    arguments: [
      "[1]", "{", "", #"{"model":"m"}"#, #"{"messages":[]}"#, #"{"stream":true}"#, #"{"temperature":1}"#,
      #"{"stream_options":{}}"#, #"{"x":1,"x":2}"#,
    ])
  func badExtra(_ extra: String) throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try CompleteTests.run(server, ["--extra", extra, "--temperature", "0"], "{\"user\":\"u\"}\n")
    #expect(result.status == 64 && server.requests.isEmpty, "\(result)")
  }

  @Test(
    "a member that looks like one of the API's is told of, once a run",
    arguments: [
      ("maxTokens", "max_tokens"), ("max_token", "max_tokens"), ("temprature", "temperature"), ("topP", "top_p"),
      ("Temperature", "temperature"), ("reasoning-effort", "reasoning_effort"), ("respose_format", "response_format"),
    ])
  func misspelt(_ name: String, meant: String) throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let records = (1...3).map { "{\"id\":\($0),\"user\":\"u\",\"\(name)\":1}\n" }.joined()
    let result = try CompleteTests.run(server, [], records)
    #expect(result.errors == "hg-complete: line 1: '\(name)' is not sent: is '\(meant)' meant?\n", "\(result)")
  }

  @Test(
    "members that mean something else are not told of",
    arguments: ["text", "stops", "tags", "title", "model_used", "need", "label", "toolbox", "Id", "metric"])
  func notMisspelt(_ name: String) throws {
    #expect(try send("{\"user\":\"u\",\"\(name)\":\"x\"}").errors.isEmpty)
  }

  @Test("the reasoning of an earlier answer is not asked with")
  func earlierReasoning() throws {
    let record = #"{"messages":[{"role":"user","content":"u"}],"text":"t","reasoning":"because"}"#
    #expect(try send(record).body["reasoning"] == nil)
  }

  @Test("a response_format from --extra is sent instead of the schema, once")
  func formatFromExtra() throws {
    let extra = ["--extra", #"{"response_format":{"type":"json_object"}}"#, "--repair", "0", "--fail-on", "none"]
    let server = try ScriptedServer { _, connection in connection.answer("{}") }
    let result = try CompleteTests.run(server, extra, #"{"user":"u","schema":{"type":"object"}}"# + "\n")
    #expect(result.status == 0, "\(result)")
    let sent = try #require(server.requests.first?.text)
    #expect(sent.components(separatedBy: "response_format").count == 2 && sent.contains("json_object"), "\(sent)")
  }

  @Test("attachments that are not sent are told of")
  func attachments() throws {
    #expect(try send(#"{"user":"u","files":["shot.png"]}"#).errors.contains("'files' is not sent"))
  }

  @Test("system goes in front of messages that have none")
  func systemBeforeMessages() throws {
    let user = #"{"role":"user","content":"u"}"#
    for (record, arguments, roles) in [
      ("{\"system\":\"s\",\"messages\":[\(user)]}", [], ["system", "user"]),
      ("{\"messages\":[\(user)]}", ["--system", "s"], ["system", "user"]),
      ("{\"system\":\"s\",\"messages\":[{\"role\":\"system\",\"content\":\"t\"},\(user)]}", [], ["system", "user"]),
      (
        "{\"system\":\"s\",\"messages\":[{\"role\":\"developer\",\"content\":\"t\"},\(user)]}", [],
        ["developer", "user"]
      ),
      ("{\"messages\":[\(user)]}", [], ["user"]),
    ] as [(String, [String], [String])] {
      let (_, body, _) = try send(record, arguments)
      let messages = try #require(body["messages"] as? [[String: Any]])
      #expect(messages.map { $0["role"] as? String } == roles, "\(record)")
    }
  }

  @Test("a stream's own options keep the usage")
  func usageOfStreams() throws {
    let (_, body, _) = try send(#"{"user":"u","stream":true,"stream_options":{"x":1}}"#)
    let options = body["stream_options"] as? [String: Any]
    #expect(options?["include_usage"] as? Bool == true && options?["x"] as? Int == 1, "\(body)")
  }

  @Test("tags, the session and the trace go into headers, and cannot do harm there")
  func headers() throws {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    let record =
      #"{"user":"u","session_id":"s 1\r\nX-Evil: 1","tags":["a,b","c\nd","é"],"traceparent":"\#(trace)","tracestate":"k=v"}"#
    let (request, _, _) = try send(record, ["--tag", "nightly", "--session-header", "x-litellm-session-id"])
    #expect(request.header("x-litellm-tags") == "nightly,a%2Cb,c%0Ad,%C3%A9")
    #expect(request.header("x-litellm-session-id") == "s 1%0D%0AX-Evil: 1" && request.header("X-Evil") == nil)
    #expect(request.header("traceparent") == trace && request.header("tracestate") == "k=v")
    let other = try send(#"{"user":"u","traceparent":"00-zz"}"#, [], ["TRACEPARENT": trace, "TRACESTATE": "e=1"])
    #expect(other.request.header("traceparent") == trace && other.request.header("tracestate") == "e=1")
    let none = try send(#"{"user":"u","session_id":"s"}"#, [], ["TRACEPARENT": "nonsense"])
    for header in ["traceparent", "x-litellm-tags", "x-litellm-session-id"] {
      #expect(none.request.header(header) == nil)
    }
  }

  @Test("each record has its own headers, also when many are on their way")
  func headersOfEach() throws {
    let server = try ScriptedServer { request, connection in connection.answer(request.header("x-litellm-tags") ?? "") }
    let records = (0..<200).map { "{\"id\":\($0),\"user\":\"u\"\($0 % 3 == 0 ? "" : ",\"tags\":[\"t\($0 % 7)\"]")}\n" }
    let result = try CompleteTests.run(server, ["-j", "16", "--fail-on", "none"], records.joined())
    #expect(result.status == 0, "\(result)")
    for (index, line) in result.lines.enumerated() {
      let text = try CompleteTests.object(line)["text"] as? String
      #expect(text == (index % 3 == 0 ? "" : "t\(index % 7)"))
    }
  }

  @Test(
    "what cannot be a tag or a header is refused",
    arguments: [
      ["--tag", "a,b"], ["--tag", ""], ["--tag", "a\u{1}"], ["--session-header", "a b"], ["--session-header", ""],
      ["--session-header", "Authorization"],
    ])
  func badHeaders(_ arguments: [String]) throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try CompleteTests.run(server, arguments, "{\"user\":\"u\"}\n")
    #expect(result.status == 64 && server.requests.isEmpty, "\(result)")
  }
}
