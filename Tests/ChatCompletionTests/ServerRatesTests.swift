import Platform
import Testing

@testable import ChatCompletion

@Suite("What a server says of its rates")
struct ServerRatesTests {
  private func headers(_ fields: [String: String]) -> RateHeaders? { RateHeaders { fields["\($0)"] } }

  @Test("times as OpenAI writes them")
  func times() {
    let times: [(String, Double?)] = [
      ("1s", 1), ("6m0s", 360), ("250ms", 0.25), ("1h2m3.5s", 3723.5), ("1d", 86_400), ("12", 12), ("0.5", 0.5),
      ("", nil),
      ("s", nil), ("5x", nil), ("1m5", nil), ("-3", nil), ("inf", nil), ("2024-01-01T00:00:00Z", nil),
    ]
    for (text, seconds) in times { #expect(RateHeaders.seconds(text) == seconds, "\(text)") }
  }

  @Test("headers of OpenAI, of LiteLLM and of Anthropic")
  func names() throws {
    let own = try #require(headers(["x-ratelimit-remaining-requests": "7", "x-ratelimit-remaining-tokens": "900"]))
    #expect(own.requests == 7 && own.tokens == 900 && own.reset == nil)
    let passed = headers([
      "llm_provider-x-ratelimit-remaining-requests": "0", "llm_provider-x-ratelimit-reset-requests": "2s",
      "x-ratelimit-reset-tokens": "9s",
    ])
    #expect(passed?.requests == 0 && passed?.reset == 2)
    #expect(headers(["anthropic-ratelimit-requests-remaining": "3"])?.requests == 3)
    #expect(headers(["x-ratelimit-remaining-requests": "many"]) == nil)
    // No limit, as some servers say it.
    #expect(headers(["x-ratelimit-remaining-requests": "-1"]) == nil)
    #expect(headers(["x-ratelimit-limit-requests": "60"]) == nil)
  }

  @Test("no more are on their way than it takes, and none before there are more")
  func openings() {
    let now = MonotonicTime.past.adding(seconds: 5)
    var rates = ServerRates(longestWait: 60)
    for _ in 0..<4 { rates.started("m") }
    #expect(rates.opening("m", now: now) == now)
    rates.finished("m", headers(["x-ratelimit-remaining-requests": "3"]), tokens: 10, now: now)
    #expect(rates.opening("m", now: now) == .never)
    #expect(rates.opening("other", now: now) == now)
    rates.finished("m", headers(["x-ratelimit-remaining-requests": "3"]), tokens: 10, now: now)
    #expect(rates.opening("m", now: now) == now)
    // 25 tokens are two answers of 10.
    rates.finished("m", headers(["x-ratelimit-remaining-tokens": "25"]), tokens: 10, now: now)
    rates.started("m")
    #expect(rates.opening("m", now: now) == .never)
    rates.finished(
      "m", headers(["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "500s"]), tokens: 10, now: now)
    #expect(rates.opening("m", now: now) == now.adding(seconds: 60))
    // Then one goes ahead to see.
    let later = now.adding(seconds: 61)
    rates.finished("m", nil, tokens: nil, now: later)
    #expect(rates.opening("m", now: later) == later)
  }
}
