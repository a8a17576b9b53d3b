import CKnowledgeBase
import CSQLite
import SQLite

/// The one row of numbers that describes an index.
struct IndexState {
  /// The number the next row gets; rows count from 1.
  var nextRow: Int64 = 1
  /// Rows whose notes are gone.
  var deadRows: Int64 = 0
  /// Words in each column of all rows, in the order of the columns: body, title, labels.
  var words = [Int64](repeating: 0, count: HG_COLUMNS)
  /// How many rows there were when common words were counted last.
  var countedRows: Int64 = 0
  /// When the walk began that the index stands for, in nanoseconds.
  var walkedAt: Int64 = 0
  /// Changes with every change of the index.
  var revision: Int64 = 0
  /// The sum over the files of each bucket.
  var digests = [UInt64](repeating: 0, count: FileTree.buckets)

  static let schema = """
    CREATE TABLE state(id INTEGER PRIMARY KEY, format INT, next_row INT, dead_rows INT, body_words INT, title_words INT,
      label_words INT, counted_rows INT, walked_at INT, revision INT, digests BLOB);
    CREATE TABLE note(id INTEGER PRIMARY KEY, rows INT, path TEXT, signature INT, hash INT, bucket INT);
    CREATE INDEX note_bucket ON note(bucket);
    CREATE TABLE lengths(chunk INTEGER PRIMARY KEY, lengths BLOB);
    CREATE TABLE vocabulary(stem TEXT PRIMARY KEY, rows INT) WITHOUT ROWID;
    CREATE TABLE vectors(model INT, block INT, scales BLOB, codes BLOB, PRIMARY KEY(model, block));
    CREATE TABLE model(id INTEGER PRIMARY KEY, name TEXT UNIQUE, dimension INT, revision INT);
    CREATE VIRTUAL TABLE words USING fts5(body, title, labels, content='', columnsize=0, tokenize='hyperguild');
    """

  /// Reads the row. Fails when the database is of another format or damaged.
  static func load(_ database: Database) throws(DatabaseError) -> IndexState {
    let row = try database.statement(
      """
      SELECT next_row, dead_rows, body_words, title_words, label_words, counted_rows, walked_at, revision, digests, format
      FROM state WHERE id = 1
      """)
    defer { row.reset() }
    guard try row.step() else { throw DatabaseError(code: SQLITE_CORRUPT, message: "the index has no state") }
    guard row.int(9) == Int64(IndexFolder.format) else {
      throw DatabaseError(code: SQLITE_NOTADB, message: "the index has another format")
    }
    guard row.bytes(8).count == FileTree.buckets * 8 else {
      throw DatabaseError(code: SQLITE_CORRUPT, message: "the index has no state")
    }
    var state = IndexState()
    state.nextRow = row.int(0)
    state.deadRows = row.int(1)
    state.words = [row.int(2), row.int(3), row.int(4)]
    state.countedRows = row.int(5)
    state.walkedAt = row.int(6)
    state.revision = row.int(7)
    let digests = row.bytes(8)
    for bucket in 0..<FileTree.buckets {
      state.digests[bucket] = digests.loadUnaligned(fromByteOffset: bucket * 8, as: UInt64.self)
    }
    return state
  }

  /// Writes the row.
  func save(_ database: Database) throws(DatabaseError) {
    let row = try database.statement("REPLACE INTO state VALUES(1, ?10, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
    let numbers = [nextRow, deadRows, words[0], words[1], words[2], countedRows, walkedAt, revision]
    for (index, number) in numbers.enumerated() { row.bind(Int32(index) + 1, number) }
    digests.withUnsafeBytes { row.bind(9, blob: $0) }
    row.bind(10, Int64(IndexFolder.format))
    try row.run()
  }

  /// How long a column is on average, in words.
  func average(_ column: Int) -> Float { Float(words[column]) / Float(max(nextRow - 1, 1)) }
}
