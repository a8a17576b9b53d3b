import Foundation
import TestSupport
import Testing

/// What records would cost, before they are asked.
@Suite("hg-complete --estimate")
struct CompleteEstimateTests {
  private static let prices = """
    {
      "m": {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5, "max_output_tokens": 1000},
      "n": {"input_cost_per_token": 2e-6, "output_cost_per_token": 2e-5, "input_cost_per_token_flex": 1e-6},
      "free": {"input_cost_per_token": 0, "output_cost_per_token": 0},
      "vector": {"input_cost_per_token": 1e-6, "mode": "embedding"}
    }
    """

  private func run(_ input: String, _ arguments: [String] = []) throws -> CommandResult {
    let folder = try TestFolder()
    let file = try folder.write("prices.json", text: Self.prices)
    // Nobody listens there: nothing may be asked.
    return try folder.run(
      "hg-complete", ["--estimate", "--base-url", "http://127.0.0.1:9", "--prices", file] + arguments, text: input)
  }

  private func share(_ model: String, _ result: CommandResult) throws -> [String: Any] {
    try #require(
      try result.lines.map { try CompleteTests.object($0) }.first { $0["model"] as? String == model }, "\(result)")
  }

  @Test("a line for each model: first asks, fallbacks, tokens, dollars")
  func models() throws {
    let result = try run(
      """
      {"user":"one two three","model":"m","max_tokens":10,"fallbacks":["n","m"]}
      {"user":"one two three","model":"m","params":{"max_completion_tokens":20}}
      {"custom_id":"c","method":"POST","url":"/v1/chat/completions","body":{"model":"free","messages":[{"role":"user",\
      "content":"one two three"}]}}
      {"user":"answered before","error":{"kind":"timeout","message":"no"}}

      """)
    #expect(result.status == 0, "\(result)")
    #expect(result.lines.count == 3)
    let first = try share("m", result)
    let tokens = try #require(first["prompt_tokens"] as? Int)
    #expect(first["requests"] as? Int == 2 && first["fallbacks"] as? Int == 0 && first["max_tokens"] as? Int == 30)
    #expect(abs((first["least_usd"] as? Double ?? -1) - Double(tokens) * 1e-6) < 1e-12, "\(first)")
    #expect(abs((first["most_usd"] as? Double ?? -1) - Double(tokens) * 1e-6 - 30e-5) < 1e-12, "\(first)")
    let second = try share("n", result)
    #expect(second["requests"] as? Int == 0 && second["fallbacks"] as? Int == 1 && second["least_usd"] as? Double == 0)
    #expect(second["most_usd"] as? Double ?? 0 > 20e-5, "\(second)")
    // Nothing limits it, but nothing is free of charge.
    let free = try share("free", result)
    #expect(free["least_usd"] as? Double == 0 && free["max_tokens"] is NSNull && free["most_usd"] is NSNull, "\(free)")
    #expect(result.errors == "hg-complete: nothing limits the answers of free: --max-tokens does\n", "\(result)")
  }

  @Test("the model's own limit, several choices, a tier of the request, and a model that answers no text")
  func limits() throws {
    let own = try share("m", try run(#"{"user":"u","model":"m"}"# + "\n"))
    #expect(own["max_tokens"] as? Int == 1000)
    let most = try share("m", try run(#"{"user":"u","model":"m","max_tokens":5000}"# + "\n"))
    #expect(most["max_tokens"] as? Int == 1000)
    let choices = try share("n", try run(#"{"user":"u","model":"n","params":{"n":3}}"# + "\n", ["--max-tokens", "7"]))
    #expect(choices["max_tokens"] as? Int == 21)
    let flex = try share("n", try run(#"{"user":"u","model":"n","params":{"service_tier":"flex"}}"# + "\n"))
    #expect(abs((flex["least_usd"] as? Double ?? 0) - (flex["prompt_tokens"] as? Double ?? 0) * 1e-6) < 1e-12)
    let checked = try share(
      "n", try run(#"{"user":"u","model":"n"}"# + "\n", ["--max-tokens", "7", "--check", "true"]))
    #expect(checked["max_tokens"] as? Int == 14)
    let vector = try share("vector", try run(#"{"user":"u","model":"vector"}"# + "\n"))
    #expect(vector["max_tokens"] as? Int == 0 && vector["most_usd"] as? Double == vector["least_usd"] as? Double)
  }

  @Test("records that cannot be asked are told, and the others count")
  func wrongRecords() throws {
    let result = try run("{\"user\":\"\",\"model\":\"m\"}\nnonsense\n{\"user\":\"u\",\"model\":\"unknown\"}\n")
    #expect(result.status == 1 && result.lines.count == 1, "\(result)")
    #expect(result.errors.contains("stdin:1: 'user' is empty") && result.errors.contains("stdin:2: not JSON"))
    #expect(result.errors.contains("no price for unknown: --prices names a file that has them"), "\(result)")
    let share = try share("unknown", result)
    #expect(share["least_usd"] is NSNull && share["prompt_tokens"] as? Int ?? 0 > 0)
    #expect(try run("").lines.isEmpty)
  }

  @Test("a table on a terminal, with a sum, in parts where it is too wide")
  func table() throws {
    let folder = try TestFolder()
    try folder.write("prices.json", text: Self.prices)
    try folder.write(
      "tasks", text: #"{"user":"u","model":"m","max_tokens":9}"# + "\n" + #"{"user":"u","model":"n","max_tokens":1}"#)
    let command = "hg-complete --estimate --prices prices.json < tasks"
    let wide = try folder.shell("script -qec 'stty cols 100; \(command)' /dev/null < /dev/null | tr -d '\\r'")
    #expect(wide.status == 0 && wide.lines.count == 4, "\(wide)")
    #expect(wide.lines.first?.contains("model  requests  fallbacks  prompt_tokens  max_tokens") ?? false, "\(wide)")
    #expect(wide.lines.last?.hasPrefix("(all)         2          0") ?? false, "\(wide)")
    let narrow = try folder.shell("script -qec 'stty cols 44; \(command)' /dev/null < /dev/null | tr -d '\\r'")
    #expect(narrow.lines.allSatisfy { $0.count <= 44 }, "\(narrow)")
    #expect(
      narrow.lines.prefix(5) == [
        "                            prompt     max", "model  requests  fallbacks  tokens  tokens",
        "m             1          0      20       9", "n             1          0      20       1",
        "(all)         2          0      40      10",
      ], "\(narrow)")
    #expect(narrow.lines.filter { $0.hasPrefix("model") }.count == 2, "\(narrow)")
  }

  @Test("counts the tokens of this project's texts as a real tokenizer does, to 15 %")
  func tokens() throws {
    let server = try LiteLLM.shared()
    let pages = ["README.md", "docs/architecture.md", "docs/hg-route.md", "docs/cookbook.md"]
    let sources = ["Sources/NDJSON/Record.swift", "Tests/Servers/servers", "Makefile", "schema/record.schema.json"]
    var sums = (estimated: 0, counted: 0)
    for file in pages + sources {
      let text = String(try String(contentsOfFile: "\(sourceRoot)/\(file)", encoding: .utf8).prefix(6000))
      let task = String(decoding: try JSONEncoder().encode(["user": text, "system": "s", "model": "m"]), as: UTF8.self)
      let estimated = try #require(try share("m", try run(task + "\n"))["prompt_tokens"] as? Int)
      let counted = try tokens(of: text, server)
      #expect(abs(Double(estimated) / Double(counted) - 1) < 0.15, "\(file): \(estimated), counted \(counted)")
      sums = (sums.estimated + estimated, sums.counted + counted)
    }
    #expect(abs(Double(sums.estimated) / Double(sums.counted) - 1) < 0.12, "\(sums)")
  }

  /// What llama.cpp makes of a text.
  private func tokens(of text: String, _ server: LiteLLM) throws -> Int {
    let body = try JSONEncoder().encode(["content": text])
    let folder = try TestFolder()
    try folder.write("body", Array(body))
    let url = server.modelURL.replacingOccurrences(of: "/v1", with: "/tokenize")
    let result = try folder.shell("curl -sS --noproxy '*' --data-binary @body \(url)")
    let answer = try CompleteTests.object(result.text)
    return try #require(answer["tokens"] as? [Any], "\(result)").count
  }

  @Test("stands beside the bill: within 15 % where the length of the answers is known")
  func bill() throws {
    let server = try LiteLLM.shared()
    let folder = try TestFolder()
    let text = String(try String(contentsOfFile: "\(sourceRoot)/docs/hg-strip.md", encoding: .utf8).prefix(900))
    let tasks = try (0..<3).map { number in
      let task: [String: Any] = [
        "user": "Repeat this, all of it:\n\n" + text.dropFirst(number * 20), "model": "qwen35", "max_tokens": 12,
        "temperature": 0,
      ]
      return String(decoding: try JSONSerialization.data(withJSONObject: task), as: UTF8.self) + "\n"
    }.joined()
    try folder.write("tasks", text: tasks)
    let script = """
      hg-complete --models > models.ndjson
      hg-complete --estimate --prices models.ndjson < tasks > estimate
      hg-complete < tasks > answers
      """
    let result = try folder.shell(script, environment: server.environment)
    #expect(result.status == 0, "\(result)")
    let estimate = try CompleteTests.object(String(decoding: try folder.read("estimate"), as: UTF8.self))
    let answers = String(decoding: try folder.read("answers"), as: UTF8.self).split(separator: "\n")
    let records = try answers.map { try CompleteTests.object(String($0)) }
    #expect(records.allSatisfy { $0["finish_reason"] as? String == "length" }, "\(answers)")
    let bill = records.reduce(0) { $0 + ($1["cost_usd"] as? Double ?? 0) }
    let most = estimate["most_usd"] as? Double ?? 0
    #expect(bill > 0 && abs(most / bill - 1) < 0.15, "\(most), and the bill was \(bill)")
    #expect(estimate["least_usd"] as? Double ?? 1 < bill)
  }
}
