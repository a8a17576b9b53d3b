import CSQLite

/// A prepared statement. Parameters count from 1, columns from 0, as in SQLite.
public final class Statement {
  /// SQLite's own.
  public let pointer: OpaquePointer
  private unowned let database: Connection

  init(_ pointer: OpaquePointer, of database: Connection) {
    self.pointer = pointer
    self.database = database
  }

  deinit { sqlite3_finalize(pointer) }

  /// Starts over, without bindings.
  public func reset() {
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
  }

  /// Binds a number.
  ///
  /// - Parameters:
  ///   - index: The parameter, from 1.
  ///   - value: The number.
  public func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(pointer, index, value) }

  /// Binds a text.
  ///
  /// - Parameters:
  ///   - index: The parameter, from 1.
  ///   - text: Is copied.
  public func bind(_ index: Int32, _ text: String) {
    var text = text
    _ = text.withUTF8 {
      sqlite3_bind_text64(pointer, index, $0.baseAddress, UInt64($0.count), hg_sqlite_transient(), 1)
    }
  }

  /// Binds bytes.
  ///
  /// - Parameters:
  ///   - index: The parameter, from 1.
  ///   - bytes: Are copied.
  public func bind(_ index: Int32, blob bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else {
      sqlite3_bind_zeroblob(pointer, index, 0)
      return
    }
    sqlite3_bind_blob64(pointer, index, start, UInt64(bytes.count), hg_sqlite_transient())
  }

  /// Binds a text that stays where it is until the statement was run and reset.
  ///
  /// - Parameters:
  ///   - index: The parameter, from 1.
  ///   - text: UTF-8.
  public func bind(_ index: Int32, staying text: UnsafeRawBufferPointer) {
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
  /// - Throws: What SQLite says; the statement is reset then.
  public func step() throws(DatabaseError) -> Bool {
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
  ///
  /// - Throws: What SQLite says.
  public func run() throws(DatabaseError) {
    while try step() {}
    sqlite3_reset(pointer)
  }

  /// A number of the row.
  ///
  /// - Parameter column: From 0.
  /// - Returns: The number; 0 for NULL.
  public func int(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

  /// A text of the row.
  ///
  /// - Parameter column: From 0.
  /// - Returns: The text; empty for NULL.
  public func text(_ column: Int32) -> String {
    String(decoding: bytes(column), as: UTF8.self)
  }

  /// A text or a blob, valid until the next step.
  ///
  /// - Parameter column: From 0.
  /// - Returns: The bytes; none for NULL.
  public func bytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(pointer, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column)))
  }
}
