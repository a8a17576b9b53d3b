import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// How far a session's file has been counted, and how to know it again.
struct FileProgress: Sendable, Equatable {
  /// How many bytes before the place that was reached must be what they were, for a file to be the same one.
  static let tailLength = 512

  /// `st_dev` and `st_ino`; 0 while nothing of the file has been counted.
  var device: UInt64 = 0
  var inode: UInt64 = 0
  /// How long the file was.
  var size: Int64 = 0
  /// Behind the last whole line that was counted.
  var offset: Int64 = 0
  /// When its content was last changed, in nanoseconds since 1970.
  var modified: Int64 = 0
  /// A checksum of the bytes before `offset`.
  var tail: UInt64 = 0
  private var flags: UInt64 = 0

  /// Whether there was something of that name, also what is not a regular file.
  var isThere: Bool {
    get { flags & 1 != 0 }
    set { flags = newValue ? flags | 1 : flags & ~1 }
  }
  /// Whether a later change would have another time.
  var isSure: Bool {
    get { flags & 2 != 0 }
    set { flags = newValue ? flags | 2 : flags & ~2 }
  }

  /// In bytes, as `append` writes it.
  static let encodedLength = MemoryLayout<FileProgress>.stride

  /// Two changes that are closer together may have the same time, in nanoseconds: the clock of a file system ticks.
  private static let tick: Int64 = 20_000_000

  var isCounted: Bool { inode != 0 }

  /// Whether nothing is to be done about a file of this status.
  func isCurrent(_ status: FileStatus) -> Bool {
    isSure && inode == status.inode && device == status.device && size == status.size && offset == size
      && modified == status.modified
  }

  /// Whether a file may be the one that was counted so far, and go on behind that; its bytes decide.
  func mayContinue(in status: FileStatus) -> Bool {
    // As long as before, but changed: it was written over.
    isCounted && device == status.device && inode == status.inode && status.size >= offset
      && (status.size != size || modified == status.modified)
  }

  /// Whether what changes from now on shows in the time of the last change.
  static func isSure(_ modified: Int64, lookedAt now: Int64) -> Bool { abs(now - modified) > tick }

  /// All of them as they lie in memory: there may be a hundred thousand, and a decision reads them.
  static func append(_ progress: [FileProgress], to bytes: inout [UInt8]) {
    progress.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Reads as many as were appended.
  static func read(_ count: Int, _ reader: inout ByteReader) -> [FileProgress] {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: encodedLength)
    let source = reader.bytes(overflow ? -1 : bytes)
    guard !reader.isDamaged, let start = source.baseAddress else { return [] }
    // Room for new ones: to make it later would copy all.
    return [FileProgress](unsafeUninitializedCapacity: count + count / 16 + 64) { buffer, used in
      if let target = buffer.baseAddress { memcpy(target, start, bytes) }
      used = count
    }
  }
}

/// What the system says of a file, as far as it matters here. `Stat` of swift-system costs three times the call.
struct FileStatus: Sendable {
  var device: UInt64 = 0
  var inode: UInt64 = 0
  var size: Int64 = 0
  /// Nanoseconds since 1970.
  var modified: Int64 = 0
  var isRegular = false
  var isLink = false

  /// `fstatat(2)` without following links.
  ///
  /// - Returns: Nil with `errno` when it fails.
  init?(of name: UnsafePointer<CChar>, in directory: Int32) {
    var status = stat()
    guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    self.init(status)
  }

  /// `fstat(2)`.
  init?(of descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isLink = status.st_mode & S_IFMT == S_IFLNK
  }
}

/// The files of all sessions and how far each has been counted.
struct SessionFiles: Sendable {
  /// Their names. One that is gone keeps its number.
  var names = NameTable()
  /// As many as there are names.
  var progress: [FileProgress] = []
  /// The directory when its names were read, to know whether some came or went.
  var directory = DirectoryStamp()

  mutating func number(of name: UnsafeRawBufferPointer) -> Int {
    let number = names.intern(name)
    if number == progress.count { progress.append(FileProgress()) }
    return number
  }

  /// Lends a name to a system call.
  @inline(__always)
  func withCName<Result>(_ number: Int, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    names.withName(number) { name in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: name.count + 1) { buffer in
        guard let base = buffer.baseAddress else { return body("") }
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: name)
        base[name.count] = 0
        return body(base)
      }
    }
  }
}

/// A directory's identity and the time of its last change: while they stay, so do its names.
struct DirectoryStamp: Sendable, Equatable {
  var device: UInt64 = 0
  var inode: UInt64 = 0
  var modified: Int64 = 0
  /// Whether a change that was not seen would show.
  var isSure = false

  func append(to bytes: inout [UInt8]) {
    bytes.append(fixed: device)
    bytes.append(fixed: inode)
    bytes.append(fixed: modified)
    bytes.append(fixed: isSure ? UInt64(1) : 0)
  }

  init() {}

  init(_ status: FileStatus, lookedAt now: Int64) {
    device = status.device
    inode = status.inode
    modified = status.modified
    isSure = FileProgress.isSure(modified, lookedAt: now)
  }

  init(_ reader: inout ByteReader) {
    device = reader.fixed(UInt64.self)
    inode = reader.fixed(UInt64.self)
    modified = reader.fixed(Int64.self)
    isSure = reader.fixed(UInt64.self) != 0
  }

  /// Whether it is this directory, unchanged.
  func isCurrent(_ status: FileStatus) -> Bool {
    isSure && device == status.device && inode == status.inode && modified == status.modified
  }
}
