import NDJSON
import Platform
import Synchronization
import SystemPackage

/// Takes in the entries that one thread reads.
protocol EntryConsumer: Sendable {
  /// Takes in one entry.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - names: What its numbers stand for.
  ///   - isWhole: Whether its line has an end; if not, it may become another one.
  mutating func take(_ entry: CountedEntry, _ names: EntryNames, isWhole: Bool)
}

/// Reads the entries of files that have changed, on all cores.
struct EntryReading<Consumer: EntryConsumer>: Sendable {
  /// What became of one file.
  struct Outcome: Sendable {
    let number: Int
    /// Nil when it is gone.
    var progress: FileProgress?
    /// Whether what was counted of it before no longer holds.
    var isReplaced = false
    /// Where its new entries begin, and where they ended when it was looked at.
    var range = 0..<0
  }

  /// What was read, by thread.
  private(set) var parts: [Part] = []
  private(set) var outcomes: [Outcome] = []

  /// A file with more to read is shared by the threads, in bytes.
  static var share: Int { 8 << 20 }

  private let needs: EntryNeeds
  let files: SessionFiles
  let sessions: SessionDirectory
  let directory: FileDescriptor

  /// Reads what is new in files.
  ///
  /// - Parameters:
  ///   - sweep: Which files; its directory is open.
  ///   - files: How far each was counted.
  ///   - sessions: Where they are.
  ///   - needs: What of each entry is read.
  ///   - make: Makes a consumer for each thread.
  /// - Throws: `SessionLogError` of the first file that cannot be read.
  init(
    _ sweep: LogSweep, _ files: SessionFiles, in sessions: SessionDirectory, _ needs: EntryNeeds,
    _ make: @escaping @Sendable () -> Consumer
  ) throws(SessionLogError) {
    self.files = files
    self.sessions = sessions
    self.needs = needs
    directory = FileDescriptor(rawValue: sweep.descriptor)
    let changed = sweep.changed
    try run(count: changed.count, make) { [self] (worker, buffer, index) throws(SessionLogError) in
      try read(changed[index], &worker, &buffer)
    }
    // Those too long for one thread.
    let long = outcomes.indices.filter { !outcomes[$0].range.isEmpty }
    let segments = long.flatMap { place in
      stride(from: outcomes[place].range.lowerBound, to: outcomes[place].range.upperBound, by: Self.share).map {
        (outcomes[place].number, $0..<min($0 + Self.share, outcomes[place].range.upperBound))
      }
    }
    let found = outcomes
    outcomes = []
    try run(count: segments.count, make) { [self] (worker, buffer, index) throws(SessionLogError) in
      let (number, range) = segments[index]
      let file = try open(number)
      defer { closeQuietly(file) }
      let end = try read(file, number, range, &worker, &buffer)
      worker.outcomes.append(Outcome(number: number, range: 0..<end))
    }
    var ends: [Int: Int] = [:]
    for part in outcomes { ends[part.number] = max(ends[part.number] ?? 0, part.range.upperBound) }
    outcomes = found
    for place in long { try finish(place, ends[outcomes[place].number] ?? 0) }
  }

  /// Goes on with a long file that all threads have read.
  private mutating func finish(_ place: Int, _ end: Int) throws(SessionLogError) {
    let file = try open(outcomes[place].number)
    defer { closeQuietly(file) }
    if var progress = outcomes[place].progress {
      try reach(Int64(max(end, outcomes[place].range.lowerBound)), file, outcomes[place].number, &progress)
      outcomes[place].progress = progress
    }
    outcomes[place].range = 0..<0
  }

  /// What one thread works with.
  struct Worker {
    var consumer: Consumer
    var entries: CountedEntryReader
    var outcomes: [Outcome] = []
    var failure: SessionLogError?
    let parser = JSONParser()
  }

  /// What one thread has read, and what its numbers stand for.
  struct Part: Sendable {
    let consumer: Consumer
    let names: EntryNames
    fileprivate let outcomes: [Outcome]
    fileprivate let failure: SessionLogError?
  }

  private mutating func run(
    count: Int, _ make: @escaping @Sendable () -> Consumer,
    _ body: @escaping @Sendable (inout Worker, inout [UInt8], Int) throws(SessionLogError) -> Void
  ) throws(SessionLogError) {
    guard count > 0 else { return }
    let next = Atomic<Int>(0)
    let (names, needs) = (files.names, needs)
    let workers = onEachCore(atMost: count) {
      var worker = Worker(consumer: make(), entries: CountedEntryReader(files: names, needs))
      var buffer = [UInt8](repeating: 0, count: 512 << 10)
      while worker.failure == nil {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < count else { break }
        do throws(SessionLogError) { try body(&worker, &buffer, index) } catch { worker.failure = error }
      }
      return Part(
        consumer: worker.consumer, names: worker.entries.names, outcomes: worker.outcomes, failure: worker.failure)
    }
    for part in workers {
      if let failure = part.failure { throw failure }
      parts.append(part)
      outcomes += part.outcomes
    }
  }
}
