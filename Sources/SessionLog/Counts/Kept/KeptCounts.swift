import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The counted entries of all sessions of a directory, kept on disk with how far each log was read: only what is new is
/// read again. They are as good as the logs: what the logs no longer hold is taken away, and a folder that is damaged,
/// of another version or another user is not used.
///
/// The folder `counts-...` holds a `tail`, which names the other files (`KeptTail`), `run-N` (`KeptRun`), `files-N` and a
/// `lock`. Who holds the lock writes; others read what is there and count the rest without keeping it.
package struct KeptCounts {
  enum Failure: Error {
    /// What was kept is not what was written.
    case damaged
    case system(Errno)
    /// A log cannot be read.
    case log(SessionLogError)
  }

  /// How much lies where. Tests take less of everything.
  package struct Limits: Sendable {
    /// With more entries behind the runs, new runs are written: every question reads all of these.
    package var tail = 1 << 14
    /// With more updates than this, too.
    package var updates = 1 << 8
    /// One thread collects this many entries, 5 MB of them, before it writes them down.
    package var memory = 1 << 15
    /// A run has no more entries than this; those that are full are never written again.
    package var run = 1 << 21
    /// A block has at least this many entries.
    package var block = 1 << 10
    /// The same in a run that will soon be put together with many others, a block of each in memory.
    package var shortBlock = 1 << 7
    /// Whether counts are kept from the first question on. They cost as much again as the question: who asks once only
    /// should not pay for that, so it is the second question that keeps them.
    package var keepsFirst = false

    package init() {}
  }

  let limits: Limits
  let folder: FilePath
  let sessions: SessionDirectory
  /// The directory as the system knows it.
  private let source: [UInt8]
  /// -1 while another process has it.
  private let lock: Int32
  /// Which of very many files are to be looked at next; nil looks at all.
  private(set) var selection: FileSelection?

  /// Opens the folder of a directory's counts; it is made when it is missing. Nil when there is no such directory, or
  /// nothing can be kept there.
  ///
  /// - Parameters:
  ///   - caches: The folder of all caches.
  ///   - sessions: Where the logs are.
  ///   - limits: How much lies where.
  init?(caches: FilePath, _ sessions: SessionDirectory, _ limits: Limits) {
    self.limits = limits
    guard let path = sessions.path.resolved else { return nil }
    self.sessions = sessions
    source = Array(path.utf8)
    let digits = String(Checksum.of(source), radix: 36)
    folder = caches.appending("counts-\(digits)")
    let isFirst = !Self.isOwn(folder)
    if isFirst { try? Directory.make(folder) }
    guard !isFirst || (limits.keepsFirst && Self.isOwn(folder)),
      let lock = try? openFile(folder.appending("lock"), .readWrite, options: [.create, .noFollow])
    else { return nil }
    if (try? FileLock.tryToTake(lock)) == true {
      self.lock = lock.rawValue
    } else {
      closeQuietly(lock)
      self.lock = -1
    }
  }

  /// Gives the lock back.
  func close() { if lock >= 0 { closeQuietly(FileDescriptor(rawValue: lock)) } }

  var mayWrite: Bool { lock >= 0 }

  /// Looks at some of very many files only, those whose turn it is. The number of the turn stands in the lock.
  mutating func select() {
    var turn: UInt64 = 0
    _ = withUnsafeMutableBytes(of: &turn) { pread(lock, $0.baseAddress, $0.count, 0) }
    selection = FileSelection(turn: turn)
  }

  /// The next decision looks at others.
  func endTurn() {
    guard let selection else { return }
    var next = selection.turn &+ 1
    _ = withUnsafeBytes(of: &next) { pwrite(lock, $0.baseAddress, $0.count, 0) }
  }

  /// Counts of a stranger would steer us.
  private static func isOwn(_ folder: FilePath) -> Bool {
    guard let status = try? Stat(folder, followTargetSymlink: false) else { return false }
    return status.type == .directory && status.userID.rawValue == geteuid()
      && status.permissions.isDisjoint(with: [.groupWrite, .otherWrite])
  }

  static func system<Value>(_ call: () throws(Errno) -> Value) throws(Failure) -> Value {
    do throws(Errno) { return try call() } catch { throw .system(error) }
  }

  /// Reads what was kept.
  ///
  /// - Returns: An empty snapshot when there is nothing that can be used.
  func load() -> Snapshot {
    // A run may be removed between reading that it is there and opening it, by who has just put another in its place.
    for _ in 0..<3 {
      var files = SessionFiles()
      guard let tail = KeptTail(in: folder, about: source, &files) else { break }
      let runs = tail.runs.compactMap { KeptRun($0, in: folder) }
      if runs.count == tail.runs.count { return Snapshot(files: files, tail: tail, runs: runs) }
    }
    return Snapshot()
  }

  /// What is known at one moment.
  struct Snapshot {
    var files = SessionFiles()
    var tail = KeptTail()
    var runs: [KeptRun] = []
    /// Whether it was on the disk.
    var isKept: Bool { tail.end > 0 }
    /// What came since.
    var update = KeptTail.Update()
    /// Entries whose line has no end yet: they count, and are not kept.
    var passing: [CountedEntry] = []
    var passingNames = EntryNames()
  }

  /// Keeps an update: behind the tail, or in new runs when that would become too long.
  ///
  /// - Parameters:
  ///   - snapshot: What is known; afterwards as it is kept.
  ///   - spilled: The runs that were written on the way.
  ///   - nextNumber: The number for the next file.
  /// - Throws: When nothing could be kept; the snapshot is as it was.
  func keep(
    _ snapshot: inout Snapshot, spilled: [UInt64], nextNumber: UInt64
  ) throws(Failure) {
    let count = snapshot.tail.count + snapshot.update.entries.count
    if snapshot.isKept, spilled.isEmpty, count <= limits.tail, snapshot.tail.updates.count < limits.updates {
      guard !snapshot.update.isEmpty else { return }
      return try append(KeptTail.bytes(of: snapshot.update, snapshot.files), at: snapshot.tail.end)
    }
    var number = max(nextNumber, snapshot.tail.nextNumber)
    var merge = RunMerge()
    try snapshot.addTail(to: &merge)
    merge.add(snapshot.update.entries, snapshot.update.names)
    let new = spilled.compactMap { KeptRun($0, in: folder) }
    guard new.count == spilled.count else { throw .damaged }
    var total = new.reduce(count) { $0 + Int($1.footer.entries) }
    var merged: Set<UInt64> = []
    // Runs about as long as what is new are put together with it: there are never many, and none is often rewritten.
    for run in snapshot.runs.sorted(by: { $0.footer.entries < $1.footer.entries })
    where run.footer.entries <= 2 * total && Int(run.footer.entries) + total <= limits.run {
      total += Int(run.footer.entries)
      merged.insert(run.number)
      try merge.add(run, files: snapshot.files.names)
    }
    for run in new { try merge.add(run, files: snapshot.files.names) }
    let written = try merge.write(&number, limits, in: folder, files: snapshot.files.names)
    let kept = snapshot.runs.filter { !merged.contains($0.number) }
    let runs = kept + written.compactMap { KeptRun($0, in: folder) }
    guard runs.count == kept.count + written.count else { throw .damaged }
    try replace(runs.map(\.number), snapshot.files, &number)
    snapshot.runs = runs
    snapshot.tail = KeptTail()
    snapshot.update = KeptTail.Update()
  }

  /// Puts new files in place, and removes those that nobody needs any more.
  private func replace(_ runs: [UInt64], _ files: SessionFiles, _ number: inout UInt64) throws(Failure) {
    let filesNumber = number
    try Self.system { () throws(Errno) in
      try WholeFile.write(
        KeptTail.bytes(of: files), to: KeptTail.filesPath(filesNumber, in: folder), isSynced: false)
      let header = KeptTail.header(about: source, files: filesNumber, runs: runs, nextNumber: filesNumber + 1)
      try WholeFile.write(header, to: KeptTail.path(in: folder), isSynced: false)
    }
    number += 1
    var needed = Set(runs.map { "run-\($0)" })
    needed.formUnion(["tail", "lock", "files-\(filesNumber)"])
    for name in (try? Directory.names(in: folder)) ?? [] where !needed.contains(name.string) {
      WholeFile.remove(folder.appending(name))
    }
  }

  private func append(_ frame: [UInt8], at end: Int) throws(Failure) {
    try Self.system { () throws(Errno) in
      let file = try openFile(KeptTail.path(in: folder), .writeOnly, options: [.noFollow])
      defer { closeQuietly(file) }
      // What a process that died has left.
      try systemCall { ftruncate(file.rawValue, off_t(end)) }
      try systemCall { lseek(file.rawValue, off_t(end), SEEK_SET) == -1 ? -1 : 0 as Int32 }
      try writeAll(frame, to: file)
    }
  }

  /// Forgets everything: it is counted anew.
  func remove() { WholeFile.remove(KeptTail.path(in: folder)) }
}

extension FilePath {
  /// The path without links and relative parts; nil when it leads nowhere.
  fileprivate var resolved: String? {
    realpath(string, nil).map { path in
      defer { free(path) }
      return String(cString: path)
    }
  }
}
