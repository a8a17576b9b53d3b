import NDJSON
import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The file beside the output that says which batches were submitted: what a run that was killed goes on with.
///
/// A line is added, and synced, before and after each step of a submission; the last line of a batch holds. The file is
/// locked for as long as this lives, and is removed when everything is written.
public final class BatchState {
  /// Why a file cannot be used.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// The system's refusal.
    case system(Errno)
    /// It is no such file; it stays as it is.
    case foreign
    /// It is of a later version of this program.
    case version(Int)
    /// Another run is using it.
    case inUse

    /// For a person, without the file's name.
    public var description: String {
      switch self {
      case .system(let error): "\(error)"
      case .foreign: "hg-complete did not write it; it stays as it is"
      case .version(let number): "it is of version \(number), and this program knows version 1"
      case .inUse: "another run is using it"
      }
    }
  }

  /// One batch, as far as its submission has come.
  public struct Entry: Sendable, Equatable {
    /// Its place among the run's batches, from 0.
    public let number: Int
    /// The model of its requests.
    public let model: String
    /// How many requests.
    public let lines: Int
    let digest: String
    /// The uploaded file; nil before that is known.
    public internal(set) var fileID: String?
    /// The batch; nil before that is known.
    public internal(set) var batchID: String?
  }

  private static let version = 1

  /// How many lines the output had when the batches were planned; nil in a new file.
  public private(set) var answeredLines: Int?
  /// The batches by number.
  public private(set) var entries: [Int: Entry] = [:]
  /// What sets these batches apart from all others at the server.
  public private(set) var name: String
  /// The file.
  public let path: FilePath

  private let descriptor: FileDescriptor

  /// Opens or makes a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - isNew: Whether one that is not there is made.
  /// - Throws: Why it cannot be used; then it is as it was.
  public init(_ path: FilePath, makesNew isNew: Bool = true) throws(Failure) {
    self.path = path
    name = String(UInt64.random(in: .min ... .max), radix: 36)
    do throws(Errno) {
      // Opening a pipe would wait for someone to write.
      if let status = try? Stat(path), !status.isRegular { throw .invalidArgument }
      descriptor = try openFile(path, .readWrite, options: isNew ? [.create, .append] : [.append])
    } catch { throw .system(error) }
    do throws(Failure) {
      try lock()
      try load()
    } catch {
      closeQuietly(descriptor)
      throw error
    }
  }

  deinit { closeQuietly(descriptor) }

  private func lock() throws(Failure) {
    let isFree: Bool
    do throws(Errno) { isFree = try FileLock.tryToTake(descriptor) } catch { throw .system(error) }
    // The run that had the lock may have removed the file since.
    guard isFree, let there = try? Stat(path), there.identity == (try? Stat(descriptor))?.identity else {
      throw .inUse
    }
  }

  private func load() throws(Failure) {
    let bytes: [UInt8]
    do throws(Errno) { bytes = try WholeFile.read(descriptor, limit: 1 << 30) } catch { throw .system(error) }
    let whole = bytes.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let parser = JSONParser()
    for (place, line) in bytes[..<whole].split(separator: 0x0A).enumerated() {
      try Array(line).withBytes { (line) throws(Failure) in
        guard let record = try? parser.record(line) else { throw .foreign }
        if place == 0 { try readHead(record) } else { try readEntry(record) }
      }
    }
    guard whole < bytes.count else { return }
    guard whole > 0 || bytes.starts(with: #"{"hg_batches":"#.utf8) else { throw .foreign }
    // Torn in the middle of its last line: that step is asked of the server.
    do throws(Errno) { try systemCall { ftruncate(descriptor.rawValue, off_t(whole)) } } catch { throw .system(error) }
  }

  private func readHead(_ record: Record) throws(Failure) {
    guard let version = record["hg_batches"]?.int else { throw .foreign }
    guard version == Self.version else { throw .version(version) }
    guard let name = record["name"]?.string, let lines = record["answered_lines"]?.int, lines >= 0 else {
      throw .foreign
    }
    self.name = name
    answeredLines = lines
  }

  private func readEntry(_ record: Record) throws(Failure) {
    guard let number = record["batch"]?.int, number >= 0, let model = record["model"]?.string,
      let lines = record["lines"]?.int, lines > 0, let digest = record["digest"]?.string
    else { throw .foreign }
    entries[number] = Entry(
      number: number, model: model, lines: lines, digest: digest, fileID: record["file_id"]?.string,
      batchID: record["batch_id"]?.string)
  }

  /// Says how long the output is, before anything is planned.
  ///
  /// - Parameter lines: Its lines.
  /// - Throws: The error of writing.
  func begin(answeredLines lines: Int) throws(Errno) {
    guard answeredLines == nil else { return }
    var writer = JSONWriter()
    writer.object { head in
      head.member("hg_batches", Self.version)
      head.member("name", name)
      head.member("answered_lines", lines)
    }
    try add(writer.bytes)
    answeredLines = lines
    let folder = path.removingLastComponent()
    try Directory.sync(folder.isEmpty ? "." : folder)
  }

  /// Notes how far a batch is.
  ///
  /// - Parameter entry: The batch.
  /// - Throws: The error of writing.
  func note(_ entry: Entry) throws(Errno) {
    var writer = JSONWriter()
    writer.object { line in
      line.member("batch", entry.number)
      line.member("model", entry.model)
      line.member("lines", entry.lines)
      line.member("digest", entry.digest)
      line.member("file_id", entry.fileID)
      line.member("batch_id", entry.batchID)
    }
    try add(writer.bytes)
    entries[entry.number] = entry
  }

  /// What a batch is called at the server.
  func name(of number: Int) -> String { "hg-\(name)-\(number)" }

  /// Removes the file: everything is written.
  public func remove() { WholeFile.remove(path) }

  private func add(_ line: [UInt8]) throws(Errno) {
    try writeAll(line + [0x0A], to: descriptor)
    try syncFile(descriptor)
  }
}

extension BatchState.Entry {
  /// What a closed file of requests is noted as.
  init(_ file: BatchFile) {
    let digits = file.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    self.init(number: file.number, model: file.model, lines: file.lineCount, digest: digits)
  }
}
