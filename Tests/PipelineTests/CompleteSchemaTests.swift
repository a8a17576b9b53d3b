import Foundation
import TestSupport
import Testing

/// hg-complete --schema: an answer is JSON that fits, or it is asked for again.
@Suite("hg-complete --schema")
struct CompleteSchemaTests {
  private static let schema =
    #"{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"],"additionalProperties":false}"#

  /// A server that gives one answer after the other, the last one again and again.
  private static func server(_ answers: [String]) throws -> ScriptedServer {
    try ScriptedServer { request, connection in connection.answer(answers[min(request.number, answers.count - 1)]) }
  }

  private func run(
    _ server: ScriptedServer, _ record: String, _ arguments: [String] = ["--schema", "s.json"], schema: String = schema
  ) throws -> CommandResult {
    let folder = try TestFolder()
    try folder.write("s.json", text: schema)
    return try folder.run(
      "hg-complete", ["--retries", "0"] + arguments, text: record + "\n", environment: ["LITELLM_BASE_URL": server.url])
  }

  @Test("the value in the answer becomes json, and the verdict says that it fits")
  func fits() throws {
    let server = try Self.server(["Sure:\n```json\n{ \"n\": 3 }\n```"])
    let result = try run(server, #"{"id":1,"user":"u"}"#)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.text)
    #expect(record["json"] as? [String: Int] == ["n": 3])
    #expect((record["verdict"] as? [String: Bool]) == ["accept": true])
    let sent = try #require(server.requests.first?.text)
    #expect(sent.contains(#""response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":"#))
    #expect(sent.contains(#""strict":true"#))
  }

  @Test("an answer that does not fit is asked for again with what is wrong, then the next model is")
  func asksAgain() throws {
    let server = try Self.server([#"{"n":0}"#, #"{"n":"x"}"#, #"{"n":7}"#])
    let result = try run(server, #"{"id":1,"user":"How many?","model":"small","fallbacks":["large"]}"#)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.text)
    #expect(record["model_used"] as? String == "large" || record["json"] as? [String: Int] == ["n": 7], "\(record)")
    let attempts = try #require(record["attempts"] as? [[String: Any]])
    #expect(attempts.map { $0["error"] as? String } == ["rejected", "rejected", nil], "\(attempts)")
    #expect(server.requests.map { $0.text.contains("\"small\"") } == [true, true, false])
    let bodies = server.requests.map(\.text)
    #expect(bodies[1].contains("/n: expected at least 1, found 0"), "\(bodies[1])")
    #expect(bodies[2].contains("/n: expected an integer, found"), "\(bodies[2])")
  }

  @Test("when no model is left the last answer stays, with its verdict and an error")
  func staysRejected() throws {
    let arguments = ["--schema", "s.json", "--repair", "0"]
    let result = try run(try Self.server(["no JSON here"]), #"{"id":1,"user":"u"}"#, arguments)
    #expect(result.status == 1, "\(result)")
    let record = try CompleteTests.object(result.text)
    #expect(record["text"] as? String == "no JSON here" && record["json"] == nil, "\(record)")
    #expect((record["error"] as? [String: Any])?["kind"] as? String == "rejected", "\(record)")
    #expect((record["verdict"] as? [String: Any])?["accept"] as? Bool == false, "\(record)")
  }

  @Test("a record's own schema wins, also without the option")
  func ownSchema() throws {
    let record = #"{"id":1,"user":"u","schema":{"type":"array"}}"#
    for arguments in [["--schema", "s.json"], []] {
      let result = try run(try Self.server(["[1]"]), record, arguments)
      #expect(result.status == 0, "\(result)")
      #expect(try CompleteTests.object(result.text)["json"] as? [Int] == [1], "\(result)")
    }
  }

  @Test("a record's own response_format is sent, and the answer is checked all the same")
  func ownFormat() throws {
    let record = #"{"id":1,"user":"u","response_format":{"type":"json_object"}}"#
    let server = try Self.server([#"{"n":1}"#])
    let result = try run(server, record)
    #expect(result.status == 0, "\(result)")
    let bodies = server.requests.map(\.text)
    #expect(bodies[0].contains(#""response_format":{"type":"json_object"}"#) && !bodies[0].contains("json_schema"))
  }

  @Test(
    "a server that does not take the schema is asked without it, once for the run",
    arguments: [
      #"{"error":{"message":"Invalid value","param":"response_format","code":"unsupported_value"}}"#,
      #"{"error":{"message":"litellm.UnsupportedParamsError: m does not support parameters: ['response_format']"}}"#,
      #"{"error":{"message":"Invalid schema for response_format 'answer'","param":"response_format.json_schema"}}"#,
    ])
  func refusedFormat(_ complaint: String) throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains("response_format") {
        connection.respond(400, complaint)
      } else {
        connection.answer(#"{"n":1}"#)
      }
    }
    let records = #"{"id":1,"user":"a"}"# + "\n" + #"{"id":2,"user":"b"}"#
    let result = try run(server, records, ["--schema", "s.json", "-j", "1"])
    #expect(result.status == 0, "\(result)")
    let bodies = server.requests.map(\.text)
    #expect(bodies.map { $0.contains("response_format") } == [true, false, false], "\(bodies)")
    let hash = try result.lines.map { try CompleteTests.object($0)["request_hash"] as? String }
    #expect(Set(hash).count == 2 && !hash.contains(nil))
  }

  @Test(
    "what a model does not take is left out or named anew, once for the run",
    arguments: [
      (#""max_tokens":5"#, "max_tokens", "Use 'max_completion_tokens' instead.", #""max_completion_tokens":5"#),
      (#""temperature":0.5"#, "temperature", "Only the default (1) value is supported.", #""messages""#),
    ])
  func refusedSampling(_ member: String, name: String, hint: String, expected: String) throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains("\"\(name)\"") {
        connection.respond(
          400,
          #"{"error":{"message":"Unsupported parameter: '\#(name)' is not supported with this model. \#(hint)","#
            + #""type":"invalid_request_error","param":"\#(name)","code":"unsupported_parameter"}}"#)
      } else {
        connection.answer("ok")
      }
    }
    let records = (1...3).map { #"{"id":\#($0),"user":"u",\#(member)}"# }.joined(separator: "\n")
    let result = try run(server, records, ["-j", "1"])
    #expect(result.status == 0, "\(result)")
    let bodies = server.requests.map(\.text)
    #expect(bodies.count == 4, "\(bodies)")
    #expect(bodies.dropFirst().allSatisfy { $0.contains(expected) && !$0.contains("\"\(name)\"") }, "\(bodies)")
  }

  @Test("a value that is wrong is the user's to mend: it is not left out")
  func wrongValue() throws {
    let server = try ScriptedServer { _, connection in
      connection.respond(
        400, #"{"error":{"message":"'temperature' must be between 0 and 2","param":"temperature"}}"#)
    }
    let result = try run(server, #"{"id":1,"user":"u","temperature":7}"#, [])
    #expect(result.status == 1, "\(result)")
    let attempts = try CompleteTests.object(result.text)["attempts"] as? [Any]
    #expect(attempts?.count == 1, "\(result)")
  }

  @Test("nothing is shown of a stream before it fits", arguments: ["records", "text"])
  func streams(_ format: String) throws {
    let server = try ScriptedServer { request, connection in
      let text = request.number == 0 ? "wrong" : #"{\"n\":2}"#
      connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
      connection.send(#"data: {"choices":[{"delta":{"content":"\#(text)"},"finish_reason":"stop"}]}"# + "\n\n")
      connection.send("data: [DONE]\n\n")
      connection.close()
    }
    let arguments = ["--schema", "s.json", "--stream"] + (format == "text" ? ["--out", "text"] : [])
    let result = try run(server, #"{"id":1,"user":"u"}"#, arguments)
    #expect(result.status == 0, "\(result)")
    if format == "text" { #expect(result.text == "{\"n\":2}\n", "\(result)") }
  }

  @Test("a call of tools is not an answer yet: the schema waits for the answer")
  func toolCalls() throws {
    let server = try ScriptedServer { _, connection in
      connection.respond(
        200,
        #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","#
          + #""arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#)
    }
    let result = try run(server, #"{"id":1,"user":"u"}"#)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.text)
    #expect(record["verdict"] == nil && record["tool_calls"] != nil, "\(record)")
  }

  @Test(
    "a schema that cannot be checked is refused before anything is asked",
    arguments: [
      (#"{"type":"strin"}"#, "/type: \"strin\" is not a type"),
      (
        #"{"properties":{"a":{"$ref":"https://example.com/x"}}}"#,
        "/properties/a/$ref: 'https://example.com/x' leads out"
      ),
      (#"{"allOf":[{"unevaluatedProperties":false}]}"#, "/allOf/0/unevaluatedProperties: "),
      (#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#, "/$schema: "),
      (#"{"pattern":"("}"#, "/pattern: \"(\" is not a regular expression"),
      (##"{"$ref":"#"}"##, "the schema refers to itself without end"),
      (##"{"$ref":"#/$defs/nowhere"}"##, "/$ref: '#/$defs/nowhere' leads nowhere"),
      (#"{"minLength":-1}"#, "/minLength: "), (#"{"required":"a"}"#, "/required: "), ("[1]", "is not a schema"),
      (#"{"type":"object""#, "it is not JSON"), ("", "it is not JSON"), (#"{"format":"iri"}"#, "/format: "),
      (String(repeating: #"{"items":"#, count: 900) + "true" + String(repeating: "}", count: 900), "nested more than"),
    ])
  func badSchema(_ schema: String, _ message: String) throws {
    let server = try Self.server(["{}"])
    let result = try run(server, #"{"id":1,"user":"u"}"#, schema: schema)
    #expect(result.status == 78 && result.text.isEmpty && server.requests.isEmpty, "\(result)")
    #expect(result.errors.hasPrefix("hg-complete: --schema s.json: ") && result.errors.contains(message), "\(result)")
  }

  @Test("a schema file that is not there is status 66; --deltas does not go with a schema")
  func usage() throws {
    let server = try Self.server(["{}"])
    #expect(try run(server, "{}", ["--schema", "none.json"]).status == 66)
    #expect(try run(server, "{}", ["--schema", ""]).status == 64)
    #expect(try run(server, "{}", ["--schema", "s.json", "--deltas"]).status == 64)
  }

  @Test("a record's own bad schema fails that record alone")
  func ownBadSchema() throws {
    let records = #"{"id":1,"user":"u","schema":{"type":7}}"# + "\n" + #"{"id":2,"user":"u"}"#
    let result = try run(try Self.server(["x"]), records, [])
    #expect(result.status == 1, "\(result)")
    let kinds = try result.lines.map { (try CompleteTests.object($0)["error"] as? [String: Any])?["kind"] as? String }
    #expect(kinds == ["bad_input", nil], "\(result)")
  }
}
