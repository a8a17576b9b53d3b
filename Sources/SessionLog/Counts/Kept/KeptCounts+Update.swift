import Platform
import Synchronization
import SystemPackage

extension KeptCounts {
  /// Reads what is new in the logs, takes away what they no longer hold, and keeps both.
  ///
  /// - Parameter snapshot: What was kept; afterwards what is known now.
  /// - Returns: What was left out.
  /// - Throws: When a log cannot be read, or what was kept is of no use.
  func update(_ snapshot: inout Snapshot) throws(Failure) -> [SessionLogError] {
    snapshot.update.knownFiles = snapshot.files.names.count
    let stamp = snapshot.files.directory
    let numbers = RunNumbers(snapshot.tail.nextNumber)
    let (sweep, reading) = try read(&snapshot.files, numbers)
    var replaced = Set(sweep.gone)
    snapshot.update.changed = Array(snapshot.update.knownFiles..<snapshot.files.names.count)
    for outcome in reading.outcomes {
      if outcome.isReplaced { replaced.insert(outcome.number) }
      snapshot.files.progress[outcome.number] = outcome.progress ?? FileProgress()
      if outcome.number < snapshot.update.knownFiles { snapshot.update.changed.append(outcome.number) }
    }
    for number in sweep.gone {
      snapshot.files.progress[number] = FileProgress()
      snapshot.files.progress[number].isThere = sweep.skipped.contains { $0.number == number }
      snapshot.update.changed.append(number)
    }
    // Names that came or went tell themselves by the stamp; it is written with the next update that has something.
    if snapshot.update.changed.isEmpty, stamp != snapshot.files.directory, snapshot.files.directory.isSure {
      snapshot.update.changed = snapshot.files.progress.isEmpty ? [] : [0]
    }
    snapshot.update.names = EntryNames(files: snapshot.files.names)
    try snapshot.takeAway(replaced)
    var spilled: [UInt64] = []
    for part in reading.parts {
      if let failure = part.consumer.failure { throw Failure.system(failure) }
      spilled += part.consumer.spilled
      var translation = Translation()
      for entry in part.consumer.entries {
        snapshot.update.entries.append(translation.entry(entry, from: part.names, to: &snapshot.update.names))
      }
      for entry in part.consumer.passing {
        snapshot.passing.append(translation.entry(entry, from: part.names, to: &snapshot.update.names))
      }
    }
    snapshot.passingNames = snapshot.update.names
    if mayWrite {
      do throws(Failure) {
        try keep(&snapshot, spilled: spilled, nextNumber: numbers.next)
      } catch {
        // What is in memory does for an answer. It is read again next time.
        guard spilled.isEmpty, case .system = error else { throw error }
      }
    }
    return sweep.skippedFiles(snapshot.files, sessions)
  }
}

extension KeptCounts {
  private func read(
    _ files: inout SessionFiles, _ numbers: RunNumbers
  ) throws(Failure) -> (LogSweep, EntryReading<EntryCollector>) {
    do throws(SessionLogError) {
      let sweep = try LogSweep(sessions, &files, selection)
      if files.names.count > FileSelection.mostFiles { endTurn() }
      defer { sweep.close() }
      let (folder, names, limits) = (mayWrite ? folder : nil, files.names, limits)
      let reading = try EntryReading(sweep, files, in: sessions, .all) {
        EntryCollector(folder: folder, files: names, numbers, limits)
      }
      return (sweep, reading)
    } catch {
      throw .log(error)
    }
  }
}

extension KeptCounts.Snapshot {
  /// Takes the entries of files away.
  fileprivate mutating func takeAway(_ files: Set<Int>) throws(KeptCounts.Failure) {
    guard !files.isEmpty else { return }
    var translation = Translation()
    var number: UInt64 = 0
    var taken: [CountedEntry] = []
    var names = update.names
    let isRead = tail.forEachEntry { entry, source in
      guard files.contains(Int(entry.file)) else { return }
      // Of one update after the other: a translation is of one only.
      if source.number != number { (translation, number) = (Translation(), source.number) }
      taken.append(translation.entry(entry.negated, from: source, to: &names))
    }
    guard isRead else { throw .damaged }
    for run in runs {
      guard let source = run.names(files: self.files.names) else { throw .damaged }
      translation = Translation()
      for index in 0..<Int(run.footer.blocks) {
        guard let (block, _) = run.block(index) else { throw .damaged }
        let isRead = run.forEachEntry(of: block, source) { entry in
          guard files.contains(Int(entry.file)) else { return }
          taken.append(translation.entry(entry.negated, from: source, to: &names))
        }
        guard isRead else { throw .damaged }
      }
    }
    update.names = names
    update.entries += taken
  }
}

extension KeptCounts.Snapshot {
  /// Adds the entries of all updates.
  func addTail(to merge: inout RunMerge) throws(KeptCounts.Failure) {
    var entries: [CountedEntry] = []
    entries.reserveCapacity(tail.count)
    var names = EntryNames(files: files.names)
    var (translation, number) = (Translation(), UInt64(0))
    let isRead = tail.forEachEntry { entry, source in
      if source.number != number { (translation, number) = (Translation(), source.number) }
      entries.append(translation.entry(entry, from: source, to: &names))
    }
    guard isRead else { throw .damaged }
    merge.add(entries, names)
  }
}

/// The numbers of new runs.
private final class RunNumbers: Sendable {
  private let counter: Atomic<UInt64>

  init(_ first: UInt64) { counter = Atomic(first) }

  /// The number after all that were taken.
  var next: UInt64 { counter.load(ordering: .relaxed) }

  func take() -> UInt64 { counter.add(1, ordering: .relaxed).oldValue }
}

/// Collects the entries that one thread reads; many of them go to the disk on the way.
private struct EntryCollector: EntryConsumer {
  private(set) var entries: [CountedEntry] = []
  /// Those whose line has no end yet.
  private(set) var passing: [CountedEntry] = []
  private(set) var spilled: [UInt64] = []
  private(set) var failure: Errno?
  private let folder: FilePath?
  private let files: NameTable
  private let numbers: RunNumbers
  private let limits: KeptCounts.Limits

  /// Collects.
  ///
  /// - Parameters:
  ///   - folder: Where runs are written; nil keeps all in memory.
  ///   - files: The names of the files.
  ///   - numbers: Numbers the runs.
  ///   - limits: How many entries are kept in memory.
  init(folder: FilePath?, files: NameTable, _ numbers: RunNumbers, _ limits: KeptCounts.Limits) {
    self.limits = limits
    self.folder = folder
    self.files = files
    self.numbers = numbers
  }

  mutating func take(_ entry: CountedEntry, _ names: EntryNames, isWhole: Bool) {
    guard isWhole else {
      passing.append(entry)
      return
    }
    entries.append(entry)
    if entries.count >= limits.memory, let folder, failure == nil { spill(names, folder) }
  }

  private mutating func spill(_ names: EntryNames, _ folder: FilePath) {
    let number = numbers.take()
    do throws(Errno) {
      var writer = try RunWriter(number, in: folder, files: files, block: limits.shortBlock, hasSums: false)
      defer { writer.close() }
      var translation = Translation()
      for place in entries.placesByTime() { try writer.append(entries[Int(place)], names, &translation) }
      try writer.finish()
      spilled.append(number)
    } catch {
      failure = error
    }
    entries.removeAll(keepingCapacity: true)
  }
}
