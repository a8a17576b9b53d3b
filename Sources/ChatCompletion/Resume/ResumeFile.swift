import NDJSON
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The output of an earlier run: read to know what is answered, and repaired where that run was cut off.
public struct ResumeFile {
  /// What is answered.
  public private(set) var index = ResumeIndex()
  /// How many lines are no records; they stay.
  public private(set) var foreignCount = 0

  /// Reads a file; one that does not exist is an empty one.
  ///
  /// A last line without its end is given one when it is whole, and taken away when it is not: what is appended next
  /// must not become a part of it.
  ///
  /// - Parameter path: The file.
  /// - Throws: The error of opening, reading or repairing it.
  public init(_ path: FilePath) throws(Errno) {
    let descriptor: FileDescriptor
    var isWritable = true
    do throws(Errno) {
      descriptor = try Self.open(path, .readWrite)
    } catch .noSuchFileOrDirectory {
      return
    } catch .permissionDenied {
      descriptor = try Self.open(path, .readOnly)
      isWritable = false
    }
    defer { try? descriptor.close() }
    let isTorn = try read(descriptor)
    if isTorn && isWritable { try Self.repair(descriptor) }
  }

  /// Whether a descriptor writes to this file at a place of its own instead of at the end.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - descriptor: An open descriptor.
  /// - Returns: True when it is the same file, not opened for appending.
  public static func isOverwritten(_ path: FilePath, by descriptor: FileDescriptor) -> Bool {
    var (file, open) = (stat(), stat())
    guard stat(path.string, &file) == 0, fstat(descriptor.rawValue, &open) == 0 else { return false }
    guard file.st_dev == open.st_dev && file.st_ino == open.st_ino && open.st_mode & S_IFMT == S_IFREG else {
      return false
    }
    return fcntl(descriptor.rawValue, F_GETFL) & O_APPEND == 0
  }

  private static func open(_ path: FilePath, _ mode: FileDescriptor.AccessMode) throws(Errno) -> FileDescriptor {
    do {
      return try FileDescriptor.open(path, mode, options: .closeOnExec)
    } catch let error as Errno {
      throw error
    } catch {
      throw .ioError
    }
  }

  /// Reads all lines.
  ///
  /// - Returns: Whether the last one lacks its end.
  private mutating func read(_ descriptor: FileDescriptor) throws(Errno) -> Bool {
    let reader = LineReader(descriptor, maximum: 1 << 32)
    let parser = JSONParser()
    // Records point into the parser's memory.
    defer { withExtendedLifetime(parser) {} }
    repeat {
      while let line = reader.next() {
        guard let bytes = line.bytes, let record = try? parser.record(bytes) else {
          foreignCount += 1
          continue
        }
        index.add(record)
      }
    } while try reader.fill()
    while let line = reader.next() {
      if let bytes = line.bytes, let record = try? parser.record(bytes) { index.add(record) }
    }
    return try lastByte(descriptor) != 0x0A
  }

  private func lastByte(_ descriptor: FileDescriptor) throws(Errno) -> UInt8 {
    var byte: UInt8 = 0x0A
    let size = lseek(descriptor.rawValue, 0, SEEK_END)
    guard size > 0 else { return byte }
    guard pread(descriptor.rawValue, &byte, 1, size - 1) >= 0 else { throw Errno(rawValue: errno) }
    return byte
  }

  private static func repair(_ descriptor: FileDescriptor) throws(Errno) {
    let size = lseek(descriptor.rawValue, 0, SEEK_END)
    var start = size
    var tail: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while start > 0 {
      let count = min(start, off_t(block.count))
      guard pread(descriptor.rawValue, &block, Int(count), start - count) == Int(count) else { throw .ioError }
      let end = block[..<Int(count)].lastIndex(of: 0x0A)
      tail = Array(block[(end.map { $0 + 1 } ?? 0)..<Int(count)]) + tail
      start -= off_t(count)
      if let end {
        start += off_t(end) + 1
        break
      }
    }
    let isWhole = tail.withUnsafeBytes { (try? JSONParser().record($0)) != nil }
    if isWhole {
      guard pwrite(descriptor.rawValue, "\n", 1, size) == 1 else { throw Errno(rawValue: errno) }
    } else {
      guard ftruncate(descriptor.rawValue, start) == 0 else { throw Errno(rawValue: errno) }
    }
  }
}
