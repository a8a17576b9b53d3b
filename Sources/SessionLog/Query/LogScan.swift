package import NDJSON
import Platform
import Synchronization
package import SystemPackage

/// Takes in entries on one thread; several of them are put together at the end.
package protocol EntryAccumulator: Sendable {
  /// Takes in one entry, valid during the call.
  mutating func add(_ entry: Record)

  /// Takes in what another thread has seen. The order in which this happens means nothing.
  mutating func merge(_ other: Self)
}

/// Reads entries of many sessions on all cores, in no order. Lines that are not entries are skipped.
package enum LogScan {
  /// Reads files from end to end.
  ///
  /// - Parameters:
  ///   - files: The sessions' files; one that goes away meanwhile counts as empty.
  ///   - make: Makes an accumulator for each thread.
  /// - Returns: All accumulators put together.
  /// - Throws: The first error that a thread met.
  package static func run<Accumulator: EntryAccumulator>(
    _ files: [FilePath], _ make: @escaping @Sendable () -> Accumulator
  ) throws(SessionLogError) -> Accumulator {
    let segments = try LogSegment.cut(files)
    let progress = Mutex((next: 0, result: nil as Accumulator?, failure: nil as SessionLogError?))
    onEachCore(atMost: segments.count) {
      var accumulator = make()
      let parser = JSONParser()
      var buffer = [UInt8](repeating: 0, count: 512 << 10)
      while true {
        let index = progress.withLock { state in
          state.next += 1
          return state.failure == nil ? state.next - 1 : segments.count
        }
        guard index < segments.count else { break }
        do throws(SessionLogError) {
          try segments[index].forEachLine(&buffer) { line, _ in
            if let entry = try? parser.record(line) { accumulator.add(entry) }
          }
        } catch {
          guard !error.isNoSuchFile else { continue }
          progress.withLock { if $0.failure == nil { $0.failure = error } }
        }
      }
      progress.withLock { [accumulator] state in
        if state.result?.merge(accumulator) == nil { state.result = accumulator }
      }
    }
    let (result, failure) = progress.withLock { ($0.result, $0.failure) }
    if let failure { throw failure }
    return result ?? make()
  }
}
