import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A part of a session's file: the lines that begin in a range of its bytes.
struct LogSegment: Sendable {
  let file: FilePath
  let range: Range<Int>

  /// Cuts files into parts of about one size, so that one huge session keeps all threads busy.
  static func cut(_ files: [FilePath], size: Int = 8 << 20) throws(SessionLogError) -> [LogSegment] {
    var segments: [LogSegment] = []
    for file in files {
      guard let length = try regularFileSize(file) else { continue }
      for start in stride(from: 0, to: length, by: size) {
        segments.append(LogSegment(file: file, range: start..<min(start + size, length)))
      }
    }
    return segments
  }

  /// The size of a file that was not removed meanwhile; nil for what is not a regular file.
  static func regularFileSize(_ file: FilePath) throws(SessionLogError) -> Int? {
    do throws(Errno) {
      let status = try Stat(file, followTargetSymlink: false)
      // Appending refuses anything else too; a query must not hang on a FIFO or leave the tree.
      return status.isRegular ? Int(status.size) : nil
    } catch .noSuchFileOrDirectory {
      try SessionDirectory.checkIsAbsent(file.removingLastComponent())
      return nil
    } catch {
      throw SessionLogError("look at", file.string, .system(error))
    }
  }

  /// Hands every line that begins in the range to `body`, without its line end; lines that are not entries too.
  ///
  /// - Parameters:
  ///   - buffer: Is read into; grows when a line needs it.
  ///   - body: Gets the bytes, valid during the call, and their offset in the file.
  /// - Throws: When the file cannot be opened or read.
  func forEachLine(
    _ buffer: inout [UInt8], _ body: (UnsafeRawBufferPointer, Int) -> Void
  ) throws(SessionLogError) {
    let descriptor = try openForReading(file)
    defer { closeQuietly(descriptor) }
    do throws(Errno) {
      try Self.forEachLine(of: descriptor, in: range, &buffer) { line, offset, _ in body(line, offset) }
    } catch {
      throw SessionLogError("read", file.string, .system(error))
    }
  }

  /// The same of an open file.
  ///
  /// - Parameters:
  ///   - descriptor: The file.
  ///   - range: Where the lines begin.
  ///   - buffer: Is read into; grows when a line needs it.
  ///   - body: Gets the bytes, valid during the call, their offset in the file, and whether the line has an end.
  /// - Returns: Where in the file the last line ended, empty ones too; 0 when none did.
  /// - Throws: The error of `pread(2)`.
  @discardableResult
  static func forEachLine(
    of descriptor: FileDescriptor, in range: Range<Int>, _ buffer: inout [UInt8],
    _ body: (UnsafeRawBufferPointer, Int, Bool) -> Void
  ) throws(Errno) -> Int {
    var wholeEnd = 0
    // A line that begins at the very start of the range follows a line end one byte before it.
    var offset = max(range.lowerBound - 1, 0)
    var isInsideForeignLine = range.lowerBound > 0
    var kept = 0
    while true {
      let count = try readAt(descriptor, &buffer, from: kept, offset: offset + kept)
      let isLast = count == 0
      let used = kept + count
      var consumed = 0
      buffer.withUnsafeBytes { bytes in
        while consumed < used, offset + consumed < range.upperBound || isInsideForeignLine {
          let lineEnd = bytes.firstOffset(of: 0x0A, in: consumed..<used)
          guard let end = lineEnd ?? (isLast ? used : nil) else {
            if isInsideForeignLine { consumed = used }
            break
          }
          if isInsideForeignLine {
            isInsideForeignLine = false
          } else {
            if lineEnd != nil { wholeEnd = offset + end + 1 }
            if end > consumed {
              let start = consumed + lengthOfMark(bytes, consumed..<end)
              body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), offset + start, lineEnd != nil)
            }
          }
          consumed = min(end + 1, used)
        }
      }
      if isLast || (offset + consumed >= range.upperBound && !isInsideForeignLine) { return wholeEnd }
      kept = used - consumed
      offset += consumed
      move(&buffer, consumed..<used)
    }
  }

  /// The same of bytes in memory.
  ///
  /// - Parameters:
  ///   - bytes: Whole lines, but for the last one.
  ///   - start: Where the first line begins.
  ///   - body: Gets the bytes, valid during the call, and whether the line has an end.
  /// - Returns: Behind the last line that has an end; `start` when none has.
  static func forEachLine(
    of bytes: UnsafeRawBufferPointer, from start: Int, _ body: (UnsafeRawBufferPointer, Bool) -> Void
  ) -> Int {
    var place = start
    var wholeEnd = start
    while place < bytes.count {
      let lineEnd = bytes.firstOffset(of: 0x0A, in: place..<bytes.count)
      let end = lineEnd ?? bytes.count
      if lineEnd != nil { wholeEnd = end + 1 }
      if end > place {
        body(UnsafeRawBufferPointer(rebasing: bytes[place + lengthOfMark(bytes, place..<end)..<end]), lineEnd != nil)
      }
      place = end + 1
    }
    return wholeEnd
  }

  private static func readAt(
    _ descriptor: FileDescriptor, _ buffer: inout [UInt8], from start: Int, offset: Int
  ) throws(Errno) -> Int {
    try buffer.withUnsafeMutableBytes { bytes in
      Result { () throws(Errno) in
        try readSome(from: descriptor, at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
      }
    }.get()
  }

  /// Moves the unused bytes to the front, and makes room when a line fills the buffer.
  private static func move(_ buffer: inout [UInt8], _ unused: Range<Int>) {
    if unused.lowerBound == 0 && unused.upperBound == buffer.count {
      buffer.append(contentsOf: repeatElement(0, count: buffer.count))
    } else {
      buffer.withUnsafeMutableBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        memmove(base, base + unused.lowerBound, unused.count)
      }
    }
  }
}

/// Opens a session's file for queries. Never waits for a FIFO, never follows a link.
func openForReading(_ file: FilePath) throws(SessionLogError) -> FileDescriptor {
  do throws(Errno) {
    return try openFile(file, .readOnly, options: [.noFollow, .nonBlocking])
  } catch {
    throw SessionLogError(opening: file, error)
  }
}

/// How many bytes of a line are the byte order mark that some editors, and files put behind each other, leave there.
@inline(__always)
private func lengthOfMark(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Int {
  guard bytes[line.lowerBound] == 0xEF, line.count > 3 else { return 0 }
  return bytes[line.lowerBound + 1] == 0xBB && bytes[line.lowerBound + 2] == 0xBF ? 3 : 0
}
