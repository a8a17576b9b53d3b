import TestSupport
import Testing

@testable import SessionLog

@Suite struct LatencyHistogramTests {
  @Test func nothingHasNoPercentile() {
    #expect(LatencyHistogram().percentile(0.5) == nil)
  }

  @Test(arguments: [0.0, 1, 63, 64, 127])
  func smallDurationsAreExact(milliseconds: Double) {
    var histogram = LatencyHistogram()
    histogram.add(milliseconds)
    #expect(histogram.percentile(0.5) == milliseconds)
  }

  /// Against the nearest rank of the sorted durations.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func percentilesAreWithinOnePercent(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var (left, right) = (LatencyHistogram(), LatencyHistogram())
    var all: [Double] = []
    for index in 0..<5000 {
      let duration = Double(UInt64.random(in: 0..<(1 << UInt64.random(in: 1..<40, using: &random)), using: &random))
      all.append(duration)
      if index % 2 == 0 { left.add(duration) } else { right.add(duration) }
    }
    left.merge(right)
    all.sort()
    for share in [0.0, 0.01, 0.5, 0.9, 0.95, 0.99, 1] {
      let exact = all[max(1, Int((share * 5000).rounded(.up))) - 1]
      let found = try #require(left.percentile(share))
      #expect(abs(found - exact) <= exact * 0.01 + 0.5, "\(share): \(found) for \(exact)")
    }
  }
}
