import Foundation

/// Counts by a word, from any thread.
public final class Counter: @unchecked Sendable {
  // Used under the lock only.
  private var counts: [String: Int] = [:]
  private let lock = NSLock()

  /// Nothing was counted yet.
  public init() {}

  /// How often a word came, with this time.
  public func next(_ word: String) -> Int {
    lock.withLock {
      counts[word, default: 0] += 1
      return counts[word] ?? 0
    }
  }
}
