/// Counts durations in buckets whose width is at most 1/64 of their value, so that percentiles of any number of calls
/// need little memory: they are off by less than 1 %. Below 128 ms they are exact to the millisecond.
struct LatencyHistogram: Sendable {
  /// 64 buckets for each power of two.
  private static let resolution = 6
  /// Every bucket has a number below it.
  static let mostBuckets = 4096

  private(set) var total = 0
  private var counts: [Int] = []

  /// Takes in a duration in milliseconds; negative ones count as 0.
  mutating func add(_ milliseconds: Double) { add(bucket: Self.bucket(of: milliseconds), 1) }

  /// Takes in a number of durations of one bucket; a negative number takes them out again.
  mutating func add(bucket: Int, _ count: Int) {
    if bucket >= counts.count { counts += repeatElement(0, count: bucket + 1 - counts.count) }
    counts[bucket] += count
    total += count
  }

  /// The bucket of a duration in milliseconds, below 4096; negative ones count as 0.
  static func bucket(of milliseconds: Double) -> Int {
    bucket(UInt64(min(max(milliseconds.rounded(), 0), 1e15)))
  }

  mutating func merge(_ other: LatencyHistogram) {
    if other.counts.count > counts.count {
      counts += repeatElement(0, count: other.counts.count - counts.count)
    }
    for (bucket, count) in other.counts.enumerated() { counts[bucket] += count }
    total += other.total
  }

  /// The smallest duration that at least this share of the calls did not exceed (nearest rank), in milliseconds.
  ///
  /// - Parameter share: `0...1`.
  /// - Returns: The middle of its bucket; nil without calls.
  func percentile(_ share: Double) -> Double? {
    guard total > 0 else { return nil }
    let rank = max(1, Int((share * Double(total)).rounded(.up)))
    var seen = 0
    for (bucket, count) in counts.enumerated() {
      seen += count
      if seen >= rank { return Self.middle(bucket) }
    }
    return nil
  }

  private static func bucket(_ value: UInt64) -> Int {
    let shift = max(0, 64 - value.leadingZeroBitCount - resolution - 1)
    return shift << resolution + Int(value >> UInt64(shift))
  }

  private static func middle(_ bucket: Int) -> Double {
    let shift = max(0, bucket >> resolution - 1)
    let low = UInt64(bucket - shift << resolution) << UInt64(shift)
    return Double(low) + Double((UInt64(1) << UInt64(shift)) - 1) / 2
  }
}
