import NDJSON
import SystemPackage

/// Reads the entries of one session in the order in which they were appended.
struct EntryReader {
  private let file: FilePath
  private let parser = JSONParser()

  init(_ file: FilePath) { self.file = file }

  /// Hands each entry to `body`; lines that are no entries are skipped. A file that does not exist has none.
  func forEach(_ body: (Record) -> Void) throws(SessionLogError) {
    guard let size = try LogSegment.regularFileSize(file) else { return }
    try forEach(in: 0..<size, body)
  }

  /// The last entries that `select` takes, in the order of the file.
  ///
  /// - Parameters:
  ///   - count: How many at most; nil for all.
  ///   - select: Makes something of an entry, or skips it.
  /// - Returns: What was made.
  /// - Throws: When the file cannot be read.
  func last<Item>(_ count: Int?, _ select: (Record) -> Item?) throws(SessionLogError) -> [Item] {
    guard let size = try LogSegment.regularFileSize(file) else { return [] }
    var window = count == nil ? size : 64 << 10
    while true {
      var items: [Item] = []
      let start = max(0, size - window)
      try forEach(in: start..<size) { entry in
        if let item = select(entry) { items.append(item) }
      }
      if start == 0 || items.count >= count ?? .max { return Array(items.suffix(count ?? .max)) }
      window *= 4
    }
  }

  private func forEach(in range: Range<Int>, _ body: (Record) -> Void) throws(SessionLogError) {
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
