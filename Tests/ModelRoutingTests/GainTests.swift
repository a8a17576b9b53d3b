import ModelRouting
import SessionLog
import Testing

@Suite struct GainTests {
  let local = PassRate(pass: 800, fail: 200)
  let strong = PassRate(pass: 900, fail: 100)
  var estimator: GainEstimator { GainEstimator(local: local, strong: strong) }

  @Test func anUnknownSkillIsAnAverageOne() {
    let estimate = estimator.estimate(local: PassRate(), strong: PassRate())
    #expect(abs(estimate.local - 0.8) < 0.005)
    #expect(abs(estimate.strong - 0.9) < 0.005)
    #expect(abs(estimate.gain - 0.1) < 0.01)
  }

  @Test func threeLuckyCallsAreNoHundredPercent() {
    let estimate = estimator.estimate(local: PassRate(pass: 3), strong: PassRate())
    #expect(estimate.local > 0.8 && estimate.local < 0.9)
    // What is easy for one is easy for the other, and has less to gain.
    #expect(estimate.strong > 0.9 && estimate.gain < 0.1)
  }

  @Test func muchEvidenceIsBelieved() {
    let estimate = estimator.estimate(local: PassRate(pass: 300, fail: 700), strong: PassRate(pass: 40, fail: 960))
    #expect(abs(estimate.local - 0.3) < 0.02)
    #expect(estimate.strong < 0.12)
    #expect(estimate.gain < -0.15)
  }

  /// A skill where both fail has nothing to gain, however low the local rate is: what the threshold cannot see.
  @Test func whereBothFailThereIsLittleToGain() {
    let bothFail = estimator.estimate(local: PassRate(pass: 20, fail: 180), strong: PassRate(pass: 22, fail: 178))
    let oneFails = estimator.estimate(local: PassRate(pass: 20, fail: 180), strong: PassRate(pass: 150, fail: 50))
    #expect(bothFail.gain < 0.05)
    #expect(oneFails.gain > 0.4)
  }

  @Test func withoutAnyEvidenceNothingIsToGain() {
    let estimate = GainEstimator(local: PassRate(), strong: PassRate())
      .estimate(local: PassRate(), strong: PassRate())
    #expect(abs(estimate.gain) < 0.001)
  }

  @Test(arguments: [
    (PassRate(pass: 1_000_000_000), PassRate(fail: 1_000_000_000)),
    (PassRate(fail: 1_000_000_000), PassRate(pass: 1_000_000_000)), (PassRate(pass: 1), PassRate(fail: 1)),
  ])
  func estimatesAreRates(local: PassRate, strong: PassRate) {
    for estimator in [estimator, GainEstimator(local: local, strong: strong)] {
      let estimate = estimator.estimate(local: local, strong: strong)
      #expect((0...1).contains(estimate.local) && (0...1).contains(estimate.strong))
      #expect((-1...1).contains(estimate.gain))
    }
  }

  /// The strong model gets nearly all prompts where it is known to be worth them, hardly any where it is known not to
  /// be, and a part where little is known.
  @Test func thompsonGivesWhatIsLikely() {
    let estimator = GainEstimator(local: local, strong: strong, minGain: 0.05)
    let policy = GainPolicy(.thompson(0.05), traffic: [])
    let share = { (local: PassRate, strong: PassRate) in
      policy.strongShare(estimator.estimate(local: local, strong: strong))
    }
    #expect(share(PassRate(pass: 40, fail: 60), PassRate(pass: 80, fail: 20)) > 0.99)
    #expect(share(PassRate(pass: 90, fail: 10), PassRate(pass: 20, fail: 80)) < 0.01)
    let unknown = share(PassRate(), PassRate())
    #expect(unknown > 0.5 && unknown < 0.95)
    // Evidence moves it one way only.
    let shares = (0...10).map { share(PassRate(pass: $0, fail: 10 - $0), PassRate(pass: 8, fail: 2)) }
    #expect(shares == shares.sorted(by: >))
    let nothing = GainEstimator(local: PassRate(), strong: PassRate(), minGain: 0.05)
      .estimate(local: PassRate(), strong: PassRate())
    #expect(nothing.worth > 0.1 && nothing.worth < 0.5)
  }

  @Test func aMinimumGainIsReachedOrNot() {
    let policy = GainPolicy(.minGain(0.1), traffic: [])
    #expect(policy.strongShare(gain: 0.1) == 1)
    #expect(policy.strongShare(gain: 0.1.nextDown) == 0)
    #expect(policy.strongShare(gain: 0.5) == 1)
  }

  /// Whatever the traffic is, the shares of its skills add up to the share that was asked for.
  @Test(arguments: [0, 0.1, 0.3, 0.5, 0.95, 1])
  func aShareOfTheTrafficIsThatShare(share: Double) {
    let traffics: [[(Double, Int)]] = [
      [(0.3, 100), (0.2, 50), (0.2, 50), (-0.1, 300)], [(0.1, 7)], [(0, 10), (0, 20)],
      (0..<1000).map { (Double($0 % 37) / 37, $0 % 11) },
    ]
    for traffic in traffics.map({ $0.map { GainPolicy.Traffic(gain: $0.0, entries: $0.1) } }) {
      let policy = GainPolicy(.strongShare(share), traffic: traffic)
      let strong = traffic.reduce(0) { $0 + policy.strongShare(gain: $1.gain) * Double($1.entries) }
      let total = traffic.reduce(0) { $0 + $1.entries }
      #expect(abs(strong / Double(total) - share) < 1e-9)
      // And no skill goes strong while one with more to gain stays local.
      let gains = traffic.sorted { $0.gain > $1.gain }.map { policy.strongShare(gain: $0.gain) }
      #expect(gains == gains.sorted(by: >))
    }
    #expect(GainPolicy(.strongShare(share), traffic: []).strongShare(gain: 0) == share)
  }
}
