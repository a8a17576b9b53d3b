import Crypto
import Platform
import SQLite
import SystemPackage

/// Answers of earlier requests, in one file for all processes. What is wrong with the file is said once, and then it is
/// as if there were none: it never keeps a record from being answered.
final class AnswerCache {
  /// What is kept of an answer.
  struct Entry {
    /// The model that answered.
    let model: String
    /// A `chat.completion` object.
    let body: [UInt8]
  }

  private struct Addition {
    let key: [UInt8]
    let asked: String
    let model: String
    let body: [UInt8]
  }

  /// Answers that wait may be so many, or take so much memory, in bytes, before they are written.
  private static let mostWaiting = (count: 256, bytes: 1 << 20)
  /// Answers wait no longer, in seconds.
  private static let longestWait = 0.5
  /// The last use of an answer is noted to this, in seconds: a run that asks the same again does not write each time.
  private static let useGrain: Int64 = 3600

  /// Gets what a person should know, once.
  var onWarning: (String) -> Void = { _ in }

  private let options: CachingOptions
  private let server: [UInt8]
  private var connection: Connection?
  private var isUsable = true
  private var isWritable = true
  private var additions: [Addition] = []
  private var additionBytes = 0
  private var uses: [Int64] = []
  private var waitingSince = MonotonicTime.never

  /// Makes a cache; nothing is opened before it is needed.
  ///
  /// - Parameters:
  ///   - options: Where it is.
  ///   - server: The URL that is asked: the same question elsewhere is another one.
  init(_ options: CachingOptions, server: String) {
    self.options = options
    self.server = Array(server.utf8)
  }

  /// When something is to be written.
  var nextMoment: MonotonicTime { waitingSince == .never ? .never : waitingSince.adding(seconds: Self.longestWait) }

  /// Looks for an answer.
  ///
  /// - Parameters:
  ///   - hash: The request's hash, in hexadecimal digits.
  ///   - models: Those that the record may be answered by.
  /// - Returns: What is kept; nil when there is nothing, or nothing of these models, or nothing young enough.
  func answer(for hash: [UInt8], models: [String]) -> Entry? {
    guard let connection = open() else { return nil }
    let key = key(hash)
    let now = Int64(WallClock.seconds)
    do throws(DatabaseError) {
      let statement = try connection.statement("SELECT key, made, used, asked, model, body FROM answers WHERE id = ?")
      defer { statement.reset() }
      statement.bind(1, Self.row(key))
      guard try statement.step(), statement.bytes(0).elementsEqual(key), models.contains(statement.text(3)),
        now - statement.int(1) < options.longestAge.milliseconds / 1000
      else { return nil }
      if now - statement.int(2) >= Self.useGrain && isWritable {
        uses.append(Self.row(key))
        startWaiting()
      }
      return Entry(model: statement.text(4), body: Array(statement.bytes(5)))
    } catch {
      isUsable = false
      warn("\(error); the server is asked")
      return nil
    }
  }

  /// Keeps an answer.
  ///
  /// - Parameters:
  ///   - hash: The request's hash, in hexadecimal digits.
  ///   - asked: The model that was asked.
  ///   - model: The model that answered.
  ///   - body: A `chat.completion` object.
  func add(_ hash: [UInt8], asked: String, model: String, _ body: [UInt8]) {
    // One answer must not take the place of all others.
    guard isWritable, isUsable, body.count <= options.size / 4 else { return }
    additions.append(Addition(key: key(hash), asked: asked, model: model, body: body))
    additionBytes += body.count
    startWaiting()
    if additions.count >= Self.mostWaiting.count || additionBytes >= Self.mostWaiting.bytes { write() }
  }

  /// Writes what has waited for a while.
  func writeIfDue(_ now: MonotonicTime) {
    if nextMoment <= now || uses.count >= Self.mostWaiting.count { write() }
  }

  /// Writes everything.
  func write() {
    waitingSince = .never
    defer {
      additions.removeAll()
      additionBytes = 0
      uses.removeAll()
    }
    guard !additions.isEmpty || !uses.isEmpty, isWritable, let connection = open() else { return }
    do throws(DatabaseError) {
      try connection.execute("BEGIN IMMEDIATE")
      do throws(DatabaseError) {
        try write(to: connection)
        try connection.execute("COMMIT")
      } catch {
        // A full disk has ended the transaction already.
        try? connection.execute("ROLLBACK")
        throw error
      }
    } catch {
      isWritable = false
      warn("\(error); no more answers are kept")
    }
  }

  private func write(to connection: Connection) throws(DatabaseError) {
    let now = Int64(WallClock.seconds)
    for addition in additions {
      let statement = try connection.statement(
        "INSERT OR REPLACE INTO answers(id, key, made, used, asked, model, body) VALUES(?, ?, ?, ?, ?, ?, ?)")
      statement.bind(1, Self.row(addition.key))
      addition.key.withUnsafeBytes { statement.bind(2, blob: $0) }
      statement.bind(3, now)
      statement.bind(4, now)
      statement.bind(5, addition.asked)
      statement.bind(6, addition.model)
      addition.body.withUnsafeBytes { statement.bind(7, blob: $0) }
      try statement.run()
    }
    for row in uses {
      let statement = try connection.statement("UPDATE answers SET used = ? WHERE id = ?")
      statement.bind(1, now)
      statement.bind(2, row)
      try statement.run()
    }
    try makeRoom(in: connection)
  }

  /// Takes the answers away that nobody has asked for the longest.
  private func makeRoom(in connection: Connection) throws(DatabaseError) {
    let page = try number("PRAGMA page_size", connection)
    let most = Int64(options.size) / max(page, 1)
    guard try number("PRAGMA page_count", connection) > most else { return }
    // Some more than is needed, so that not every answer that comes makes another one go.
    let goal = most - most / 10
    while true {
      let used = try number("PRAGMA page_count", connection) - number("PRAGMA freelist_count", connection)
      let rows = try oldest(holding: (used - goal) * page, connection)
      if rows.isEmpty { break }
      for row in rows {
        let statement = try connection.statement("DELETE FROM answers WHERE id = ?")
        statement.bind(1, row)
        try statement.run()
      }
    }
    try connection.execute("PRAGMA incremental_vacuum")
  }

  /// The rows that were not used for the longest.
  private func oldest(holding bytes: Int64, _ connection: Connection) throws(DatabaseError) -> [Int64] {
    let statement = try connection.statement("SELECT id, length(body) FROM answers ORDER BY used, made")
    defer { statement.reset() }
    var (rows, sum): ([Int64], Int64) = ([], 0)
    while sum < bytes, try statement.step() {
      rows.append(statement.int(0))
      sum += statement.int(1)
    }
    return rows
  }

  private func number(_ sql: String, _ connection: Connection) throws(DatabaseError) -> Int64 {
    let statement = try connection.statement(sql)
    defer { statement.reset() }
    return try statement.step() ? statement.int(0) : 0
  }

  private func open() -> Connection? {
    if let connection, isUsable { return connection }
    guard isUsable else { return nil }
    do throws(CacheFile.Failure) {
      connection = try CacheFile.open(in: options.directory)
    } catch {
      isUsable = false
      warn("\(error); the server is asked")
    }
    return connection
  }

  private func warn(_ words: String) {
    onWarning("the cache \(options.directory.appending(CacheFile.name)): \(words)")
  }

  private func startWaiting() { if waitingSince == .never { waitingSince = .now } }

  private func key(_ hash: [UInt8]) -> [UInt8] {
    var key = SHA256()
    key.update(data: hash)
    key.update(data: server)
    return Array(key.finalize())
  }

  private static func row(_ key: [UInt8]) -> Int64 {
    Int64(bitPattern: key.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
