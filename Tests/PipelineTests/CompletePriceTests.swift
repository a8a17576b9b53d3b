import Foundation
import TestSupport
import Testing

/// What an answer costs, and who says so.
@Suite("hg-complete and prices")
struct CompletePriceTests {
  private static let prices = """
    {
      "m": {"input_cost_per_token": 1e-6, "output_cost_per_token": "1e-5", "cache_read_input_token_cost": 5e-7},
      "free": {"input_cost_per_token": 0, "output_cost_per_token": 0.0}
    }
    """

  private static func body(_ usage: String, model: String = "m", extra: String = "") -> String {
    """
    {"id":"r","object":"chat.completion","model":"\(model)"\(extra),"choices":[{"index":0,"message":{"role":"assistant",\
    "content":"Yes."},"finish_reason":"stop"}],"usage":\(usage)}
    """
  }

  /// A model, a server's headers and body, and the cost; nil is null.
  private struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var model = "m"
    var headers: [String] = []
    var usage = #"{"prompt_tokens":100,"completion_tokens":10}"#
    var answeredBy = "m"
    var extra = ""
    let cost: Double?
  }

  private static let cases = [
    Case(testDescription: "the file's, when the server says nothing", cost: 200e-6),
    Case(testDescription: "LiteLLM's header first", headers: ["x-litellm-response-cost: 0.5"], cost: 0.5),
    Case(
      testDescription: "usage.cost before the file",
      usage: #"{"prompt_tokens":100,"completion_tokens":10,"cost":0.25}"#,
      cost: 0.25),
    Case(
      testDescription: "a cost of 0 is one", usage: #"{"prompt_tokens":100,"completion_tokens":10,"cost":0}"#, cost: 0),
    Case(testDescription: "LiteLLM's own cache costs nothing", headers: ["x-litellm-cache-key: abc"], cost: 0),
    Case(
      testDescription: "a header that is no number is none", headers: ["x-litellm-response-cost: None"], cost: 200e-6),
    Case(
      testDescription: "cached tokens at their price",
      usage: #"{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":80}}"#, cost: 160e-6
    ),
    Case(testDescription: "a model whose price is 0", model: "free", answeredBy: "free", cost: 0),
    Case(testDescription: "a provider in front of the name", model: "openai/m", answeredBy: "m", cost: 200e-6),
    Case(testDescription: "a server with a name of its own", model: "m", answeredBy: "weights.gguf", cost: 200e-6),
    Case(
      testDescription: "another model behind our back has another price", model: "m",
      headers: ["x-litellm-attempted-fallbacks: 1", "x-litellm-model-group: unknown"], answeredBy: "unknown", cost: nil),
    Case(testDescription: "nobody names a price", model: "unknown", answeredBy: "unknown", cost: nil),
    Case(testDescription: "no tokens are counted", usage: "null", cost: nil),
  ]

  @Test("the first that is known", arguments: cases)
  private func order(_ row: Case) throws {
    let server = try ScriptedServer { _, connection in
      connection.respond(
        200, Self.body(row.usage, model: row.answeredBy, extra: row.extra), headers: row.headers)
    }
    let folder = try TestFolder()
    let file = try folder.write("prices.json", text: Self.prices)
    let result = try folder.run(
      "hg-complete", ["--base-url", server.url, "--prices", file], text: #"{"user":"u","model":"\#(row.model)"}"# + "\n"
    )
    #expect(result.status == 0, "\(result)")
    let cost = try CompleteTests.object(result.lines[0])["cost_usd"]
    if let expected = row.cost {
      #expect(abs((cost as? Double ?? -1) - expected) < 1e-12, "\(result)")
    } else {
      #expect(cost is NSNull, "\(result)")
    }
  }

  @Test("an attempt that failed and counted tokens is paid")
  func failure() throws {
    let server = try ScriptedServer { request, connection in
      let usage = #"{"prompt_tokens":100,"completion_tokens":10}"#
      guard request.number == 0 else { return connection.respond(200, Self.body(usage, model: "free")) }
      connection.respond(200, #"{"choices":[{"message":{"content":""},"finish_reason":"stop"}],"usage":\#(usage)}"#)
    }
    let folder = try TestFolder()
    let file = try folder.write("prices.json", text: Self.prices)
    let result = try folder.run(
      "hg-complete", ["--base-url", server.url], text: #"{"user":"u","model":"m","fallbacks":["free"]}"# + "\n",
      environment: ["HYPERGUILD_PRICES": file])
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    let attempts = record["attempts"] as? [[String: Any]] ?? []
    #expect(attempts.first?["cost_usd"] as? Double == 0.0002, "\(result)")
    #expect(record["cost_usd"] as? Double == 0.0002, "\(result)")
  }

  @Test("--max-cost holds by the file's prices, in streams too", arguments: [[], ["--stream"]])
  func budget(_ arguments: [String]) throws {
    let server = try ScriptedServer { _, connection in
      let usage = #"{"prompt_tokens":100,"completion_tokens":10}"#
      guard !arguments.isEmpty else { return connection.respond(200, Self.body(usage)) }
      connection.respond(
        200,
        """
        data: {"model":"m","choices":[{"index":0,"delta":{"content":"Yes."},"finish_reason":"stop"}]}

        data: {"model":"m","choices":[],"usage":\(usage)}

        data: [DONE]


        """, headers: ["Content-Type: text/event-stream"])
    }
    let folder = try TestFolder()
    let file = try folder.write("prices.json", text: Self.prices)
    let input = String(repeating: #"{"user":"u","model":"m"}"# + "\n", count: 20)
    let result = try folder.run(
      "hg-complete", ["--base-url", server.url, "--prices", file, "--max-cost", "0.0009", "-j", "4"] + arguments,
      text: input)
    #expect(result.status == 75, "\(result)")
    #expect(result.lines.count == 20)
    #expect((5...8).contains(server.requests.count), "\(server.requests.count)")
    #expect(!result.errors.contains("--max-cost cannot be kept"), "\(result)")
  }

  @Test("an answer without a price is told once where the budget is in dollars, though others have one")
  func unpriced() throws {
    let server = try ScriptedServer { request, connection in
      let model = request.text.contains("\"unknown\"") ? "unknown" : "m"
      connection.respond(200, Self.body(#"{"prompt_tokens":100,"completion_tokens":10}"#, model: model))
    }
    let folder = try TestFolder()
    let file = try folder.write("prices.json", text: Self.prices)
    let input = ["m", "unknown", "unknown"].map { #"{"user":"u","model":"\#($0)"}"# + "\n" }.joined()
    let result = try folder.run(
      "hg-complete", ["--base-url", server.url, "--prices", file, "--max-cost", "1"], text: input)
    #expect(result.errors == "hg-complete: nobody names a price for unknown: --max-cost cannot be kept\n", "\(result)")
  }

  @Test("--max-cost holds where a stream counts no tokens, by an estimate that no record shows")
  func uncounted() throws {
    let server = try ScriptedServer { _, connection in
      let text = String(repeating: "word ", count: 100)
      connection.respond(
        200,
        """
        data: {"model":"m","choices":[{"index":0,"delta":{"content":"\(text)"},"finish_reason":"stop"}]}

        data: [DONE]


        """, headers: ["Content-Type: text/event-stream"])
    }
    let folder = try TestFolder()
    let file = try folder.write("prices.json", text: Self.prices)
    let input = String(repeating: #"{"user":"u","model":"m"}"# + "\n", count: 20)
    // An answer of a hundred words costs about a tenth of a cent.
    let result = try folder.run(
      "hg-complete", ["--base-url", server.url, "--prices", file, "--max-cost", "0.0045", "--stream"], text: input)
    #expect(result.status == 75, "\(result)")
    #expect((4...12).contains(server.requests.count), "\(server.requests.count)")
    #expect(try CompleteTests.object(result.lines[0])["cost_usd"] is NSNull, "\(result)")
    #expect(!result.errors.contains("cannot be kept"), "\(result)")
  }

  /// A file, the exit status and words of the message.
  private static let wrong: [(text: String?, status: Int32, words: String)] = [
    (nil, 66, "prices.json: No such file"),
    ("{\n\"m\": {\"input_cost_per_token\": -1}}", 78, "prices.json:2: m: input_cost_per_token: -1 is not allowed"),
    (#"{"m": {"input_cost_per_token": "NaN"}}"#, 78, "prices.json:1: m: input_cost_per_token: \"NaN\""),
    (#"{"m": {"input_cost_per_token": 1e-6}"#, 78, "prices.json:1: it ends too early"),
    ("", 78, "prices.json:1: no model is in it"),
  ]

  @Test("a file that is wrong is refused before anything is asked", arguments: wrong)
  func malformed(_ text: String?, _ status: Int32, _ words: String) throws {
    let folder = try TestFolder()
    if let text { try folder.write("prices.json", text: text) }
    for (arguments, environment) in [
      (["--prices", folder.path + "/prices.json"], [:]), ([], ["HYPERGUILD_PRICES": folder.path + "/prices.json"]),
    ] as [([String], [String: String])] {
      let result = try folder.run(
        "hg-complete", ["--base-url", "http://127.0.0.1:9"] + arguments, text: #"{"user":"u"}"# + "\n",
        environment: environment)
      #expect(result.status == status && result.errors.contains(words), "\(result)")
      #expect(result.text.isEmpty && result.errors.contains(arguments.first ?? "HYPERGUILD_PRICES"), "\(result)")
    }
  }

  @Test("--models adds what /model/info says, and its output is a file of prices")
  func models() throws {
    let server = try ScriptedServer { request, connection in
      switch request.path {
      case "/v1/models":
        connection.respond(
          200, #"{"data":[{"id":"m","object":"model","max_input_tokens":9},{"id":"n","object":"model"},{"id":"o"}]}"#)
      case "/v1/model/info":
        connection.respond(
          200,
          """
          {"data":[{"model_name":"m","litellm_params":{"api_key":"secret"},"model_info":{"id":"x","mode":"chat",\
          "input_cost_per_token":1e-6,"output_cost_per_token":1e-5,"max_input_tokens":8,"max_output_tokens":4,\
          "input_cost_per_token_flex":null}},{"model_name":"m","model_info":{"input_cost_per_token":2e-6}},\
          {"model_name":"n","model_info":{"input_cost_per_token":0.0,"output_cost_per_token":0.0}}]}
          """)
      default: connection.respond(200, Self.body(#"{"prompt_tokens":100,"completion_tokens":10}"#))
      }
    }
    let folder = try TestFolder()
    // It is to be written again.
    let empty = try folder.write("empty", text: "")
    let result = try folder.run(
      "hg-complete", ["--base-url", server.url, "--models"], text: "", environment: ["HYPERGUILD_PRICES": empty])
    #expect(
      result.lines == [
        #"{"id":"m","object":"model","max_input_tokens":9,"mode":"chat","max_output_tokens":4,"#
          + #""input_cost_per_token":2e-06,"output_cost_per_token":1e-05}"#,
        #"{"id":"n","object":"model","input_cost_per_token":0,"output_cost_per_token":0}"#, #"{"id":"o"}"#,
      ], "\(result)")
    let file = try folder.write("models.ndjson", text: result.text)
    let answer = try folder.run(
      "hg-complete", ["--base-url", server.url, "--prices", file], text: #"{"user":"u","model":"m"}"# + "\n")
    #expect(try CompleteTests.object(answer.lines[0])["cost_usd"] as? Double == 0.0003, "\(answer)")
  }

  @Test(
    "--models of a server without /model/info, or with a key that may not see it, are its own",
    arguments: [401, 404, 500])
  func ownModels(_ status: Int) throws {
    let server = try ScriptedServer { request, connection in
      guard request.path == "/v1/models" else { return connection.respond(status, #"{"error":{"message":"no"}}"#) }
      connection.respond(200, #"{"data":[{"id":"m","owned_by":"me"}]}"#)
    }
    let result = try TestFolder().run("hg-complete", ["--base-url", server.url, "--models"], text: "")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(result.lines == [#"{"id":"m","owned_by":"me"}"#])
    let names = try TestFolder().run("hg-complete", ["--base-url", server.url, "--models", "--out", "text"], text: "")
    #expect(names.lines == ["m"] && server.requestLines.filter { $0.contains("model/info") }.count == 1)
  }
}
