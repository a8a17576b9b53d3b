import Platform
import Synchronization
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// What has changed in a directory of sessions since its files were last looked at.
struct LogSweep: Sendable {
  /// The numbers of the files that have entries to be counted, or have become others.
  private(set) var changed: [Int] = []
  /// The numbers of the files that were counted and are no longer there, or no files any more.
  private(set) var gone: [Int] = []
  /// The numbers of what is not a regular file, and whether it is a symbolic link.
  private(set) var skipped: [(number: Int, isLink: Bool)] = []

  /// Open while the files are read; -1 when there is no such directory.
  let descriptor: Int32

  /// How many files a thread takes at once.
  private static let share = 512

  /// Looks at files.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; a directory that does not exist holds none.
  ///   - files: What is known of them; gets the names of new ones.
  ///   - selection: Which of them are looked at; nil looks at all.
  /// - Throws: `SessionLogError` when the directory or a file cannot be looked at.
  init(
    _ sessions: SessionDirectory, _ files: inout SessionFiles, _ selection: FileSelection? = nil
  ) throws(SessionLogError) {
    do throws(Errno) {
      descriptor = try openFile(sessions.path, .readOnly, options: [.directory]).rawValue
    } catch {
      guard error == .noSuchFileOrDirectory else { throw SessionLogError("read", sessions.path.string, .system(error)) }
      try SessionDirectory.checkIsAbsent(sessions.path)
      descriptor = -1
      files.directory = DirectoryStamp()
      gone = files.progress.indices.filter { files.progress[$0].isCounted }
      return
    }
    do throws(Errno) {
      guard let status = FileStatus(of: descriptor) else { throw .last }
      let known = files.progress.indices.filter { files.progress[$0].isThere }
      let chosen = selection?.numbers(of: known, files) ?? known
      guard !files.directory.isCurrent(status) else {
        try look(at: chosen, files)
        return
      }
      // Names are read while another thread looks at the files that are known.
      var listing = DirectoryListing()
      let stamp = DirectoryStamp(status, lookedAt: WallClock.nanoseconds)
      let directory = descriptor
      try look(at: chosen, files) { listing.read(directory, files) }
      if let failure = listing.failure { throw failure }
      files.directory = stamp
      let (added, removed) = listing.apply(to: &files)
      gone = Array(Set(gone).union(removed))
      try look(at: added, files)
    } catch {
      close()
      throw SessionLogError("read", sessions.path.string, .system(error))
    }
  }

  func close() { if descriptor >= 0 { closeQuietly(FileDescriptor(rawValue: descriptor)) } }

  private mutating func look(
    at numbers: [Int], _ files: SessionFiles, meanwhile: () -> Void = {}
  ) throws(Errno) {
    let descriptor = descriptor
    let next = Atomic<Int>(0)
    let parts = onEachCore(atMost: numbers.count / Self.share + 1, first: meanwhile) {
      var part = Part()
      while true {
        let start = next.add(Self.share, ordering: .relaxed).oldValue
        guard start < numbers.count else { return part }
        part.look(at: numbers[start..<min(start + Self.share, numbers.count)], files, descriptor)
      }
    }
    for part in parts {
      if let failure = part.failure { throw failure }
      changed += part.changed
      gone += part.gone
      skipped += part.skipped
    }
  }
}

/// What one thread has found.
private struct Part: Sendable {
  var changed: [Int] = []
  var gone: [Int] = []
  var skipped: [(number: Int, isLink: Bool)] = []
  var failure: Errno?

  mutating func look(at numbers: ArraySlice<Int>, _ files: SessionFiles, _ directory: Int32) {
    for number in numbers {
      let status = files.withCName(number) { FileStatus(of: $0, in: directory) }
      look(at: status, number, files.progress[number])
    }
  }

  private mutating func look(at status: FileStatus?, _ number: Int, _ progress: FileProgress) {
    guard let status else {
      if errno == ENOENT { gone.append(number) } else { failure = .last }
      return
    }
    if !status.isRegular {
      skipped.append((number, status.isLink))
      if progress.isCounted { gone.append(number) }
    } else if !progress.isCurrent(status) {
      changed.append(number)
    }
  }
}
