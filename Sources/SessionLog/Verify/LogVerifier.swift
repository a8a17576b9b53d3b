public import NDJSON
import Platform
public import SystemPackage

/// Finds what does not belong into a session's log, and moves it out of the way.
public struct LogVerifier {
  /// A line that is not an entry of its session.
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
  /// - Returns: The lines that are not entries.
  /// - Throws: `SessionLogError` when the log cannot be read, or is not a regular file.
  public func defects() throws(SessionLogError) -> [Defect] {
    try scan { _, _ in }
  }

  /// Moves the lines that are not entries to a `.rej` file beside the log, and leaves the entries.
  ///
  /// Nobody can append meanwhile. Whatever stops it, each line is in one of the two files at least.
  ///
  /// - Returns: The lines that were moved.
  /// - Throws: `SessionLogError` when reading or writing fails; the log is as it was then.
  public func repair() throws(SessionLogError) -> [Defect] {
    for _ in 0..<3 {
      var defects: [Defect] = []
      let log = try SessionFile(file, ifMissing: .isRefused)
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
    // What was moved away is on the disk before it leaves the log, and the new log before anyone appends to it.
    try reject(rejected)
    do throws(Errno) { try WholeFile.write(good, to: file) } catch {
      throw SessionLogError("write", file.string, .system(error))
    }
    return found
  }

  /// Appends lines to the file beside the log.
  private func reject(_ lines: [UInt8]) throws(SessionLogError) {
    let path = FilePath(file.string + ".rej")
    do throws(Errno) {
      let descriptor = try openFile(path, .writeOnly, options: [.create, .append, .noFollow, .nonBlocking])
      defer { closeQuietly(descriptor) }
      try writeAll(lines, to: descriptor)
      try syncFile(descriptor)
      try Directory.sync(path.removingLastComponent())
    } catch {
      throw SessionLogError("write", path.string, .system(error))
    }
  }

  /// Looks at every line and hands it on with what is wrong with it.
  private func scan(_ body: (UnsafeRawBufferPointer, Defect?) -> Void) throws(SessionLogError) -> [Defect] {
    guard let size = try LogSegment.regularFileSize(file) else {
      let isThere = (try? Stat(file, followTargetSymlink: false)) != nil
      throw SessionLogError("open", file.string, isThere ? .notRegular : .system(.noSuchFileOrDirectory))
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
      guard let time = entry["timestamp"], Timestamp(time) != nil else {
        return "it has no timestamp"
      }
      return nil
    } catch {
      return "not a JSON object: \(error)"
    }
  }
}
