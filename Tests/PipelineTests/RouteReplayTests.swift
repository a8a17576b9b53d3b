import Foundation
import TestSupport
import Testing

@Suite struct RouteReplayTests {
  struct Line: Decodable {
    struct Side: Decodable {
      let strong_share: Double
      let pass_rate: Double
      let cost_usd: Double?
    }
    let skill: String?
    let all: Bool?
    let entries: Int
    let actual: Side?
    let policy: Side?
  }

  private func replay(_ entries: [String], _ arguments: [String] = []) throws -> [Line] {
    let result = try TestFolder().run(
      "hg-route", ["--replay"] + arguments, text: entries.map { $0 + "\n" }.joined())
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    return try result.lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  private func entry(_ skill: String, _ model: String, _ passed: Bool, _ cost: Double? = nil) -> String {
    let price = cost.map { #","cost_usd":\#($0)"# } ?? ""
    return #"{"skill":"\#(skill)","model_used":"\#(model)","final_status":"\#(passed ? "pass" : "fail")"\#(price)}"#
  }

  /// All went to the strong model where the local one is as good: the threshold sends it to the local one.
  @Test func thePolicyIsCheaperWhereTheLocalModelIsGood() throws {
    let local = (0..<100).map { _ in entry("easy", "qwen35", true, 0) }
    let strong = (0..<100).map { _ in entry("easy", "claude-sonnet-4-6", true, 0.01) }
    let lines = try replay(local + strong)
    #expect(lines.map(\.skill) == ["easy", nil] && lines.last?.all == true)
    let line = try #require(lines.first)
    let (actual, policy) = (try #require(line.actual), try #require(line.policy))
    #expect(line.entries == 200)
    #expect(actual.strong_share == 0.5 && abs((actual.cost_usd ?? 0) - 1) < 1e-9 && actual.pass_rate == 1)
    #expect(policy.strong_share == 0 && policy.cost_usd == 0 && policy.pass_rate == 1)
  }

  /// A decision knows only what was logged before it: the first ones are local although all of these fail.
  @Test func thePolicyLearnsAsItGoes() throws {
    let entries = (0..<200).map { entry("hard", $0 % 2 == 0 ? "qwen35" : "claude-sonnet-4-6", $0 % 2 == 1) }
    let line = try #require(try replay(entries).first)
    let policy = try #require(line.policy)
    #expect(policy.strong_share > 0.97 && policy.strong_share < 1)
    #expect(policy.pass_rate == policy.strong_share)
    #expect(line.actual?.pass_rate == 0.5)
    #expect(policy.cost_usd == nil, "a price that is not known is null, not 0")
  }

  @Test func aShareIsReachedOnceThereIsEvidence() throws {
    let entries = (0..<3000).map { index in
      entry("s\(index % 3)", index % 2 == 0 ? "qwen35" : "claude-sonnet-4-6", index % 7 < 3 + index % 3 * (index % 2))
    }
    let total = try #require(try replay(entries, ["--policy", "gain", "--strong-share", "0.3"]).last)
    #expect(abs((total.policy?.strong_share ?? 0) - 0.3) < 0.03)
  }

  @Test func whatIsNoOutcomeDoesNotCount() throws {
    let lines = try replay([
      #"{"skill":"a","final_status":"ok"}"#, #"{"skill":"_routing","final_status":"skip"}"#, "{}",
    ])
    #expect(lines.count == 1 && lines.first?.entries == 0)
  }

  @Test func badLinesAreSkippedAndSaid() throws {
    let result = try TestFolder().run("hg-route", ["--replay"], text: "{\"torn\n" + entry("a", "qwen35", true) + "\n")
    #expect(result.status == 1 && result.lines.count == 2 && result.errors.contains("stdin:1: "), "\(result)")
  }
}
