package import SystemPackage

/// Counts the entries of all sessions of a directory, on all cores: from what was kept and what is new, or in full.
package enum LogCount {
  /// An answer, and what was left out of it.
  package struct Counted<Answer> {
    package let answer: Answer
    /// What bears the name of a session and is not a regular file.
    package let skipped: [SessionLogError]
  }

  /// Counts with a tally.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - caches: The folder of caches, where counts are kept; nil counts in full.
  ///   - since: Entries before this moment do not matter; nil takes all.
  ///   - limits: How what is kept is laid out.
  ///   - make: Makes a tally for each thread.
  /// - Returns: All tallies put together.
  /// - Throws: `SessionLogError` when a log cannot be read.
  package static func run<Tally: EntryTally>(
    _ sessions: SessionDirectory, caches: FilePath?, since: Timestamp? = nil,
    limits: KeptCounts.Limits = .init(), _ make: @escaping @Sendable () -> Tally
  ) throws(SessionLogError) -> Counted<Tally> {
    let kept = try fromKept(sessions, caches, limits) { (snapshot) throws(KeptCounts.Failure) in
      try snapshot.tally(since: since?.milliseconds, make)
    }
    if let kept { return kept }
    return try inFull(sessions, make)
  }

  /// The outcomes by skill and model, of which only what is new is looked at one by one.
  ///
  /// - Parameters:
  ///   - sessions: As above.
  ///   - caches: As above.
  ///   - since: Only jobs from this moment on.
  ///   - looksAtAll: Whether every file is looked at, also where there are very many (see `FileSelection`).
  ///   - limits: As above.
  /// - Returns: The sums of each skill and model, in no order.
  /// - Throws: As above.
  package static func outcomes(
    _ sessions: SessionDirectory, caches: FilePath?, since: Timestamp, looksAtAll: Bool = false,
    limits: KeptCounts.Limits = .init()
  ) throws(SessionLogError) -> Counted<[(values: [String?], sums: OutcomeSums)]> {
    // Routers ask again and again.
    var limits = limits
    limits.keepsFirst = true
    let kept = try fromKept(sessions, caches, limits, looksAtAll: looksAtAll) {
      (snapshot) throws(KeptCounts.Failure) in
      try snapshot.sums(since: since.milliseconds)
    }
    let counted: Counted<SumTable>
    if let kept {
      counted = kept
    } else {
      let full = try inFull(sessions) { SumTally(since: since.milliseconds) }
      counted = Counted(answer: full.answer.table, skipped: full.skipped)
    }
    let table = counted.answer
    let groups = table.sums.indices.map { (GroupKey(bytes: table.names.name($0)).values, table.sums[$0]) }
    return Counted(answer: groups, skipped: counted.skipped)
  }

  /// Brings what was kept up to date and asks it.
  ///
  /// - Returns: Nil when it has to be counted in full.
  private static func fromKept<Answer>(
    _ sessions: SessionDirectory, _ caches: FilePath?, _ limits: KeptCounts.Limits, looksAtAll: Bool = true,
    _ ask: (KeptCounts.Snapshot) throws(KeptCounts.Failure) -> Answer
  ) throws(SessionLogError) -> Counted<Answer>? {
    guard let caches, var kept = KeptCounts(caches: caches, sessions, limits) else { return nil }
    defer { kept.close() }
    if !looksAtAll { kept.select() }
    for _ in 0..<2 {
      var snapshot = kept.load()
      // Somebody else is making it.
      guard snapshot.isKept || kept.mayWrite else { return nil }
      do throws(KeptCounts.Failure) {
        let skipped = try kept.update(&snapshot)
        return Counted(answer: try ask(snapshot), skipped: skipped)
      } catch {
        if case .log(let error) = error { throw error }
        // Once more from nothing, if it may be written.
        guard kept.mayWrite, snapshot.isKept else { return nil }
        kept.remove()
      }
    }
    return nil
  }

  private static func inFull<Tally: EntryTally>(
    _ sessions: SessionDirectory, _ make: @escaping @Sendable () -> Tally
  ) throws(SessionLogError) -> Counted<Tally> {
    var files = SessionFiles()
    let sweep = try LogSweep(sessions, &files)
    defer { sweep.close() }
    var tally = make()
    let reading = try EntryReading(sweep, files, in: sessions, tally.needs) {
      TallyConsumer(tally: make())
    }
    for part in reading.parts { tally.merge(part.consumer.tally) }
    return Counted(answer: tally, skipped: sweep.skippedFiles(files, sessions))
  }
}

/// Counts entries as they are read.
private struct TallyConsumer<Tally: EntryTally>: EntryConsumer {
  var tally: Tally

  mutating func take(_ entry: CountedEntry, _ names: EntryNames, isWhole: Bool) { tally.add(entry, names) }
}

/// Counts the outcomes by skill and model.
private struct SumTally: EntryTally {
  var needs: EntryNeeds { [.time, .model] }
  let since: Int64
  var table = SumTable()

  init(since: Int64) { self.since = since }

  mutating func add(_ entry: CountedEntry, _ names: EntryNames) {
    if entry.time >= since { table.add(entry, names) }
  }

  mutating func merge(_ other: SumTally) {
    for (group, sum) in other.table.sums.enumerated() {
      table.add(sum, to: table.number(of: other.table.names.name(group)))
    }
  }
}

extension LogSweep {
  /// What was left out, as errors for a warning.
  func skippedFiles(_ files: SessionFiles, _ sessions: SessionDirectory) -> [SessionLogError] {
    skipped.map { number, isLink in
      let path = sessions.path.appending(String(decoding: files.names.name(number), as: UTF8.self))
      return SessionLogError("open", path.string, isLink ? .symbolicLink : .notRegular)
    }.sorted { $0.path < $1.path }
  }
}
