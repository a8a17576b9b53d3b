public import NDJSON
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Writes entries as they are appended, to sessions that are there and to new ones, like `tail -F`.
public final class LogFollower {
  /// What was read of a file.
  private struct Progress {
    var identity: FileIdentity
    /// Behind the last whole line.
    var offset: Int
  }

  /// A shared disk tells nobody about the changes of other hosts: so often it is looked at anyway.
  private static let interval: Int32 = 1000

  private let sessions: SessionDirectory
  private let session: String?
  private let parser = JSONParser()
  private var progress: [FilePath: Progress] = [:]
  // An inotify descriptor, or -1; closed in deinit.
  private let watch: Int32

  /// Remembers how far the logs go now: what is appended from here on is new.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; need not exist yet.
  ///   - session: Only this session; nil takes all.
  /// - Throws: `SessionLogError` when the directory cannot be read.
  public init(_ sessions: SessionDirectory, session: String? = nil) throws(SessionLogError) {
    self.sessions = sessions
    self.session = session
    watch = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    for file in try files() {
      guard let identity = FileIdentity(at: file), identity.isRegular else { continue }
      progress[file] = Progress(identity: identity, offset: identity.size)
    }
  }

  deinit { if watch >= 0 { close(watch) } }

  /// Waits for entries and writes them, until writing fails or a signal ends the program.
  ///
  /// - Parameter output: Gets one line an entry, flushed as it comes.
  /// - Throws: The error of `write(2)`; `EPIPE` when the reader has gone.
  public func run(writingTo output: RecordOutput) throws(Errno) {
    while true {
      // Before looking: what comes while we look wakes the wait.
      _ = inotify_add_watch(watch, sessions.path.string, UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO))
      for file in (try? files()) ?? [] { try follow(file, output) }
      try output.flush()
      try wait(output.descriptor)
    }
  }

  private func files() throws(SessionLogError) -> [FilePath] {
    if let session { return [sessions.file(ofSession: session)] }
    return try sessions.files()
  }

  private func follow(_ file: FilePath, _ output: RecordOutput) throws(Errno) {
    guard let identity = FileIdentity(at: file), identity.isRegular else { return }
    var known = progress[file] ?? Progress(identity: identity, offset: 0)
    // Another file of that name, or one that was cut: from its start.
    if known.identity != identity || identity.size < known.offset { known = Progress(identity: identity, offset: 0) }
    defer { progress[file] = known }
    guard identity.size > known.offset else { return }
    var lines: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    try? LogSegment(file: file, range: known.offset..<identity.size).forEachLine(&buffer) { line, offset in
      // The last line may still be on its way.
      guard offset + line.count < identity.size else { return }
      known.offset = offset + line.count + 1
      guard (try? parser.record(line)) != nil else { return }
      lines.append(contentsOf: line)
      lines.append(0x0A)
    }
    var failure: Errno?
    lines.withUnsafeBytes { bytes in
      do throws(Errno) { try output.append(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Waits for a change, or for the reader to go away.
  private func wait(_ reader: FileDescriptor) throws(Errno) {
    var requests = [
      pollfd(fd: watch, events: Int16(POLLIN), revents: 0), pollfd(fd: reader.rawValue, events: 0, revents: 0),
    ]
    guard poll(&requests, 2, Self.interval) > 0 else { return }
    if Int32(requests[1].revents) & (POLLERR | POLLHUP) != 0 { throw .brokenPipe }
    var events = [UInt8](repeating: 0, count: 16 << 10)
    while read(watch, &events, events.count) > 0 {}
  }
}
