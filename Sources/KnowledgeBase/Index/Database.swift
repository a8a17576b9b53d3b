import CKnowledgeBase
import CSQLite
import SQLite

#if canImport(Glibc)
  import Glibc
#endif

/// A connection to an SQLite file with the tokenizer and the ranking function of the knowledge base.
final class Database: Connection {
  let tokenizer: OpaquePointer
  /// Once for the process: files are mapped, so that reading a page is neither a call nor a copy. A mapped file must
  /// not become shorter; an index does not, it is built under a new name and never vacuumed after that.
  private static let isConfigured = hg_configure() == SQLITE_OK

  /// Opens a file, or with nil a database in memory.
  init(path: String?, create: Bool) throws(DatabaseError) {
    _ = Self.isConfigured
    let opened = try Self.open(path, create: create)
    var cutter: OpaquePointer?
    let registered = hg_register(opened, &cutter)
    guard registered == SQLITE_OK, let cutter else {
      sqlite3_close_v2(opened)
      throw DatabaseError(code: registered, message: "this SQLite has no FTS5")
    }
    tokenizer = cutter
    super.init(opened)
    // The last process to close must not do the housekeeping of all: a reader would pay for it.
    hg_keep_log(opened)
  }

  /// How long a writer waits for another one, in milliseconds: for one that works, not for one that was stopped.
  private static let timeout: Int32 = 5_000

  /// Makes the connection wait for other writers, and leave the log to `emptyLog`.
  func configure() {
    waitForOthers(milliseconds: Self.timeout)
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
    waitForOthers(milliseconds: 0)
    sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    waitForOthers(milliseconds: Self.timeout)
  }
}
