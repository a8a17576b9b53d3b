#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The time of day (`CLOCK_REALTIME`), which an administrator may set: for time stamps. `MonotonicTime` measures.
public enum WallClock {
  /// Nanoseconds since 1970-01-01T00:00:00Z.
  public static var nanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.nanoseconds
  }

  /// Milliseconds since 1970-01-01T00:00:00Z.
  public static var milliseconds: Int64 { nanoseconds / 1_000_000 }

  /// Seconds since 1970-01-01T00:00:00Z, with a fraction.
  public static var seconds: Double { Double(nanoseconds) / 1e9 }
}

extension timespec {
  /// The whole time; a moment beyond the year 2262, which anyone can give a file, becomes the last one that fits.
  var nanoseconds: Int64 {
    let (product, overflow) = Int64(tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, sumOverflow) = product.addingReportingOverflow(Int64(tv_nsec))
    return overflow || sumOverflow ? (tv_sec < 0 ? .min : .max) : sum
  }
}
