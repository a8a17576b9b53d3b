import Foundation

/// The CPU time that this thread spends in a closure: unlike the time on the clock, it is not what other processes make it.
///
/// - Parameter work: Runs on this thread alone.
/// - Returns: Seconds.
public func cpuTime(_ work: () throws -> Void) rethrows -> Double {
  let now = {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  let start = now()
  try work()
  return now() - start
}
