import NDJSON
import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Something that was found out before, kept on disk for every process of this user.
///
/// The rows lie between a line that says what they are about and when it was found out, and a line that says how many
/// they are. The file is replaced as a whole. One that is torn, too old, from the future, about something else, or not
/// a plain file that only this user can write is as good as none.
public struct CacheFile: Sendable {
  private static let version = 1
  private static let largestFile = 256 << 20

  private let path: FilePath
  private let source: String
  private let lifetime: Double

  /// Names a cache.
  ///
  /// - Parameters:
  ///   - directory: The folder of all caches; made when it is missing.
  ///   - source: What it is about, with everything that changes the rows.
  ///   - lifetime: How long rows hold, in seconds.
  public init(directory: FilePath, source: String, lifetime: Double) {
    path = directory.appending("pass-rates-\(PromptHash(system: "", user: source).hexadecimal).ndjson")
    self.source = source
    self.lifetime = lifetime
  }

  /// Reads the rows, if they are there and hold.
  ///
  /// - Parameters:
  ///   - now: Seconds since 1970.
  ///   - row: Takes one row; false when it is malformed.
  /// - Returns: When it was found out, in seconds since 1970; `nil` when the rows must not be used.
  func read(now: Double, row: (Record) -> Bool) -> Double? {
    guard let descriptor = openOwn() else { return nil }
    defer { closeQuietly(descriptor) }
    let reader = LineReader(descriptor)
    let parser = JSONParser()
    var header: Double?
    var rows = 0
    while true {
      while let line = reader.next() {
        guard let bytes = line.bytes, let record = try? parser.record(bytes) else { return nil }
        if header == nil {
          header = foundOut(record, now: now)
          if header == nil { return nil }
        } else if let end = record["end"]?.int {
          // The last line; what a doubled file has behind it is never read.
          return end == rows ? header : nil
        } else {
          guard row(record) else { return nil }
          rows += 1
        }
      }
      guard !reader.isAtEnd, (try? reader.fill()) != nil else { return nil }
    }
  }

  /// Keeps rows. What cannot be kept is found out again next time: no error.
  ///
  /// - Parameters:
  ///   - rows: The rows, each with its line end.
  ///   - count: How many they are.
  ///   - now: When it was found out, in seconds since 1970.
  func write(_ rows: [UInt8], count: Int, now: Double) {
    var header = JSONWriter()
    header.object { object in
      object.member("version", Self.version)
      object.member("source", source)
      object.member("found_out", now)
    }
    let bytes = header.bytes + [0x0A] + rows + Array("{\"end\":\(count)}\n".utf8)
    do throws(Errno) {
      try Directory.make(path.removingLastComponent())
      try WholeFile.write(bytes, to: path, isSynced: false)
    } catch {
      // The next process finds it out again.
    }
  }

  private func foundOut(_ record: Record, now: Double) -> Double? {
    guard record["version"]?.int == Self.version, record["source"]?.isString(source) == true,
      let moment = record["found_out"]?.double, moment <= now, now - moment < lifetime
    else { return nil }
    return moment
  }

  /// Opens the file when it is a plain file that only this user can write: counts of a stranger would steer us.
  private func openOwn() -> FileDescriptor? {
    guard let descriptor = try? openFile(path, .readOnly, options: [.noFollow, .nonBlocking]) else { return nil }
    if let status = try? Stat(descriptor), status.isRegular, status.userID.rawValue == geteuid(),
      status.permissions.isDisjoint(with: [.groupWrite, .otherWrite]), status.size <= Self.largestFile
    {
      return descriptor
    }
    closeQuietly(descriptor)
    return nil
  }
}
