import Platform
import Servers
import Testing

@testable import ChatCompletion

@Suite("Retries and limits")
struct RetryTests {
  /// Headers, and the wait in seconds that they ask for.
  static let waits: [([String: String], Double?)] = [
    ([:], nil),
    (["retry-after": "7"], 7),
    (["retry-after": "0"], 0),
    (["retry-after": "1.5"], 1.5),
    (["retry-after": "86400"], 86_400),
    (["retry-after-ms": "250", "retry-after": "9"], 0.25),
    (["retry-after": "soon"], nil),
    (["retry-after": "-3"], nil),
    (["retry-after": "inf"], nil),
    (["retry-after": "nan"], nil),
    (["llm_provider-retry-after": "3"], 3),
    (["retry-after": "2", "llm_provider-retry-after": "3"], 2),
    (["retry-after": "", "llm_provider-retry-after": "3"], 3),
    (["retry-after": "Sun, 06 Nov 1994 08:49:47 GMT", "date": "Sun, 06 Nov 1994 08:49:37 GMT"], 10),
    (["retry-after": "Sun Nov  6 08:49:47 1994", "date": "Sun, 06 Nov 1994 08:49:37 GMT"], 10),
    (["retry-after": "Sunday, 06-Nov-94 08:49:47 GMT", "date": "Sunday, 06-Nov-94 08:49:37 GMT"], 10),
    (["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Mon, 06 Nov 1995 08:49:37 GMT"], 0),
    (["retry-after": "Thu, 01 Jan 1970 00:16:45 GMT"], 5),
  ]

  @Test("wait as long as the server says", arguments: waits)
  func retryAfter(_ headers: [String: String], _ seconds: Double?) {
    // The clock says 1000 seconds after 1970, which the last date is five seconds after.
    #expect(RetryAfter.seconds({ headers["\($0)"] }, now: 1000) == seconds)
  }

  static let messages: [(String, Double?)] = [
    ("Rate limit reached. Please try again in 2 seconds.", 2), ("retry after 30 s", 30), ("try again in 1m30s", 90),
    ("Please try again in 20ms. Visit x", 0.02), ("Please retry in 42.5s.", 42.5), ("TRY AGAIN IN 1h 2 minutes", 3720),
    ("try again in 5.", 5), ("try again in a moment, or retry after 3 seconds", 3), ("Retry-After: 7", 7),
    ("try again later", nil), ("", nil), ("try again in 1e400 s", 1), ("try again in -3 s", nil),
    ("try again in " + String(repeating: "9", count: 400) + " s", nil), ("limit of 3 requests in 60 seconds", nil),
  ]

  @Test("wait as long as the message says", arguments: messages)
  func messageWait(_ message: String, _ seconds: Double?) {
    #expect(RetryAfter.seconds(inMessage: message) == seconds)
  }

  @Test("wait longer each time, with jitter, never longer than allowed")
  func backOff() {
    var options = CompletionOptions()
    options.retryBase = 1
    options.retryMaximum = 5
    let policy = RetryPolicy(options: options)
    for (retry, end) in [(0, 1.0), (1, 2), (2, 4), (3, 5), (60, 5)] {
      let waits = (0..<200).map { _ in policy.wait(retry: retry, least: nil) }
      #expect(waits.allSatisfy { (0...end).contains($0) })
      #expect(Set(waits).count > 100, "no jitter")
    }
    #expect(policy.wait(retry: 0, least: 86_400) == 5)
    #expect((3...5).contains(policy.wait(retry: 9, least: 3)))
  }

  @Test("are tried after just these statuses")
  func statuses() {
    let transient = (300...599).filter { CompletionFailure.isTransient(status: $0) }
    #expect(transient == [408, 409, 425, 429] + (500...599).filter { $0 != 501 && $0 != 505 })
  }

  @Test("a bucket lets so much through a minute")
  func bucket() {
    let start = MonotonicTime.now
    var bucket = TokenBucket(perMinute: 60, least: 1, now: start)
    var now = start
    var count = 0
    while now < start.adding(seconds: 59.5) {
      let opening = bucket.opening(now)
      if opening <= now {
        bucket.take(1)
        count += 1
      } else {
        now = opening
      }
    }
    #expect((59...61).contains(count))
  }

  @Test("a bucket owes what was taken too much")
  func debt() {
    let start = MonotonicTime.now
    var bucket = TokenBucket(perMinute: 600, least: 0, now: start)
    bucket.take(110)
    #expect(abs(bucket.opening(start).seconds(since: start) - 10) < 0.001)
    bucket.take(-50)
    #expect(abs(bucket.opening(start).seconds(since: start) - 5) < 0.001)
  }

  @Test("a budget asks one first, then as many as fit, then none")
  func budget() {
    var options = CompletionOptions()
    options.maximumTokens = 100
    var budget = Budget(options)
    #expect(budget.state(running: 0) == .open)
    #expect(budget.state(running: 1) == .wait)
    budget.book(cost: nil, tokens: 30)
    #expect(budget.state(running: 2) == .open)
    #expect(budget.state(running: 3) == .wait)
    budget.book(cost: nil, tokens: 70)
    #expect(budget.state(running: 0) == .spent)
  }

  @Test("a budget of money is not spent by answers without a price")
  func cost() {
    var options = CompletionOptions()
    options.maximumCost = 0.5
    var budget = Budget(options)
    budget.book(cost: nil, tokens: nil)
    #expect(budget.state(running: 50) == .open)
    budget.book(cost: 0.4, tokens: nil)
    #expect(budget.state(running: 1) == .wait)
    budget.book(cost: 0.4, tokens: nil)
    #expect(budget.state(running: 0) == .spent)
  }
}
