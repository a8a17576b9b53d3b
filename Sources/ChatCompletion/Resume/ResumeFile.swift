import NDJSON
import Platform
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The output of an earlier run: read to know what is answered, and repaired where that run was cut off.
///
/// A file that is not such an output is refused and stays as it is. The file is locked for as long as this lives: two
/// runs at once would ask everything twice.
public final class ResumeFile {
  /// Why a file cannot be used.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// The system's refusal.
    case system(Errno)
    /// A pipe, a terminal, a directory: what can be read only once, or not at all.
    case notRegular
    /// Nothing in it was written by a run.
    case foreign
    /// Its last line is neither a whole record nor the start of one of a run's.
    case foreignEnd
    /// Another run is using it.
    case inUse

    /// For a person, without the file's name.
    public var description: String {
      switch self {
      case .system(let error): "\(error)"
      case .notRegular: "not a regular file: an earlier run's output is wanted"
      case .foreign: "no line of it was written by hg-complete; it stays as it is"
      case .foreignEnd: "its last line is not of hg-complete's, and has no end; it stays as it is"
      case .inUse: "another run is using it"
      }
    }
  }

  /// What is answered.
  public private(set) var index = ResumeIndex()
  /// What the lines behind the first ones answer, where those were told apart.
  public private(set) var later = ResumeIndex()
  /// How many lines are not records; they stay.
  public private(set) var foreignCount = 0

  private let descriptor: FileDescriptor?
  private let parser = JSONParser()
  private var ownCount = 0
  /// How many lines there are.
  public private(set) var lineCount = 0
  private let firstLines: Int

  /// Reads a file; one that does not exist is an empty one.
  ///
  /// A last line without its end is given one when it is whole, and taken away when it is the torn start of a run's
  /// record: what is appended next must not become a part of it.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - firstLines: How many lines `index` is of; those behind them are in `later`.
  /// - Throws: Why it cannot be used; then it is as it was.
  public init(_ path: FilePath, firstLines: Int = .max) throws(Failure) {
    self.firstLines = firstLines
    guard let opened = try Self.open(path) else {
      descriptor = nil
      return
    }
    descriptor = opened.descriptor
    let tail: [UInt8]
    do throws(Errno) {
      try read(opened.descriptor)
      tail = try Self.tail(of: opened.descriptor)
    } catch {
      throw .system(error)
    }
    let isWhole = tail.withUnsafeBytes {
      (try? parser.record($0)).map { ResumeIndex.isOwn($0) || ownCount > 0 } ?? false
    }
    let isTorn = !tail.isEmpty && !isWhole
    if isTorn && !isStart(tail) { throw ownCount > 0 ? .foreignEnd : .foreign }
    guard ownCount > 0 || isTorn || lineCount == 0 else { throw .foreign }
    guard !tail.isEmpty, opened.isWritable else { return }
    do throws(Errno) {
      let end = try Stat(opened.descriptor).size
      if isTorn {
        lineCount -= 1
        try systemCall { ftruncate(opened.descriptor.rawValue, off_t(end) - off_t(tail.count)) }
      } else {
        try systemCall { pwrite(opened.descriptor.rawValue, "\n", 1, off_t(end)) }
      }
    } catch {
      throw .system(error)
    }
  }

  deinit { if let descriptor { closeQuietly(descriptor) } }

  /// Gives the index away: two of it would take twice the memory as soon as one changes.
  ///
  /// - Returns: What is answered.
  public func takeIndex() -> ResumeIndex {
    defer { index = ResumeIndex() }
    return index
  }

  /// Whether a descriptor writes to this file at a place of its own instead of at the end.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - descriptor: An open descriptor.
  /// - Returns: True when it is the same file, not opened for appending.
  public static func isOverwritten(_ path: FilePath, by descriptor: FileDescriptor) -> Bool {
    isSame(path, descriptor) && fcntl(descriptor.rawValue, F_GETFL) & O_APPEND == 0
  }

  /// Whether a descriptor is open on this file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - descriptor: An open descriptor.
  /// - Returns: True for the same regular file, whatever its name.
  public static func isSame(_ path: FilePath, _ descriptor: FileDescriptor) -> Bool {
    guard let file = try? Stat(path), let open = try? Stat(descriptor) else { return false }
    return open.isRegular && file.identity == open.identity
  }

  private static func open(_ path: FilePath) throws(Failure) -> (descriptor: FileDescriptor, isWritable: Bool)? {
    let status: Stat
    do throws(Errno) { status = try Stat(path) } catch .noSuchFileOrDirectory { return nil } catch {
      throw .system(error)
    }
    // Opening a pipe would wait for someone to write.
    guard status.isRegular else { throw .notRegular }
    var isWritable = true
    let descriptor: FileDescriptor
    do throws(Errno) {
      descriptor = try openFile(path, .readWrite)
    } catch .permissionDenied, .readOnlyFileSystem {
      isWritable = false
      do throws(Errno) { descriptor = try openFile(path, .readOnly) } catch { throw .system(error) }
    } catch {
      throw .system(error)
    }
    if isWritable {
      let isFree: Bool
      do throws(Errno) { isFree = try FileLock.tryToTake(descriptor) } catch { throw .system(error) }
      guard isFree else {
        closeQuietly(descriptor)
        throw .inUse
      }
    }
    return (descriptor, isWritable)
  }

  /// Reads all lines that have an end.
  private func read(_ descriptor: FileDescriptor) throws(Errno) {
    let reader = LineReader(descriptor, maximum: 1 << 32)
    // Records point into the parser's memory.
    defer { withExtendedLifetime(parser) {} }
    repeat {
      while let line = reader.next() { take(line.bytes) }
    } while try reader.fill()
    while let line = reader.next() { take(line.bytes) }
  }

  private func take(_ bytes: UnsafeRawBufferPointer?) {
    lineCount += 1
    guard let bytes, let record = try? parser.record(bytes) else {
      foreignCount += 1
      return
    }
    if ResumeIndex.isOwn(record) { ownCount += 1 }
    if lineCount <= firstLines { index.add(record) } else { later.add(record) }
  }

  /// What stands behind the last line end.
  private static func tail(of descriptor: FileDescriptor) throws(Errno) -> [UInt8] {
    var start = try Stat(descriptor).size
    var tail: [UInt8] = []
    while start > 0 {
      let count = min(start, 64 << 10)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(count), alignment: 1)
      defer { buffer.deallocate() }
      guard try readSome(from: descriptor, at: Int(start - count), into: buffer) == buffer.count else { throw .ioError }
      let block = Array(buffer)
      let end = block.lastIndex(of: 0x0A)
      tail = Array(block[(end.map { $0 + 1 } ?? 0)...]) + tail
      if end != nil { break }
      start -= count
    }
    return tail
  }

  /// Whether a line is the start of a record that a run writes: in a file of a run's any object that breaks off, else
  /// one in which a member that only a run writes has begun.
  private func isStart(_ tail: [UInt8]) -> Bool {
    guard tail.first == UInt8(ascii: "{") else { return false }
    if ownCount > 0 { return true }
    let text = String(decoding: tail, as: UTF8.self)
    return ["\"model_used\":", "\"request_hash\":", "\"duration_ms\":", "{\"id\":\"\(BatchLine.idPrefix)"].contains {
      text.contains($0)
    }
  }
}
