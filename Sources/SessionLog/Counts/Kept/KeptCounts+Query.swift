import Platform
import Synchronization

extension KeptCounts.Snapshot {
  /// A piece of work for one thread.
  private enum Unit: Sendable {
    case blocks(KeptRun, Range<Int>)
    case entries([CountedEntry], EntryNames)
    case tail
  }

  private static let blocksAtOnce = 64

  /// Counts all entries with a tally, on all cores.
  ///
  /// - Parameters:
  ///   - since: Entries before this moment, in milliseconds since 1970, need not be counted; nil counts all.
  ///   - make: Makes a tally for each thread.
  /// - Returns: All tallies put together.
  /// - Throws: When a run is damaged.
  func tally<Tally: EntryTally>(
    since: Int64?, _ make: @escaping @Sendable () -> Tally
  ) throws(KeptCounts.Failure) -> Tally {
    let units = units(since: since)
    let (files, tail) = (files.names, tail)
    let next = Atomic<Int>(0)
    let parts: [Tally?] = onEachCore(atMost: units.count) {
      var tally = make()
      var current: (run: KeptRun, names: EntryNames)?
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < units.count else { return tally }
        switch units[index] {
        case .entries(let entries, let names):
          for entry in entries { tally.add(entry, names) }
        case .tail:
          guard tail.forEachEntry({ tally.add($0, $1) }) else { return nil }
        case .blocks(let run, let range):
          if current?.run !== run { current = run.names(files: files).map { (run, $0) } }
          guard let names = current?.names, current?.run === run else { return nil }
          for index in range {
            guard let (block, _) = run.block(index),
              run.forEachEntry(of: block, names, { tally.add($0, names) })
            else { return nil }
          }
        }
      }
    }
    var result = make()
    for part in parts {
      guard let part else { throw .damaged }
      result.merge(part)
    }
    return result
  }

  private func units(since: Int64?) -> [Unit] {
    var units: [Unit] = []
    for run in runs where run.footer.entries > 0 {
      if let since, run.footer.last < since { continue }
      let start = since.flatMap { run.lastBlock(before: $0) } ?? 0
      for first in stride(from: start, to: Int(run.footer.blocks), by: Self.blocksAtOnce) {
        units.append(.blocks(run, first..<min(first + Self.blocksAtOnce, Int(run.footer.blocks))))
      }
    }
    units.append(.tail)
    units.append(.entries(update.entries, update.names))
    units.append(.entries(passing, passingNames))
    return units
  }

  /// The sums of the entries from a moment on, by skill and model. Of each run one block is read.
  ///
  /// - Parameter since: In milliseconds since 1970.
  /// - Returns: The sums.
  /// - Throws: When a run is damaged.
  func sums(since: Int64) throws(KeptCounts.Failure) -> SumTable {
    var table = SumTable()
    guard tail.forEachEntry({ if $0.time >= since { table.add($0, $1) } }) else { throw .damaged }
    for entry in update.entries where entry.time >= since { table.add(entry, update.names) }
    for entry in passing where entry.time >= since { table.add(entry, passingNames) }
    for run in runs where run.footer.last >= since { try add(run, since, to: &table) }
    return table
  }

  private func add(_ run: KeptRun, _ since: Int64, to table: inout SumTable) throws(KeptCounts.Failure) {
    guard let groups = run.groups(), let (_, all) = run.block(Int(run.footer.blocks)), all.count == groups.count else {
      throw .damaged
    }
    let numbers = (0..<groups.count).map { table.number(of: groups.name($0)) }
    for (number, sum) in zip(numbers, all) { table.add(sum, to: number) }
    guard run.footer.first < since else { return }
    guard let index = run.lastBlock(before: since), let (block, before) = run.block(index),
      let names = run.names(files: files.names)
    else { throw .damaged }
    for (number, sum) in zip(numbers, before) { table.subtract(sum, from: number) }
    // Those of this block that are too early.
    var early = table
    let isRead = run.forEachEntry(of: block, names) { entry in
      if entry.time < since { early.add(entry, names, times: -1) }
    }
    guard isRead else { throw .damaged }
    table = early
  }
}
