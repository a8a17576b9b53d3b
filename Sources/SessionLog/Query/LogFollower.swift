public import NDJSON
import Platform
public import SystemPackage

/// Writes entries as they are appended, to sessions that are there and to new ones, like `tail -F`.
public final class LogFollower {
  /// What was read of a file.
  private struct Progress {
    var identity: FileIdentity
    /// Behind the last whole line.
    var offset: Int
  }

  private let sessions: SessionDirectory
  private let session: String?
  private let parser = JSONParser()
  private var progress: [FilePath: Progress] = [:]
  private let watch: DirectoryWatch

  /// Remembers how far the logs go now: what is appended from here on is new.
  ///
  /// - Parameters:
  ///   - sessions: Where the logs are; need not exist yet.
  ///   - session: Only this session; nil takes all.
  /// - Throws: `SessionLogError` when the directory cannot be read.
  public init(_ sessions: SessionDirectory, session: String? = nil) throws(SessionLogError) {
    self.sessions = sessions
    self.session = session
    watch = DirectoryWatch(sessions.path)
    for file in try files() {
      guard let (identity, size) = Self.look(at: file) else { continue }
      progress[file] = Progress(identity: identity, offset: size)
    }
  }

  /// Waits for entries and writes them, until writing fails or a signal ends the program.
  ///
  /// - Parameter output: Gets one line an entry, flushed as it comes.
  /// - Throws: The error of `write(2)`; `EPIPE` when the reader has gone.
  public func run(writingTo output: RecordOutput) throws(Errno) {
    while true {
      // Before looking: what comes while we look wakes the wait.
      watch.start()
      for file in (try? files()) ?? [] { try follow(file, output) }
      try output.flush()
      try watch.wait(unlessGone: output.descriptor)
    }
  }

  private func files() throws(SessionLogError) -> [FilePath] {
    if let session { return sessions.files(ofSession: session) }
    return try sessions.files()
  }

  private func follow(_ file: FilePath, _ output: RecordOutput) throws(Errno) {
    guard let (identity, size) = Self.look(at: file) else { return }
    var known = progress[file] ?? Progress(identity: identity, offset: 0)
    // Another file of that name, or one that was cut: from its start.
    if known.identity != identity || size < known.offset { known = Progress(identity: identity, offset: 0) }
    defer { progress[file] = known }
    guard size > known.offset else { return }
    var lines: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    try? LogSegment(file: file, range: known.offset..<size).forEachLine(&buffer) { line, offset in
      // The last line may still be on its way.
      guard offset + line.count < size else { return }
      known.offset = offset + line.count + 1
      guard (try? parser.record(line)) != nil else { return }
      lines.append(contentsOf: line)
      lines.append(0x0A)
    }
    try lines.withBytes { (bytes) throws(Errno) in try output.append(bytes) }
  }

  /// A regular file and how long it is; nil for anything else.
  private static func look(at file: FilePath) -> (FileIdentity, Int)? {
    guard let status = try? Stat(file, followTargetSymlink: false), status.isRegular else { return nil }
    return (status.identity, Int(status.size))
  }
}
