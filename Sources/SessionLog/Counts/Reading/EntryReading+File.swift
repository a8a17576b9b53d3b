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
    var start = Int(known.offset)
    if try !isContinued(known, status, file, number) {
      outcome.isReplaced = known.isCounted
      start = 0
    }
    guard status.isRegular else { return }
    var progress = known
    (progress.device, progress.inode, progress.size) = (status.device, status.inode, status.size)
    progress.isThere = true
    let range = start..<max(start, Int(status.size))
    if range.count > Self.share {
      outcome.progress = progress
      outcome.range = range
      return
    }
    let end = try read(file, number, range, &worker, &buffer)
    try reach(Int64(max(end, start)), file, number, &progress)
    outcome.progress = progress
  }

  /// Reads the lines that begin in a range.
  ///
  /// - Returns: Behind the last whole line; 0 when there is none.
  func read(
    _ file: FileDescriptor, _ number: Int, _ range: Range<Int>, _ worker: inout Worker, _ buffer: inout [UInt8]
  ) throws(SessionLogError) -> Int {
    guard !range.isEmpty else { return 0 }
    worker.entries.begin(file: number)
    var end = 0
    do throws(Errno) {
      try LogSegment.forEachLine(of: file, in: range, &buffer) { line, offset, isWhole in
        if isWhole { end = offset + line.count + 1 }
        guard let entry = try? worker.parser.record(line) else { return }
        worker.consumer.take(worker.entries.read(entry), worker.entries.names, isWhole: isWhole)
      }
    } catch {
      throw failure("read", number, error)
    }
    return end
  }

  /// Whether a file still begins with what was counted of it.
  private func isContinued(
    _ known: FileProgress, _ status: FileStatus, _ file: FileDescriptor, _ number: Int
  ) throws(SessionLogError) -> Bool {
    guard known.isCounted, status.isRegular, known.device == status.device, known.inode == status.inode,
      status.size >= known.offset
    else { return false }
    // As long as before, but changed: it was written over.
    guard status.size != known.size || known.modified == status.modified else { return false }
    return try checksums(file, number, known.offset) == (known.head, known.tail)
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
    (progress.head, progress.tail) = try checksums(file, number, offset)
  }

  /// Of the start of a file, and of what lies before a place.
  private func checksums(
    _ file: FileDescriptor, _ number: Int, _ offset: Int64
  ) throws(SessionLogError) -> (UInt64, UInt64) {
    let head = min(Int(offset), FileProgress.headLength)
    let tail = min(Int(offset), FileProgress.tailLength)
    return (try checksum(file, number, 0..<head), try checksum(file, number, Int(offset) - tail..<Int(offset)))
  }

  private func checksum(
    _ file: FileDescriptor, _ number: Int, _ range: Range<Int>
  ) throws(SessionLogError) -> UInt64 {
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
