import Platform

/// Which files a decision looks at where there are very many sessions: looking at each takes more than a microsecond.
///
/// New ones, those written to lately, and some of the others in turn: what another program adds to a session that has been
/// quiet for long is found a few decisions later. Questions to hg-log look at all.
struct FileSelection: Sendable {
  /// With no more files than this, all are looked at.
  static let mostFiles = 1 << 14
  /// How many of those written to lately, and of the others, are looked at.
  private static let share = 1 << 12

  /// Which of the others are next.
  let turn: UInt64

  /// The numbers of the files to look at, in order.
  ///
  /// - Parameters:
  ///   - present: The numbers of the files that are there, in order.
  ///   - files: What is known of them.
  ///   - mostFiles: With no more files than this, all are taken.
  ///   - now: Nanoseconds since 1970.
  /// - Returns: Some of `present`.
  func numbers(
    of present: [Int], _ files: SessionFiles, mostFiles: Int = mostFiles, now: Int64 = WallClock.nanoseconds
  ) -> [Int] {
    guard present.count > mostFiles else { return present }
    // The longest time for which there are not too many.
    let second: Int64 = 1_000_000_000
    let lately = [86_400, 3600, 600, 60, 10].lazy.map { now - $0 * second }.first { start in
      present.count { files.progress[$0].modified >= start } <= Self.share
    }
    let turns = (present.count + Self.share - 1) / Self.share
    let first = Int(turn % UInt64(turns)) * Self.share
    let range = first..<min(first + Self.share, present.count)
    return present.indices.filter { place in
      let progress = files.progress[present[place]]
      return !progress.isCounted || range.contains(place) || lately.map { progress.modified >= $0 } ?? false
    }.map { present[$0] }
  }
}
