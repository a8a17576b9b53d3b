import Platform
import SystemPackage

/// When entries are pushed through to the disk, not only to the system: what a loss of power can take.
public enum SyncPolicy: String, Sendable, CaseIterable {
  /// Before the record leaves.
  case always
  /// At most once a second as entries come, and at the end.
  case batch
  /// When the system sees fit.
  case never
}

/// Collects entries and appends them to their sessions' files, those of one session in one write.
public final class SessionAppender {
  /// How many entries could not be written so far.
  public private(set) var lostCount = 0

  /// How much is collected at most before it is written, in bytes.
  private static let limit = 256 << 10
  /// How many files stay open.
  private static let mostFiles = 128

  private let directory: SessionDirectory
  private let policy: SyncPolicy
  private let report: (SessionLogError, Int) -> Void
  private let remote: RemoteSessionLog?
  /// Whole lines by session.
  private var pending: [String: [UInt8]] = [:]
  private var pendingBytes = 0
  private var files: [String: SessionFile] = [:]
  private var unsynced: Set<String> = []
  private var madeFiles = false
  private var lastSync = MonotonicTime.past

  /// Makes an appender; nothing is opened yet.
  ///
  /// - Parameters:
  ///   - directory: Where the sessions are; made when it is missing.
  ///   - policy: When to push entries to the disk.
  ///   - remote: Gets the entries too, whether or not they could be written.
  ///   - report: Is told each failure and how many entries it cost.
  public init(
    _ directory: SessionDirectory, policy: SyncPolicy, remote: RemoteSessionLog? = nil,
    report: @escaping (SessionLogError, Int) -> Void
  ) {
    self.directory = directory
    self.policy = policy
    self.remote = remote
    self.report = report
  }

  /// Collects entries of one session.
  ///
  /// - Parameters:
  ///   - session: The session's id.
  ///   - body: Appends whole lines.
  public func add(session: String, _ body: (inout [UInt8]) -> Void) {
    // Taken out, so that it is not copied.
    var lines = pending.removeValue(forKey: session) ?? []
    let before = lines.count
    body(&lines)
    pendingBytes += lines.count - before
    pending[session] = lines
    if pendingBytes >= Self.limit { commit() }
  }

  /// Hands all collected entries to the system: they outlive this process then. Failures are told, and the entries
  /// that they hit are gone; the next ones are tried again.
  public func commit() {
    for (session, lines) in pending {
      do throws(SessionLogError) {
        try append(lines, to: session)
      } catch {
        let written = files[session]?.writtenLines ?? 0
        let lost = lines.reduce(-written) { $0 + ($1 == 0x0A ? 1 : 0) }
        lostCount += lost
        report(error, lost)
      }
    }
    if let remote {
      for lines in pending.values { remote.post(lines) }
    }
    pending.removeAll(keepingCapacity: true)
    pendingBytes = 0
    syncWhenDue()
  }

  /// Commits, and syncs unless the policy is `never`.
  public func finish() {
    commit()
    if policy != .never { sync() }
  }

  private func append(_ lines: [UInt8], to session: String) throws(SessionLogError) {
    // A file may be replaced as often as someone likes; three times in a row is no longer chance.
    for _ in 0..<3 {
      let file = try self.file(of: session)
      unsynced.insert(session)
      if try file.append(lines) { return }
      files[session] = nil
    }
    throw SessionLogError("append to", directory.file(ofSession: session).string, .system(.resourceBusy))
  }

  private func file(of session: String) throws(SessionLogError) -> SessionFile {
    if let file = files[session] { return file }
    if files.count >= Self.mostFiles {
      if policy != .never { sync() }
      files.removeAll()
    }
    let file = try SessionFile(directory.file(ofSession: session))
    madeFiles = madeFiles || file.isNew
    files[session] = file
    return file
  }

  private func syncWhenDue() {
    guard !unsynced.isEmpty else { return }
    switch policy {
    case .never: unsynced.removeAll()
    case .always: sync()
    case .batch:
      let now = MonotonicTime.now
      if now.seconds(since: lastSync) >= 1 {
        sync()
        lastSync = now
      }
    }
  }

  private func sync() {
    for session in unsynced {
      do throws(SessionLogError) { try files[session]?.sync() } catch { report(error, 0) }
    }
    unsynced.removeAll()
    guard madeFiles else { return }
    madeFiles = false
    do throws(Errno) { try Directory.sync(directory.path) } catch {
      report(SessionLogError("sync", directory.path.string, .system(error)), 0)
    }
  }
}
