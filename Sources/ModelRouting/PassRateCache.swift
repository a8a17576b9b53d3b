import Crypto
import NDJSON
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Pass rates that were counted before, kept on disk for every process of this user.
///
/// A cache is a file of pass rates between a line that says what was counted and when, and a line that says how many
/// lines there are. It is replaced as a whole. One that is torn, too old, from the future, of another source, or not
/// a plain file of this user is as good as none.
public struct PassRateCache: Sendable {
  private static let version = 1
  private static let largestFile = 256 << 20

  private let path: FilePath
  private let source: String
  private let lifetime: Double

  /// Names a cache.
  ///
  /// - Parameters:
  ///   - directory: The folder of all caches; made when it is missing.
  ///   - source: What is counted, with everything that changes the counts: folder, window.
  ///   - lifetime: How long counts hold, in seconds.
  public init(directory: FilePath, source: String, lifetime: Double) {
    let digest = SHA256.hash(data: Array(source.utf8)).prefix(8)
    let name = digest.map { PromptHash(value: UInt64($0)).hexadecimal.suffix(2) }.joined()
    path = directory.appending("pass-rates-\(name).ndjson")
    self.source = source
    self.lifetime = lifetime
  }

  /// Reads the counts, if they are there and hold.
  ///
  /// - Parameter now: Seconds since 1970.
  /// - Returns: The counts, and when they were counted; `nil` when they have to be counted again.
  public func read(now: Double) -> (table: PassRateTable, counted: Double)? {
    guard let descriptor = openOwn() else { return nil }
    defer { try? descriptor.close() }
    let reader = LineReader(descriptor)
    let parser = JSONParser()
    var header: Double?
    var table = PassRateTable()
    var lines = 0
    while true {
      while let line = reader.next() {
        guard let bytes = line.bytes, let record = try? parser.record(bytes) else { return nil }
        if let counted = header {
          // The last line; what a torn or doubled file has behind it is never read.
          if let end = record["end"]?.int { return end == lines ? (table, counted) : nil }
          guard let (key, counts) = try? PassRateFile.row(record, number: line.number) else { return nil }
          table.add(counts, to: key)
          lines += 1
        } else {
          header = counted(record, now: now)
          if header == nil { return nil }
        }
      }
      guard !reader.isAtEnd, (try? reader.fill()) != nil else { return nil }
    }
  }

  /// Keeps counts. What cannot be kept is counted again next time: no error.
  ///
  /// - Parameters:
  ///   - table: The counts.
  ///   - now: When they were counted, in seconds since 1970.
  public func write(_ table: PassRateTable, now: Double) {
    var writer = JSONWriter()
    writer.object { object in
      object.member("version", Self.version)
      object.member("source", source)
      object.member("counted", now)
    }
    var bytes = writer.bytes + [0x0A]
    PassRateFile.append(table, to: &bytes)
    bytes.append(contentsOf: "{\"end\":\(table.counts.count)}\n".utf8)
    replaceFile(with: bytes)
  }

  private func counted(_ record: Record, now: Double) -> Double? {
    guard record["version"]?.int == Self.version, record["source"]?.isString(source) == true,
      let counted = record["counted"]?.double, counted <= now, now - counted < lifetime
    else { return nil }
    return counted
  }

  /// Opens the file when it is a plain file that only this user can write: counts of a stranger would steer us.
  private func openOwn() -> FileDescriptor? {
    let options: FileDescriptor.OpenOptions = [.closeOnExec, .noFollow, .nonBlocking]
    guard let descriptor = try? FileDescriptor.open(path, .readOnly, options: options) else { return nil }
    var status = stat()
    let isOwn =
      fstat(descriptor.rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      && status.st_uid == geteuid() && status.st_mode & (S_IWGRP | S_IWOTH) == 0
      && status.st_size <= Self.largestFile
    if isOwn { return descriptor }
    try? descriptor.close()
    return nil
  }

  private func replaceFile(with bytes: [UInt8]) {
    makeDirectories(path.removingLastComponent())
    let temporary = FilePath("\(path).\(getpid())")
    let permissions: FilePermissions = [.ownerReadWrite]
    let options: FileDescriptor.OpenOptions = [.create, .exclusiveCreate, .closeOnExec, .noFollow]
    // One of an earlier process of the same number that was killed.
    unlink(temporary.string)
    guard
      let descriptor = try? FileDescriptor.open(temporary, .writeOnly, options: options, permissions: permissions)
    else { return }
    let isWritten = bytes.withUnsafeBytes { (try? writeAll($0, to: descriptor)) != nil }
    let isClosed = (try? descriptor.close()) != nil
    if !(isWritten && isClosed && rename(temporary.string, path.string) == 0) { unlink(temporary.string) }
  }

  private func makeDirectories(_ directory: FilePath) {
    guard mkdir(directory.string, 0o700) != 0, errno == ENOENT else { return }
    let parent = directory.removingLastComponent()
    guard parent != directory, !parent.isEmpty else { return }
    makeDirectories(parent)
    mkdir(directory.string, 0o700)
  }
}
