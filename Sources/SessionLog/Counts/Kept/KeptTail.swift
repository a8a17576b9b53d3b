import Platform
import SystemPackage

/// The file that all begins with: which runs there are, and behind that what came since they were written.
///
/// It is a row of frames, each with its length and checksum. The first one names the other files; the file is put in
/// place when those are complete. Every further frame is one update: entries, and how far the logs were read for them.
/// What a process that died has left of a frame is not a frame, and is cut off by the next one that writes.
struct KeptTail: Sendable {
  /// Another one of these counts is not read: it is counted anew.
  static let version: UInt64 = 2
  private static let largestFile = 256 << 20

  /// The numbers of the runs.
  private(set) var runs: [UInt64] = []
  /// The number of the file of files.
  private(set) var filesNumber: UInt64 = 0
  /// The number for the next file. They begin anywhere, so that one who has just read the name of a file never finds
  /// another one under it, made after everything was removed.
  private(set) var nextNumber = UInt64.random(in: 1...UInt64.max / 2)
  /// How many entries there are.
  private(set) var count = 0
  /// The updates, as they stand in the file: what their entries are is read when it is asked for.
  private(set) var updates: [(names: EntryNames, count: Int, place: Range<Int>)] = []
  private var bytes: [UInt8] = []
  /// Where the last whole frame ends, in bytes.
  private(set) var end = 0

  init() {}

  static func path(in folder: FilePath) -> FilePath { folder.appending("tail") }
  static func filesPath(_ number: UInt64, in folder: FilePath) -> FilePath { folder.appending("files-\(number)") }

  /// Reads the file; nil when it is not there, about something else or damaged.
  ///
  /// - Parameters:
  ///   - folder: Where it is.
  ///   - source: What it must be about.
  ///   - files: Gets the files, and how far each was counted.
  init?(in folder: FilePath, about source: [UInt8], _ files: inout SessionFiles) {
    guard let bytes = try? WholeFile.read(Self.path(in: folder), source: .regular, limit: Self.largestFile) else {
      return nil
    }
    self.bytes = bytes
    let isRead = bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      guard var header = Self.frame(&reader), readHeader(&header, source),
        readFiles(Self.filesPath(filesNumber, in: folder), &files)
      else { return false }
      end = reader.position
      while var update = Self.frame(&reader) {
        let length = update.count
        guard read(&update, &files) else { return false }
        end = reader.position
        updates[updates.count - 1].place = end - length + update.position..<end
      }
      return true
    }
    guard isRead else { return nil }
    for index in updates.indices { updates[index].names.files = files.names }
  }

  /// Hands on each entry, with what its numbers stand for.
  ///
  /// - Returns: False when they are damaged.
  func forEachEntry(_ body: (CountedEntry, EntryNames) -> Void) -> Bool {
    bytes.withUnsafeBytes { bytes in
      updates.allSatisfy { names, count, place in
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[place]))
        return EntryCoder.forEach(count, &reader, names) { body($0, names) }
      }
    }
  }

  /// The next whole frame.
  private static func frame(_ reader: inout ByteReader) -> ByteReader? {
    let length = reader.fixed(UInt64.self)
    let checksum = reader.fixed(UInt64.self)
    guard !reader.isDamaged, length <= UInt64(largestFile) else { return nil }
    let bytes = reader.bytes(Int(length))
    guard !reader.isDamaged, length > 0, Checksum.of(bytes) == checksum else { return nil }
    return ByteReader(bytes)
  }

  private static func frame(_ content: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(content.count + 16)
    bytes.append(fixed: UInt64(content.count))
    bytes.append(fixed: Checksum.of(content))
    return bytes + content
  }

  private mutating func readHeader(_ reader: inout ByteReader, _ source: [UInt8]) -> Bool {
    guard reader.fixed(UInt64.self) == Self.version else { return false }
    let length = reader.count(itemsOf: 1)
    guard reader.bytes(length).elementsEqual(source) else { return false }
    filesNumber = reader.fixed(UInt64.self)
    nextNumber = reader.fixed(UInt64.self)
    let count = reader.count(itemsOf: 8)
    for _ in 0..<count { runs.append(reader.fixed(UInt64.self)) }
    return !reader.isDamaged
  }

  static func header(
    about source: [UInt8], files: UInt64, runs: [UInt64], nextNumber: UInt64
  ) -> [UInt8] {
    var content: [UInt8] = []
    content.append(fixed: version)
    content.appendVariable(UInt64(source.count))
    content.append(contentsOf: source)
    content.append(fixed: files)
    content.append(fixed: nextNumber)
    content.appendVariable(UInt64(runs.count))
    for run in runs { content.append(fixed: run) }
    return frame(content)
  }

  /// All files, as they were when the runs were written.
  static func bytes(of files: SessionFiles) -> [UInt8] {
    var content: [UInt8] = []
    files.directory.append(to: &content)
    files.names.append(to: &content)
    FileProgress.append(files.progress, to: &content)
    return frame(content)
  }

  private func readFiles(_ path: FilePath, _ files: inout SessionFiles) -> Bool {
    guard let bytes = try? WholeFile.read(path, source: .regular) else { return false }
    return bytes.withUnsafeBytes { bytes in
      var whole = ByteReader(bytes)
      guard var reader = Self.frame(&whole) else { return false }
      files.directory = DirectoryStamp(&reader)
      files.names = NameTable(&reader)
      files.progress = FileProgress.read(files.names.count, &reader)
      return !reader.isDamaged
    }
  }

  /// An update: the entries and what became of the files.
  struct Update {
    var entries: [CountedEntry] = []
    /// Keys and sessions of the entries.
    var names = EntryNames()
    /// The numbers of the files whose progress has changed.
    var changed: [Int] = []
    /// How many of the files were known before.
    var knownFiles = 0

    var isEmpty: Bool { entries.isEmpty && changed.isEmpty }
  }

  static func bytes(of update: Update, _ files: SessionFiles) -> [UInt8] {
    var content: [UInt8] = []
    files.directory.append(to: &content)
    content.appendVariable(UInt64(files.names.count - update.knownFiles))
    for number in update.knownFiles..<files.names.count {
      let name = files.names.name(number)
      content.appendVariable(UInt64(name.count))
      content.append(contentsOf: name)
    }
    content.appendVariable(UInt64(update.changed.count))
    for number in update.changed {
      content.appendVariable(UInt64(number))
      FileProgress.append([files.progress[number]], to: &content)
    }
    update.names.keys.append(to: &content)
    update.names.sessions.append(to: &content)
    content.appendVariable(UInt64(update.entries.count))
    var coder = EntryCoder()
    for entry in update.entries { coder.append(entry, to: &content) }
    return frame(content)
  }

  private mutating func read(_ reader: inout ByteReader, _ files: inout SessionFiles) -> Bool {
    files.directory = DirectoryStamp(&reader)
    for _ in 0..<reader.count(itemsOf: 1) {
      let length = reader.count(itemsOf: 1)
      _ = files.number(of: reader.bytes(length))
    }
    for _ in 0..<reader.count(itemsOf: FileProgress.encodedLength) {
      let number = reader.variable()
      guard number < UInt64(files.progress.count), let progress = FileProgress.read(1, &reader).first else {
        return false
      }
      files.progress[Int(number)] = progress
    }
    var names = EntryNames()
    names.keys = NameTable(&reader)
    names.sessions = NameTable(&reader)
    let entries = reader.count(itemsOf: 6)
    count += entries
    updates.append((names, entries, 0..<0))
    return !reader.isDamaged
  }
}
