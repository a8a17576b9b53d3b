import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

extension EntryReading {
  /// Reads what is new in one file, unless that is for several threads.
  func read(_ number: Int, _ worker: inout Worker, _ buffer: inout [UInt8]) throws(SessionLogError) {
    var outcome = Outcome(number: number)
    defer { worker.outcomes.append(outcome) }
    let known = files.progress[number]
    let file: FileDescriptor
    do throws(SessionLogError) {
      file = try open(number)
    } catch {
      // Removed meanwhile.
      guard error.isNoSuchFile else { throw error }
      outcome.isReplaced = known.isCounted
      return
    }
    defer { closeQuietly(file) }
    guard let status = FileStatus(of: file.rawValue) else { throw failure("look at", number, .last) }
    outcome.isReplaced = known.isCounted
    guard status.isRegular else { return }
    var progress = known
    (progress.device, progress.inode, progress.size) = (status.device, status.inode, status.size)
    (progress.modified, progress.isSure) = (
      status.modified, FileProgress.isSure(status.modified, lookedAt: WallClock.nanoseconds)
    )
    progress.isThere = true
    if known.mayContinue(in: status) {
      if try readShort(file, number, from: Int(known.offset), &progress, &worker, &buffer) {
        outcome.isReplaced = false
        outcome.progress = progress
        return
      }
      outcome.isReplaced = try checksum(file, number, before: known.offset) != known.tail
    }
    let start = outcome.isReplaced || !known.isCounted ? 0 : Int(known.offset)
    if start == 0, try readShort(file, number, from: 0, &progress, &worker, &buffer) {
      outcome.progress = progress
      return
    }
    outcome.progress = progress
    let range = start..<max(start, Int(status.size))
    if range.count > Self.share {
      outcome.range = range
      return
    }
    let end = try read(file, number, range, &worker, &buffer)
    try reach(Int64(max(end, start)), file, number, &progress)
    outcome.progress = progress
  }

  /// Reads what is new in a file when it is little, with the bytes before it and the least of system calls.
  ///
  /// - Returns: False when it is much, or the file does not go on as it did.
  private func readShort(
    _ file: FileDescriptor, _ number: Int, from start: Int, _ progress: inout FileProgress, _ worker: inout Worker,
    _ buffer: inout [UInt8]
  ) throws(SessionLogError) -> Bool {
    let base = max(start - FileProgress.tailLength, 0)
    let length = Int(progress.size) - base
    guard length <= buffer.count, length >= 0 else { return false }
    let count: Int
    do throws(Errno) {
      count = try buffer.withUnsafeMutableBytes { bytes in
        Result { () throws(Errno) in
          try readSome(from: file, at: base, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<length]))
        }
      }.get()
    } catch {
      throw failure("read", number, error)
    }
    guard count == length else { return false }
    return buffer.withUnsafeBytes { bytes in
      let bytes = UnsafeRawBufferPointer(rebasing: bytes[..<length])
      func checksum(_ range: Range<Int>) -> UInt64 { Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[range])) }
      let old = start - base
      guard old == 0 || checksum(0..<old) == progress.tail else { return false }
      worker.entries.begin(file: number)
      let end = LogSegment.forEachLine(of: bytes, from: old) { line, isWhole in
        guard let entry = try? worker.parser.record(line) else { return }
        worker.consumer.take(worker.entries.read(entry), worker.entries.names, isWhole: isWhole)
      }
      progress.offset = Int64(base + end)
      progress.tail = checksum(max(end - FileProgress.tailLength, 0)..<end)
      return true
    }
  }

  /// Reads the lines that begin in a range.
  ///
  /// - Returns: Behind the last whole line; 0 when there is none.
  func read(
    _ file: FileDescriptor, _ number: Int, _ range: Range<Int>, _ worker: inout Worker, _ buffer: inout [UInt8]
  ) throws(SessionLogError) -> Int {
    guard !range.isEmpty else { return 0 }
    worker.entries.begin(file: number)
    do throws(Errno) {
      return try LogSegment.forEachLine(of: file, in: range, &buffer) { line, _, isWhole in
        guard let entry = try? worker.parser.record(line) else { return }
        worker.consumer.take(worker.entries.read(entry), worker.entries.names, isWhole: isWhole)
      }
    } catch {
      throw failure("read", number, error)
    }
  }

  /// Notes that a file was read up to a place.
  func reach(
    _ offset: Int64, _ file: FileDescriptor, _ number: Int, _ progress: inout FileProgress
  ) throws(SessionLogError) {
    guard let status = FileStatus(of: file.rawValue) else { throw failure("look at", number, .last) }
    progress.offset = offset
    progress.size = max(progress.size, offset)
    // What comes after this look changes the size, or the time.
    progress.modified = status.modified
    progress.isSure = FileProgress.isSure(status.modified, lookedAt: WallClock.nanoseconds)
    progress.tail = try checksum(file, number, before: offset)
  }

  private func checksum(_ file: FileDescriptor, _ number: Int, before offset: Int64) throws(SessionLogError) -> UInt64 {
    let range = max(Int(offset) - FileProgress.tailLength, 0)..<Int(offset)
    do throws(Errno) {
      return try withUnsafeTemporaryAllocation(byteCount: max(range.count, 1), alignment: 8) { buffer in
        Result { () throws(Errno) in
          let count = try readSome(
            from: file, at: range.lowerBound, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count]))
          return Checksum.of(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
      }.get()
    } catch {
      throw failure("read", number, error)
    }
  }

  func open(_ number: Int) throws(SessionLogError) -> FileDescriptor {
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
    let descriptor: Int32 = files.withCName(number) { name in
      while true {
        let descriptor = openat(directory.rawValue, name, flags)
        if descriptor >= 0 || errno != EINTR { return descriptor }
      }
    }
    guard descriptor >= 0 else { throw SessionLogError(opening: path(number), .last) }
    return FileDescriptor(rawValue: descriptor)
  }

  private func path(_ number: Int) -> FilePath {
    sessions.path.appending(String(decoding: files.names.name(number), as: UTF8.self))
  }

  private func failure(_ action: String, _ number: Int, _ error: Errno) -> SessionLogError {
    SessionLogError(action, path(number).string, .system(error))
  }
}
