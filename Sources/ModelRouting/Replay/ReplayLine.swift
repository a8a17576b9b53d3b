public import NDJSON

/// What was done and what a policy would have done, for one skill or for all of them.
public struct ReplayLine: Sendable, Equatable {
  /// One choice, or a mixture of two.
  struct Choice {
    /// How much of it went to the strong model, `0...1`.
    let share: Double
    /// How much of it passed, `0...1`.
    let rate: Double
    /// US dollars; nil when the price is not known.
    let cost: Double?
  }

  /// The sums of choices.
  struct Side: Sendable, Equatable {
    var share = 0.0
    var rate = 0.0
    /// Nil when a price is not known: then the sum is not known either.
    var cost: Double? = 0

    mutating func add(_ choice: Choice) {
      share += choice.share
      rate += choice.rate
      cost = cost.flatMap { sum in choice.cost.map { sum + $0 } }
    }

    func write(as name: MemberName, entries: Int, to writer: inout JSONWriter) {
      writer.name(name)
      writer.object { object in
        object.member("strong_share", rounded(share / Double(entries)))
        object.member("pass_rate", rounded(rate / Double(entries)))
        object.name("cost_usd")
        if let cost { object.double(rounded(cost)) } else { object.null() }
      }
    }

    /// Six digits: what is behind them is noise of the sums.
    private func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
  }

  /// The skill; nil for entries without one, and for the line of all.
  public let skill: String?
  /// Whether it is the line of all skills.
  public let isTotal: Bool
  /// How many entries it is from.
  public private(set) var entries = 0
  private var actual = Side()
  private var policy = Side()

  init(skill: String?, isTotal: Bool) {
    self.skill = skill
    self.isTotal = isTotal
  }

  mutating func add(done: Choice, chosen: Choice) {
    entries += 1
    actual.add(done)
    policy.add(chosen)
  }

  /// Writes the line as one JSON object:
  /// `{"skill","entries","actual":{"strong_share","pass_rate","cost_usd"},"policy":{...}}`; the last line has
  /// `"all":true` in place of `skill`.
  ///
  /// - Parameter writer: Gets the object.
  public func write(to writer: inout JSONWriter) {
    guard entries > 0 || isTotal else { return }
    writer.object { object in
      if isTotal {
        object.member("all", true)
      } else {
        object.name("skill")
        if let skill { object.string(skill) } else { object.null() }
      }
      object.member("entries", entries)
      guard entries > 0 else { return }
      actual.write(as: "actual", entries: entries, to: &object)
      policy.write(as: "policy", entries: entries, to: &object)
    }
  }
}
