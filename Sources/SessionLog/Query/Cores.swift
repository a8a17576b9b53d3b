import Platform
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Runs `body` on this thread and on one more for each further core, and waits for all of them.
///
/// - Parameters:
///   - count: How many threads have something to do; one runs in any case.
///   - first: What this thread does before its share.
///   - body: Takes its work from what all share, until nothing is left: where the system has no thread to give, the
///     others do the work.
/// - Returns: What each has made.
@discardableResult
func onEachCore<Result: Sendable>(atMost count: Int, first: () -> Void = {}, _ body: @escaping @Sendable () -> Result)
  -> [Result]
{
  let cores = count > 1 ? min(coreCount, count, 8) : 1
  guard cores > 1 else {
    first()
    return [body()]
  }
  let results = Mutex<[Result]>([])
  let run: @Sendable () -> Void = {
    let result = body()
    results.withLock { $0.append(result) }
  }
  let threads = (1..<cores).compactMap { _ in startThread(run) }
  first()
  run()
  for thread in threads { pthread_join(thread, nil) }
  return results.withLock { $0 }
}
