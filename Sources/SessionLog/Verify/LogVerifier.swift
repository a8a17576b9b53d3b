public import NDJSON
import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Finds what does not belong into a session's log, and moves it out of the way.
public struct LogVerifier {
  /// A line that is no entry of its session.
  public struct Defect: Sendable, Equatable {
    /// The log.
    public let file: String
    /// The line's number, from 1; empty lines do not count.
    public let line: Int
    /// Where it starts, in bytes.
    public let offset: Int
    /// Its length in bytes, without its end.
    public let length: Int
    /// What is wrong with it.
    public let reason: String

    /// Writes the defect as a JSON object.
    ///
    /// - Parameters:
    ///   - isMoved: Whether it was moved away.
    ///   - writer: Gets one object.
    public func write(isMoved: Bool, to writer: inout JSONWriter) {
      writer.object { object in
        object.member("file", file)
        object.member("line", line)
        object.member("offset", offset)
        object.member("length", length)
        object.member("reason", reason)
        object.member("moved", isMoved)
      }
    }
  }

  private let file: FilePath
  private let parser = JSONParser()

  /// Takes one log.
  ///
  /// - Parameter file: As `SessionDirectory.files` gives it.
  public init(_ file: FilePath) { self.file = file }

  /// Looks at every line.
  ///
  /// - Returns: The lines that are no entries.
  /// - Throws: `SessionLogError` when the log cannot be read, or is no regular file.
  public func defects() throws(SessionLogError) -> [Defect] {
    try scan { _, _ in }
  }

  /// Moves the lines that are no entries to a `.rej` file beside the log, and leaves the entries.
  ///
  /// Nobody can append meanwhile. Whatever stops it, each line is in one of the two files at least.
  ///
  /// - Returns: The lines that were moved.
  /// - Throws: `SessionLogError` when reading or writing fails; the log is as it was then.
  public func repair() throws(SessionLogError) -> [Defect] {
    for _ in 0..<3 {
      var isNew = false
      var defects: [Defect] = []
      let log = try SessionFile(file, isNew: &isNew)
      let isDone = try log.append { () throws(SessionLogError) in
        defects = try rewrite()
        return []
      }
      if isDone { return defects }
    }
    throw SessionLogError("repair", file.string, .system(.resourceBusy))
  }

  private func rewrite() throws(SessionLogError) -> [Defect] {
    var good: [UInt8] = []
    var rejected: [UInt8] = []
    let found = try scan { line, defect in
      if defect == nil {
        good.append(contentsOf: line)
        good.append(0x0A)
      } else {
        rejected.append(contentsOf: line)
        rejected.append(0x0A)
      }
    }
    guard !found.isEmpty else { return [] }
    try write(rejected, to: file.string + ".rej", O_APPEND)
    let temporary = file.string + ".tmp"
    try write(good, to: temporary, O_TRUNC)
    // What was moved away is on the disk before it leaves the log, and the new log before anyone appends to it.
    let directory = file.removingLastComponent()
    try syncDirectory(directory)
    guard rename(temporary, file.string) == 0 else {
      throw SessionLogError("rename", temporary, .system(Errno(rawValue: errno)))
    }
    try syncDirectory(directory)
    return found
  }

  /// Writes and syncs a file for the user alone.
  private func write(_ bytes: [UInt8], to path: String, _ mode: Int32) throws(SessionLogError) {
    var opened: Int32
    repeat {
      opened = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | mode, 0o600)
    } while opened < 0 && errno == EINTR
    guard opened >= 0 else { throw SessionLogError("open", path, .system(Errno(rawValue: errno))) }
    defer { close(opened) }
    let failure: Errno? = bytes.withUnsafeBytes { bytes in
      do throws(Errno) {
        try writeAll(bytes, to: FileDescriptor(rawValue: opened))
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw SessionLogError("write", path, .system(failure)) }
    while fsync(opened) != 0 {
      guard errno == EINTR else { throw SessionLogError("sync", path, .system(Errno(rawValue: errno))) }
    }
  }

  /// Looks at every line and hands it on with what is wrong with it.
  private func scan(_ body: (UnsafeRawBufferPointer, Defect?) -> Void) throws(SessionLogError) -> [Defect] {
    guard let size = try LogSegment.regularFileSize(file) else {
      throw SessionLogError("open", file.string, .notRegular)
    }
    let session = file.lastComponent.flatMap { SessionName.id(fromFileName: $0.string) }
    let fileName = file.lastComponent?.string ?? ""
    var found: [Defect] = []
    var number = 0
    var buffer = [UInt8](repeating: 0, count: 512 << 10)
    try LogSegment(file: file, range: 0..<size).forEachLine(&buffer) { line, offset in
      number += 1
      let reason = reason(line, session, fileName)
      let defect = reason.map {
        Defect(file: file.string, line: number, offset: offset, length: line.count, reason: $0)
      }
      if let defect { found.append(defect) }
      body(line, defect)
    }
    return found
  }

  /// What is wrong with a line; nil when it is an entry of its session.
  private func reason(_ line: UnsafeRawBufferPointer, _ session: String?, _ fileName: String) -> String? {
    do throws(JSONSyntaxError) {
      let entry = try parser.record(line)
      guard let id = entry["session_id"]?.string else { return "it has no session_id" }
      guard session == id || SessionName.fileName(for: id) == fileName else { return "it belongs to another session" }
      guard let time = entry["timestamp"]?.escapedContent, Timestamp(time) != nil else {
        return "it has no timestamp"
      }
      return nil
    } catch {
      return "not a JSON object: \(error)"
    }
  }
}
