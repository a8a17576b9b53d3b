import CKnowledgeBase

/// A prepared statement. Parameters count from 1, columns from 0, as in SQLite.
final class Statement {
  let pointer: OpaquePointer
  private unowned let database: Database

  init(_ pointer: OpaquePointer, of database: Database) {
    self.pointer = pointer
    self.database = database
  }

  deinit { sqlite3_finalize(pointer) }

  func reset() {
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
  }

  func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(pointer, index, value) }

  func bind(_ index: Int32, _ text: String) {
    var text = text
    _ = text.withUTF8 { sqlite3_bind_text64(pointer, index, $0.baseAddress, UInt64($0.count), hg_transient(), 1) }
  }

  func bind(_ index: Int32, blob bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else {
      sqlite3_bind_zeroblob(pointer, index, 0)
      return
    }
    sqlite3_bind_blob64(pointer, index, start, UInt64(bytes.count), hg_transient())
  }

  /// Binds text that stays where it is until the statement was run and reset.
  func bind(_ index: Int32, staying text: UnsafeRawBufferPointer) {
    let bytes = text.bindMemory(to: CChar.self)
    if bytes.isEmpty {
      bind(index, "")
    } else {
      sqlite3_bind_text64(pointer, index, bytes.baseAddress, UInt64(bytes.count), nil, 1)
    }
  }

  /// Advances to the next row.
  ///
  /// - Returns: False at the end.
  func step() throws(DatabaseError) -> Bool {
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default:
      let error = database.error()
      sqlite3_reset(pointer)
      throw error
    }
  }

  /// Runs to the end and resets.
  func run() throws(DatabaseError) {
    while try step() {}
    sqlite3_reset(pointer)
  }

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

  func text(_ column: Int32) -> String {
    String(decoding: bytes(column), as: UTF8.self)
  }

  /// A text or a blob, valid until the next step.
  func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(pointer, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column)))
  }
}
