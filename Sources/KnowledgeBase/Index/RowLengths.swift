import CKnowledgeBase
import SQLite

/// The lengths of all rows' columns, packed, in chunks of 4,096 rows: what ranking needs of every row that matches.
struct RowLengths {
  static let chunkRows = 4096

  /// By row number; row 0 does not exist.
  private(set) var packed: [UInt32] = [HG_DELETED]
  private var touched: Set<Int> = []

  static func load(_ database: Database, rows: Int64) throws(DatabaseError) -> RowLengths {
    var lengths = RowLengths()
    lengths.packed = [UInt32](repeating: HG_DELETED, count: Int(max(rows, 1)))
    let chunks = try database.statement("SELECT chunk, lengths FROM lengths")
    defer { chunks.reset() }
    while try chunks.step() {
      let start = Int(chunks.int(0)) * chunkRows
      let bytes = chunks.bytes(1)
      guard start >= 0, start < lengths.packed.count else { continue }
      lengths.packed.withUnsafeMutableBytes { all in
        let target = all[(start * 4)..<min(all.count, start * 4 + bytes.count)]
        UnsafeMutableRawBufferPointer(rebasing: target).copyMemory(from: .init(rebasing: bytes.prefix(target.count)))
      }
    }
    return lengths
  }

  /// Adds a row, with the number of words in each of its columns.
  mutating func append(_ counts: [Int32]) {
    touched.insert(packed.count / Self.chunkRows)
    packed.append(hg_pack_lengths(counts))
  }

  mutating func tombstone(_ row: Int64) {
    guard packed.indices.contains(Int(row)) else { return }
    touched.insert(Int(row) / Self.chunkRows)
    packed[Int(row)] = HG_DELETED
  }

  func isDeleted(_ row: Int64) -> Bool { !packed.indices.contains(Int(row)) || packed[Int(row)] == HG_DELETED }

  /// Writes the chunks that changed.
  mutating func save(_ database: Database) throws(DatabaseError) {
    for chunk in touched.sorted() {
      let statement = try database.statement("REPLACE INTO lengths VALUES(?1, ?2)")
      let range = (chunk * Self.chunkRows)..<min(packed.count, (chunk + 1) * Self.chunkRows)
      statement.bind(1, Int64(chunk))
      packed[range].withUnsafeBytes { statement.bind(2, blob: $0) }
      try statement.run()
    }
    touched = []
  }
}
