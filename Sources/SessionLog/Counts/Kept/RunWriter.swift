import Platform
import SystemPackage

/// Writes a run: entries in the order of their times.
struct RunWriter {
  /// A block has several entries for each group: the sums in the directory must not outgrow them.
  private static let entriesPerGroup = 16

  let number: UInt64
  private let path: FilePath
  private let descriptor: FileDescriptor
  private let leastEntries: Int
  private let hasSums: Bool
  private var names: EntryNames
  private var footer = KeptRun.Footer()
  private var sums = SumTable()
  /// The blocks so far, and the sums before each.
  private var blocks: [(block: KeptRun.Block, sums: [OutcomeSums])] = []
  private var coder = EntryCoder()
  private var block = KeptRun.Block()
  private var bytes: [UInt8] = []
  /// Where in `bytes` the block begins, and where in the file `bytes` do.
  private var start = 0
  private var written = 0

  /// Makes the file, in place of what a process that died may have left.
  ///
  /// - Parameters:
  ///   - number: The run's number.
  ///   - folder: Where it is made.
  ///   - files: The names of the logs.
  ///   - block: How many entries a block has at least.
  ///   - hasSums: Whether there are sums for each block; a run that is only to be put together with others needs none.
  /// - Throws: When it cannot be made.
  init(_ number: UInt64, in folder: FilePath, files: NameTable, block: Int, hasSums: Bool) throws(Errno) {
    self.number = number
    leastEntries = block
    self.hasSums = hasSums
    path = KeptRun.path(number, in: folder)
    WholeFile.remove(path)
    descriptor = try openFile(path, .writeOnly, options: [.create, .exclusiveCreate, .noFollow])
    names = EntryNames(files: files)
  }

  /// Closes the file.
  func close() { closeQuietly(descriptor) }

  var count: Int { Int(footer.entries) }

  /// Appends an entry.
  ///
  /// - Parameters:
  ///   - entry: Not earlier than the last one.
  ///   - source: What its numbers stand for.
  ///   - translation: From those names.
  /// - Throws: When it cannot be written.
  mutating func append(_ entry: CountedEntry, _ source: EntryNames, _ translation: inout Translation) throws(Errno) {
    let entry = translation.entry(entry, from: source, to: &names)
    if block.count == 0 {
      block.first = entry.time
      coder = EntryCoder()
      blocks.append((block, sums.sums))
    }
    if footer.entries == 0 { footer.first = entry.time }
    footer.last = entry.time
    footer.entries += 1
    if entry.facts.contains(.isNegative) { footer.negatives += 1 }
    block.count += 1
    if hasSums { sums.add(entry, names) }
    coder.append(entry, to: &bytes)
    if Int(block.count) >= max(leastEntries, Self.entriesPerGroup * sums.sums.count) { try endBlock() }
  }

  private mutating func endBlock() throws(Errno) {
    guard block.count > 0 else { return }
    block.offset = UInt64(written + start)
    block.size = UInt32(bytes.count - start)
    block.checksum = bytes.withUnsafeBytes { Checksum.of(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    blocks[blocks.count - 1].block = block
    block = KeptRun.Block()
    start = bytes.count
    if bytes.count >= 256 << 10 { try flush() }
  }

  private mutating func flush() throws(Errno) {
    try writeAll(bytes, to: descriptor)
    written += bytes.count
    bytes.removeAll(keepingCapacity: true)
    start = 0
  }

  /// Writes what follows the blocks.
  mutating func finish() throws(Errno) {
    try endBlock()
    footer.names = try section(names.keys, names.sessions)
    footer.sums = try section(sums.names)
    try flush()
    footer.directory = UInt64(written)
    footer.blocks = UInt64(blocks.count)
    footer.groups = UInt64(sums.sums.count)
    blocks.append((KeptRun.Block(first: .max), sums.sums))
    for (block, before) in blocks {
      let start = bytes.count
      bytes.append(fixed: block.first)
      bytes.append(fixed: block.offset)
      bytes.append(fixed: block.size)
      bytes.append(fixed: block.count)
      bytes.append(fixed: block.checksum)
      for sum in before { sum.append(to: &bytes) }
      // Groups that came up later.
      for _ in before.count..<sums.sums.count { OutcomeSums().append(to: &bytes) }
      bytes.append(fixed: bytes.withUnsafeBytes { Checksum.of(UnsafeRawBufferPointer(rebasing: $0[start...])) })
      if bytes.count >= 256 << 10 { try flush() }
    }
    footer.append(to: &bytes)
    try flush()
  }

  private mutating func section(_ tables: NameTable...) throws(Errno) -> KeptRun.Section {
    try flush()
    for table in tables { table.append(to: &bytes) }
    return KeptRun.Section(
      offset: UInt64(written), length: UInt64(bytes.count), checksum: Checksum.of(bytes))
  }
}

/// Turns the numbers of one source's entries into those of another, each name once.
struct Translation: Sendable {
  private var keys: [Int32] = []
  private var sessions: [Int32] = []

  @inline(__always)
  mutating func entry(_ entry: CountedEntry, from source: EntryNames, to target: inout EntryNames) -> CountedEntry {
    var entry = entry
    let key = Int(entry.key)
    if key >= keys.count { keys += repeatElement(-1, count: source.keys.count - keys.count) }
    if keys[key] < 0 { keys[key] = Int32(source.keys.withName(key) { target.keys.intern($0) }) }
    entry.key = keys[key]
    if entry.session > 1 {
      let session = Int(entry.session) - 2
      if session >= sessions.count { sessions += repeatElement(-1, count: source.sessions.count - sessions.count) }
      if sessions[session] < 0 {
        sessions[session] = Int32(source.sessions.withName(session) { target.sessions.intern($0) })
      }
      entry.session = sessions[session] + 2
    }
    return entry
  }
}
