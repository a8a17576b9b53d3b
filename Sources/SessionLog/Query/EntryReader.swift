import NDJSON
import SystemPackage

/// Reads the entries of one session in the order in which they were appended.
struct EntryReader {
  private let files: [FilePath]
  private let parser = JSONParser()

  /// Takes the files of a session, the older ones first.
  init(_ files: [FilePath]) { self.files = files }

  /// Hands each entry to `body`; lines that are not entries are skipped. A file that does not exist has no entries.
  func forEach(_ body: (Record) -> Void) throws(SessionLogError) {
    for file in files {
      guard let size = try LogSegment.regularFileSize(file) else { continue }
      try forEach(in: file, 0..<size, body)
    }
  }

  /// The last entries that `select` takes, in the order of the files.
  ///
  /// - Parameters:
  ///   - count: How many at most; nil for all.
  ///   - select: Makes something of an entry, or skips it.
  /// - Returns: What was made.
  /// - Throws: When a file cannot be read.
  func last<Item>(_ count: Int?, _ select: (Record) -> Item?) throws(SessionLogError) -> [Item] {
    var items: [Item] = []
    for file in files.reversed() where items.count < count ?? .max {
      items = try last(count.map { $0 - items.count }, of: file, select) + items
    }
    return items
  }

  private func last<Item>(
    _ count: Int?, of file: FilePath, _ select: (Record) -> Item?
  ) throws(SessionLogError) -> [Item] {
    guard let size = try LogSegment.regularFileSize(file) else { return [] }
    var window = count == nil ? size : 64 << 10
    while true {
      var items: [Item] = []
      let start = max(0, size - window)
      try forEach(in: file, start..<size) { entry in
        if let item = select(entry) { items.append(item) }
      }
      if start == 0 || items.count >= count ?? .max { return Array(items.suffix(count ?? .max)) }
      window = window.multipliedSaturated(by: 4)
    }
  }

  private func forEach(
    in file: FilePath, _ range: Range<Int>, _ body: (Record) -> Void
  ) throws(SessionLogError) {
    var buffer = [UInt8](repeating: 0, count: min(max(range.count, 1), 512 << 10))
    do throws(SessionLogError) {
      try LogSegment(file: file, range: range).forEachLine(&buffer) { line, _ in
        if let entry = try? parser.record(line) { body(entry) }
      }
    } catch {
      if !error.isNoSuchFile { throw error }
    }
  }
}
