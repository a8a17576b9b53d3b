import Platform
import SQLite
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file of a cache. It is made whole before it gets its name, and what is not one of ours is never handed to SQLite,
/// which would recover, and so change, any database.
enum CacheFile {
  /// Why a file cannot be used.
  enum Failure: Error, CustomStringConvertible {
    case system(Errno)
    case database(DatabaseError)
    /// Something else has the name.
    case foreign

    var description: String {
      switch self {
      case .system(let error): "\(error)"
      case .database(let error): "\(error)"
      case .foreign: "not a cache of hg-complete's; it stays as it is"
      }
    }
  }

  /// The file's name in its directory.
  static let name = "answers.db"

  /// `hgAC`, at offset 68 of an SQLite file (https://sqlite.org/fileformat2.html#application_id).
  private static let applicationID: UInt32 = 0x6867_4143
  /// At offset 60.
  private static let version: UInt32 = 1
  private static let headerLength = 100
  /// How long a writer waits for others, in milliseconds.
  private static let patience: Int32 = 5_000

  /// The time stamps are seconds since 1970. `id` is the first 64 bits of `key`, so that there is no second index
  /// to keep; `body` comes last, so that nothing is read past it.
  private static let schema = """
    PRAGMA auto_vacuum=INCREMENTAL;
    PRAGMA application_id=\(applicationID);
    PRAGMA user_version=\(version);
    CREATE TABLE answers(id INTEGER PRIMARY KEY, key BLOB NOT NULL, made INTEGER NOT NULL, used INTEGER NOT NULL,
      asked TEXT NOT NULL, model TEXT NOT NULL, body BLOB NOT NULL);
    CREATE INDEX answers_used ON answers(used, made);
    PRAGMA journal_mode=WAL;
    """

  /// Opens the file of a directory; makes both when they are not there.
  ///
  /// - Parameter directory: The directory.
  /// - Returns: A connection that others may read and write beside.
  /// - Throws: Why there is none; what was there is as it was.
  static func open(in directory: FilePath) throws(Failure) -> Connection {
    let path = directory.appending(name)
    if try !isThere(path) { try make(path, in: directory) }
    do throws(DatabaseError) {
      let connection = try Connection(path: path.string, create: false)
      connection.waitForOthers(milliseconds: patience)
      try connection.execute("PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; PRAGMA journal_size_limit=4194304")
      return connection
    } catch {
      throw .database(error)
    }
  }

  /// Whether the file is there; one that is not ours is refused.
  private static func isThere(_ path: FilePath) throws(Failure) -> Bool {
    let header: [UInt8]?
    do throws(Errno) { header = try self.header(of: path) } catch .noSuchFileOrDirectory { return false } catch {
      throw .system(error)
    }
    guard let header, header.count == headerLength, header.starts(with: "SQLite format 3\0".utf8),
      number(header, at: 68) == applicationID, number(header, at: 60) == version
    else { throw .foreign }
    return true
  }

  /// What a file starts with; nil for what is no file: opening a pipe would wait for someone to write.
  private static func header(of path: FilePath) throws(Errno) -> [UInt8]? {
    guard try Stat(path).isRegular else { return nil }
    let file = try openFile(path, .readOnly)
    defer { closeQuietly(file) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: headerLength, alignment: 1)
    defer { buffer.deallocate() }
    return Array(buffer.prefix(try readSome(from: file, at: 0, into: buffer)))
  }

  private static func number(_ header: [UInt8], at offset: Int) -> UInt32 {
    header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Makes an empty file. When another process has made it meanwhile, that one is taken.
  private static func make(_ path: FilePath, in directory: FilePath) throws(Failure) {
    let temporary: FilePath
    do throws(Errno) {
      try Directory.make(directory)
      let made = try TemporaryFile.make(in: directory, relativeTo: nil, permissions: .ownerReadWrite)
      closeQuietly(made.1)
      temporary = made.0
    } catch {
      throw .system(error)
    }
    defer { WholeFile.remove(temporary) }
    do throws(DatabaseError) {
      try Connection(path: temporary.string, create: false).execute(schema)
    } catch {
      throw .database(error)
    }
    do throws(Errno) {
      try systemCall { link(temporary.string, path.string) }
    } catch .fileExists {
      guard try isThere(path) else { throw .system(.fileExists) }
    } catch {
      throw .system(error)
    }
  }
}
