import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Counted entries in the order of their times, in a file that never changes.
///
/// The file is blocks of entries, a directory of the blocks, what the numbers in it stand for, and a footer that says
/// where all this is. The directory holds, for each block, the sums of all entries before it, so that the sums from any
/// moment on need one block.
final class KeptRun: Sendable {
  /// A part of the file.
  struct Section: Sendable {
    var offset: UInt64 = 0
    var length: UInt64 = 0
    var checksum: UInt64 = 0
  }

  struct Footer: Sendable {
    static let length = 128
    static let magic: UInt64 = 0x4E55_5254_4E43_4748

    var entries: UInt64 = 0
    /// Those that take others away.
    var negatives: UInt64 = 0
    var blocks: UInt64 = 0
    var groups: UInt64 = 0
    var first: Int64 = 0
    var last: Int64 = 0
    /// Keys and sessions.
    var names = Section()
    /// The groups that have sums.
    var sums = Section()
    var directory: UInt64 = 0
  }

  /// What the directory says of a block.
  struct Block: Sendable {
    static let length = 32

    /// When its first entry was; `Int64.max` behind the last block.
    var first: Int64 = 0
    var offset: UInt64 = 0
    var size: UInt32 = 0
    var count: UInt32 = 0
    var checksum: UInt64 = 0
  }

  let number: UInt64
  let footer: Footer
  private let descriptor: FileDescriptor

  /// Opens a run; nil when it is not there or not whole.
  init?(_ number: UInt64, in folder: FilePath) {
    guard let descriptor = try? openFile(Self.path(number, in: folder), .readOnly, options: [.noFollow]) else {
      return nil
    }
    self.number = number
    self.descriptor = descriptor
    guard let status = FileStatus(of: descriptor.rawValue), status.isRegular,
      let footer = Self.footer(descriptor, Int(status.size))
    else {
      closeQuietly(descriptor)
      return nil
    }
    self.footer = footer
  }

  deinit { closeQuietly(descriptor) }

  static func path(_ number: UInt64, in folder: FilePath) -> FilePath { folder.appending("run-\(number)") }

  private static func footer(_ descriptor: FileDescriptor, _ size: Int) -> Footer? {
    guard size >= Footer.length, let bytes = read(descriptor, size - Footer.length, Footer.length) else { return nil }
    let footer = bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return Footer(&reader)
    }
    // What it says must lie within the file, or a damaged one would have us ask for any amount of memory.
    guard let footer, footer.directory <= UInt64(size), footer.names.length <= UInt64(size),
      footer.sums.length <= UInt64(size), footer.blocks <= UInt64(size), footer.groups <= UInt64(size)
    else { return nil }
    return footer
  }

  /// So many bytes at a place; nil when they are not there.
  private static func read(_ descriptor: FileDescriptor, _ offset: Int, _ count: Int) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
      while used < count {
        let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[used..<count])
        guard let more = try? readSome(from: descriptor, at: offset + used, into: rest), more > 0 else { return }
        used += more
      }
    }
    return bytes.count == count ? bytes : nil
  }

  private func section(_ section: Section) -> [UInt8]? {
    guard let bytes = Self.read(descriptor, Int(section.offset), Int(section.length)),
      Checksum.of(bytes) == section.checksum
    else { return nil }
    return bytes
  }

  /// What the numbers of the entries stand for; nil when it is damaged.
  func names(files: NameTable) -> EntryNames? {
    guard let bytes = section(footer.names) else { return nil }
    return bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      var names = EntryNames(files: files)
      names.keys = NameTable(&reader)
      names.sessions = NameTable(&reader)
      return reader.isDamaged ? nil : names
    }
  }

  /// The groups that have sums; nil when that is damaged.
  func groups() -> NameTable? {
    guard let bytes = section(footer.sums) else { return nil }
    return bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      let names = NameTable(&reader)
      return reader.isDamaged || names.count != Int(footer.groups) ? nil : names
    }
  }

  private var recordLength: Int { Block.length + OutcomeSums.count * 8 * Int(footer.groups) + 8 }

  /// What the directory says of a block, with the sums of all entries before it; nil when it is damaged.
  func block(_ index: Int) -> (block: Block, sums: [OutcomeSums])? {
    guard let bytes = Self.read(descriptor, Int(footer.directory) + index * recordLength, recordLength) else {
      return nil
    }
    return bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      let block = Block(
        first: reader.fixed(Int64.self), offset: reader.fixed(UInt64.self), size: reader.fixed(UInt32.self),
        count: reader.fixed(UInt32.self), checksum: reader.fixed(UInt64.self))
      let sums = (0..<footer.groups).map { _ in OutcomeSums(&reader) }
      let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<reader.position]))
      return reader.fixed(UInt64.self) == checksum ? (block, sums) : nil
    }
  }

  /// Hands on the entries of a block.
  ///
  /// - Returns: False when it is damaged; entries may have been handed on then.
  func forEachEntry(of block: Block, _ names: EntryNames, _ body: (CountedEntry) -> Void) -> Bool {
    guard let bytes = Self.read(descriptor, Int(block.offset), Int(block.size)), Checksum.of(bytes) == block.checksum
    else { return false }
    return bytes.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      return EntryCoder.forEach(Int(block.count), &reader, names, body)
    }
  }

  /// The last block that begins before a moment; nil when none does or the directory is damaged.
  func lastBlock(before moment: Int64) -> Int? {
    var (low, high) = (0, Int(footer.blocks))
    while low < high {
      let middle = (low + high) / 2
      guard let first = Self.read(descriptor, Int(footer.directory) + middle * recordLength, 8) else { return nil }
      let time = first.withUnsafeBytes { Int64(littleEndian: $0.loadUnaligned(as: Int64.self)) }
      if time < moment { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : low - 1
  }
}

extension KeptRun.Footer {
  func append(to bytes: inout [UInt8]) {
    let start = bytes.count
    for number in [Self.magic, entries, negatives, blocks, groups, UInt64(bitPattern: first), UInt64(bitPattern: last)]
    {
      bytes.append(fixed: number)
    }
    for section in [names, sums] {
      for number in [section.offset, section.length, section.checksum] { bytes.append(fixed: number) }
    }
    bytes.append(fixed: directory)
    bytes += repeatElement(0, count: Self.length - 8 - (bytes.count - start))
    bytes.append(fixed: Checksum.of(Array(bytes[start...])))
  }

  /// Nil when it is none.
  init?(_ reader: inout ByteReader) {
    let bytes = reader.bytes(Self.length)
    guard bytes.count == Self.length else { return nil }
    var reader = ByteReader(bytes)
    guard reader.fixed(UInt64.self) == Self.magic else { return nil }
    entries = reader.fixed(UInt64.self)
    negatives = reader.fixed(UInt64.self)
    blocks = reader.fixed(UInt64.self)
    groups = reader.fixed(UInt64.self)
    first = reader.fixed(Int64.self)
    last = reader.fixed(Int64.self)
    for place in [\Self.names, \Self.sums] {
      self[keyPath: place] = KeptRun.Section(
        offset: reader.fixed(UInt64.self), length: reader.fixed(UInt64.self), checksum: reader.fixed(UInt64.self))
    }
    directory = reader.fixed(UInt64.self)
    let checksum = Checksum.of(UnsafeRawBufferPointer(rebasing: bytes[..<(Self.length - 8)]))
    guard bytes.loadUnaligned(fromByteOffset: Self.length - 8, as: UInt64.self) == checksum.littleEndian else {
      return nil
    }
  }
}
