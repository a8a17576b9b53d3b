#if canImport(Glibc)
  import Glibc
#endif

/// A moment on the clock that never jumps (`CLOCK_MONOTONIC`).
public struct MonotonicTime: Comparable, Sendable {
  /// Nanoseconds since some fixed moment before the process started.
  public let nanoseconds: Int64

  /// A moment before all others.
  public static let past = MonotonicTime(nanoseconds: 0)

  /// A moment that no clock reaches.
  public static let never = MonotonicTime(nanoseconds: .max)

  /// This moment.
  public static var now: MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// A later moment.
  ///
  /// - Parameter seconds: From this moment on; what does not fit is `never`.
  /// - Returns: The moment.
  public func adding(seconds: Double) -> MonotonicTime {
    let sum = Double(nanoseconds) + seconds * 1e9
    return sum < Double(Int64.max / 2) ? MonotonicTime(nanoseconds: nanoseconds + Int64(seconds * 1e9)) : .never
  }

  /// The time since an earlier moment.
  ///
  /// - Parameter earlier: The earlier moment.
  /// - Returns: Seconds.
  public func seconds(since earlier: MonotonicTime) -> Double {
    Double(nanoseconds - earlier.nanoseconds) / 1e9
  }

  /// The time since an earlier moment.
  ///
  /// - Parameter earlier: The earlier moment.
  /// - Returns: Whole milliseconds, rounded.
  public func milliseconds(since earlier: MonotonicTime) -> Int {
    Int((nanoseconds - earlier.nanoseconds + 500_000) / 1_000_000)
  }

  /// Orders moments.
  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
