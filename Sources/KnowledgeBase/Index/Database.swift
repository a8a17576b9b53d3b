import CKnowledgeBase

#if canImport(Glibc)
  import Glibc
#endif

/// What SQLite said when it refused.
struct DatabaseError: Error, Equatable, CustomStringConvertible {
  let code: Int32
  let message: String

  var description: String { message }

  /// Whether the file itself is at fault, so that another one must be built. A full disk, a lock that another process
  /// holds, a disk that cannot be written are not.
  var isDamage: Bool {
    switch code & 0xFF {
    case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_ERROR, SQLITE_MISMATCH: true
    default: false
    }
  }
}

/// A connection to an SQLite file with the tokenizer and the ranking function of the knowledge base.
///
/// A class because it is an identity: statements belong to it, and it closes once.
final class Database {
  let handle: OpaquePointer
  let tokenizer: OpaquePointer
  /// Once for the process: files are mapped, so that reading a page is neither a call nor a copy. A mapped file must
  /// not become shorter; an index does not, it is built under a new name and never vacuumed after that.
  private static let isConfigured = hg_configure() == SQLITE_OK
  /// A dozen: looking through them costs less than the first dictionary of a kind does in a process.
  private var prepared: [(sql: String, statement: Statement)] = []

  /// Opens a file, or with nil a database in memory.
  init(path: String?, create: Bool) throws(DatabaseError) {
    _ = Self.isConfigured
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create || path == nil ? SQLITE_OPEN_CREATE : 0)
    let code = sqlite3_open_v2(path ?? ":memory:", &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let error = DatabaseError(code: code, message: String(cString: sqlite3_errstr(code)))
      sqlite3_close_v2(opened)
      throw error
    }
    var cutter: OpaquePointer?
    let registered = hg_register(opened, &cutter)
    guard registered == SQLITE_OK, let cutter else {
      sqlite3_close_v2(opened)
      throw DatabaseError(code: registered, message: "this SQLite has no FTS5")
    }
    handle = opened
    tokenizer = cutter
    // The last process to close must not do the housekeeping of all: a reader would pay for it.
    hg_keep_log(opened)
  }

  deinit {
    prepared.removeAll()
    sqlite3_close_v2(handle)
  }

  /// Runs statements that return nothing.
  func execute(_ sql: String) throws(DatabaseError) {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error() }
  }

  /// A statement, prepared once for each text; it is reset before it is handed out.
  func statement(_ sql: String) throws(DatabaseError) -> Statement {
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

  /// How long a writer waits for another one, in milliseconds: for one that works, not for one that was stopped.
  private static let timeout: Int32 = 5_000

  /// Makes the connection wait for other writers, and leave the log to `emptyLog`.
  func configure() {
    sqlite3_busy_timeout(handle, Self.timeout)
    sqlite3_wal_autocheckpoint(handle, 0)
  }

  /// Writes the log back and empties it, once it is longer than a megabyte. SQLite alone would not: each process that
  /// opens the file first reads the whole log, and takes none of it for written back, so that it only ever grows.
  ///
  /// Nobody is waited for: with a reader in the way, the next writer tries again.
  func emptyLog() {
    guard let path = sqlite3_db_filename(handle, "main") else { return }
    var status = stat()
    guard stat(String(cString: path) + "-wal", &status) == 0, status.st_size > 1 << 20 else { return }
    sqlite3_busy_timeout(handle, 0)
    sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    sqlite3_busy_timeout(handle, Self.timeout)
  }

  func error() -> DatabaseError {
    DatabaseError(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
  }
}
