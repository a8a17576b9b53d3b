import CSQLite

/// What SQLite said when it refused.
public struct DatabaseError: Error, Equatable, CustomStringConvertible {
  /// SQLite's result code, an extended one where there is one.
  public let code: Int32
  /// SQLite's words.
  public let message: String

  /// Takes what SQLite said.
  ///
  /// - Parameters:
  ///   - code: A result code.
  ///   - message: Its words.
  public init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  /// For a person, without the file's name.
  public var description: String { message }

  /// Whether the file itself is at fault, so that another one must be built. A full disk, a lock that another process
  /// holds, a disk that cannot be written are not.
  public var isDamage: Bool {
    switch code & 0xFF {
    case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_ERROR, SQLITE_MISMATCH: true
    default: false
    }
  }
}
