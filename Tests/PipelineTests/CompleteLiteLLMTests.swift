import Foundation
import TestSupport
import Testing

/// hg-complete against the real LiteLLM proxy in front of a real small model.
@Suite("hg-complete and the real LiteLLM proxy")
struct CompleteLiteLLMTests {
  private func run(
    _ arguments: [String], _ input: String, environment: [String: String] = [:]
  ) throws -> CommandResult {
    let server = try LiteLLM.shared()
    return try TestFolder().run(
      "hg-complete", ["--retries", "1", "--retry-base", "0.1", "--retry-max", "1.5"] + arguments, text: input,
      environment: server.environment.merging(environment) { $1 })
  }

  @Test("answers with text, usage, price and identity")
  func answer() throws {
    let input = #"{"id":1,"user":"What is two and two?","model":"qwen35","max_tokens":8,"temperature":0}"# + "\n"
    let result = try run([], input)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(record["text"] as? String != "")
    #expect(record["model_used"] as? String == "qwen35")
    #expect((record["usage"] as? [String: Any])?["total_tokens"] as? Int ?? 0 > 0)
    #expect(record["response_id"] is String && record.keys.contains("cost_usd"))
  }

  @Test("streams the same as a whole answer, with usage")
  func stream() throws {
    let input = #"{"id":1,"user":"Count: one two","model":"qwen35","max_tokens":12,"temperature":0,"seed":1}"# + "\n"
    let result = try run(["--deltas"], input)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(try #require(result.lines.last))
    let pieces = try result.lines.dropLast().map { try CompleteTests.object($0)["delta"] as? String ?? "" }
    #expect(record["text"] as? String == pieces.joined())
    #expect((record["usage"] as? [String: Any])?["completion_tokens"] as? Int ?? 0 > 0, "\(result)")
    #expect(record["ttft_ms"] is Int)
  }

  @Test("walks its own list past a broken model, and says so")
  func fallback() throws {
    let input = #"{"id":1,"user":"Hello","model":"broken-local","fallbacks":["claude-sonnet-4-6"]}"# + "\n"
    let result = try run([], input)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(record["model_used"] as? String == "claude-sonnet-4-6")
    let attempts = record["attempts"] as? [[String: Any]] ?? []
    #expect(attempts.last?["model"] as? String == "claude-sonnet-4-6" && attempts.count >= 2, "\(result)")
  }

  @Test("sees through a fallback of the proxy's own, and can forbid it")
  func maskedFallback() throws {
    let input = #"{"id":1,"user":"Hello","model":"masked-local"}"# + "\n"
    let masked = try run([], input)
    #expect(masked.status == 0, "\(masked)")
    #expect(try CompleteTests.object(masked.lines[0])["model_used"] as? String == "claude-sonnet-4-6", "\(masked)")
    let forbidden = try run(["--no-server-fallbacks", "--retries", "0"], input)
    #expect(forbidden.status == 1, "\(forbidden)")
    #expect(try CompleteTests.object(forbidden.lines[0])["text"] == nil)
  }

  @Test("waits as long as the model behind the proxy asks")
  func throttled() throws {
    let result = try run([], #"{"id":1,"user":"Hello","model":"throttled-local"}"# + "\n")
    #expect(result.status == 75, "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == "rate_limit")
    let error = try CompleteTests.object(result.lines[0])["error"] as? [String: Any]
    #expect(error?["retry_after_s"] as? Double ?? 0 >= 1, "\(result)")
  }

  @Test("a wrong key is no answer, and is not shown", arguments: ["sk-wrong-key-1234567890", ""])
  func wrongKey(_ key: String) throws {
    let result = try run(
      ["--retries", "0"], #"{"user":"u","model":"qwen35"}"# + "\n", environment: ["LITELLM_API_KEY": key])
    #expect(result.status != 0, "\(result)")
    #expect(try CompleteTests.object(result.lines[0])["error"] is [String: Any])
    #expect(key.isEmpty || !(result.text + result.errors).contains(key), "\(result)")
  }

  @Test("--models says prices and windows, and is a file of prices for what the proxy cannot price")
  func prices() throws {
    let models = try run(["--models"], "")
    #expect(models.status == 0, "\(models)")
    let entries = try models.lines.map { try CompleteTests.object($0) }
    let claude = try #require(entries.first { $0["id"] as? String == "claude-sonnet-4-6" })
    #expect(claude["input_cost_per_token"] as? Double == 3e-6 && claude["output_cost_per_token"] as? Double == 15e-6)
    #expect(claude["max_input_tokens"] as? Int ?? 0 > 0 && claude["mode"] as? String == "chat", "\(claude)")
    let folder = try TestFolder()
    let own = #"{"id":"canned-accept","input_cost_per_token":1e-6,"output_cost_per_token":0}"# + "\n"
    let file = try folder.write(
      "models.ndjson", text: models.text.replacingOccurrences(of: "canned-accept", with: "x") + own)
    let input = #"{"user":"u","model":"canned-accept"}"# + "\n"
    // LiteLLM leaves out what it does not know.
    #expect(try CompleteTests.object(try run([], input).lines[0])["cost_usd"] is NSNull)
    let priced = try CompleteTests.object(try run(["--prices", file], input).lines[0])
    let tokens = (priced["usage"] as? [String: Any])?["prompt_tokens"] as? Int ?? 0
    #expect(tokens > 0 && abs((priced["cost_usd"] as? Double ?? 0) - Double(tokens) * 1e-6) < 1e-12, "\(priced)")
  }

  @Test("a stream's price comes with its end")
  func streamPrice() throws {
    let input = #"{"user":"Hello","model":"claude-sonnet-4-6"}"# + "\n"
    let record = try CompleteTests.object(try #require(try run(["--stream"], input).lines.last))
    #expect(record["cost_usd"] as? Double ?? 0 > 0, "\(record)")
  }

  @Test("knows the models, and whether the key is good")
  func health() throws {
    let models = try run(["--models", "--out", "text"], "")
    #expect(models.lines.contains("qwen35") && models.lines.contains("claude-sonnet-4-6"), "\(models)")
    let good = try run(["--health"], "")
    #expect(good.status == 0 && good.text.contains(#""authenticated":true"#), "\(good)")
    let bad = try run(["--health"], "", environment: ["LITELLM_API_KEY": "sk-wrong"])
    #expect(bad.status == 77 && bad.text.contains(#""reachable":true,"authenticated":false"#), "\(bad)")
  }
}
