import CSQLite

#if canImport(Glibc)
  import Glibc
#endif

/// A connection to an SQLite file. One thread at a time uses it.
///
/// A class because it is an identity: statements belong to it, and it closes once. It is open so that a connection can
/// have functions of its own.
open class Connection {
  /// SQLite's own.
  public let handle: OpaquePointer
  /// A dozen: looking through them costs less than the first dictionary of a kind does in a process.
  private var prepared: [(sql: String, statement: Statement)] = []

  /// Takes over an open connection.
  ///
  /// - Parameter handle: From ``open(_:create:)``; closed with this.
  public init(_ handle: OpaquePointer) { self.handle = handle }

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: The file; nil makes a database in memory.
  ///   - create: Whether a file that is not there is made.
  /// - Throws: Why it cannot be opened.
  public convenience init(path: String?, create: Bool) throws(DatabaseError) {
    self.init(try Self.open(path, create: create))
  }

  /// Opens a file, for reading and writing where that is allowed.
  ///
  /// - Parameters:
  ///   - path: The file; nil makes a database in memory.
  ///   - create: Whether a file that is not there is made.
  /// - Returns: The open connection, to be closed.
  /// - Throws: Why it cannot be opened.
  public static func open(_ path: String?, create: Bool) throws(DatabaseError) -> OpaquePointer {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create || path == nil ? SQLITE_OPEN_CREATE : 0)
    let code = sqlite3_open_v2(path ?? ":memory:", &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let error = DatabaseError(code: code, message: String(cString: sqlite3_errstr(code)))
      sqlite3_close_v2(opened)
      throw error
    }
    return opened
  }

  deinit {
    prepared.removeAll()
    sqlite3_close_v2(handle)
  }

  /// Runs statements that return nothing.
  ///
  /// - Parameter sql: One statement or several.
  /// - Throws: What SQLite says.
  public func execute(_ sql: String) throws(DatabaseError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error() }
  }

  /// A statement, prepared once for each text; it is reset before it is handed out.
  ///
  /// - Parameter sql: One statement.
  /// - Returns: The statement, without bindings.
  /// - Throws: What SQLite says.
  public func statement(_ sql: String) throws(DatabaseError) -> Statement {
    if let statement = prepared.first(where: { $0.sql == sql })?.statement {
      statement.reset()
      return statement
    }
    var pointer: OpaquePointer?
    guard sqlite3_prepare_v2(handle, sql, -1, &pointer, nil) == SQLITE_OK, let pointer else { throw error() }
    let statement = Statement(pointer, of: self)
    prepared.append((sql, statement))
    return statement
  }

  /// Makes the connection wait for others.
  ///
  /// - Parameter milliseconds: The longest wait; 0 waits for nobody.
  public func waitForOthers(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// The row that this connection inserted last.
  public var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

  /// What the last call on this connection failed with.
  ///
  /// - Returns: Its code and words.
  public func error() -> DatabaseError {
    DatabaseError(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
  }
}
