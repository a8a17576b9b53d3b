import CKnowledgeBase
import SQLite

/// The vectors of an index that a new one replaces. Those of notes that have not changed need not be made again: that
/// takes a model minutes, and may cost money.
struct KeptVectors {
  private let source: Database
  private let models: [(name: String, dimension: Int)]

  /// Opens an index; nil when it has no vectors, is of another format or cannot be read.
  ///
  /// - Parameter path: Its database.
  init?(of path: String) {
    guard let source = try? Database(path: path, create: false), (try? IndexState.load(source)) != nil,
      let models = try? Self.models(source), !models.isEmpty
    else { return nil }
    self.source = source
    self.models = models
  }

  /// Copies the vectors of notes that are the same here, by path and content.
  ///
  /// - Parameter database: The new index, with all its notes, in a transaction.
  /// - Throws: What SQLite says of the new index.
  func copy(to database: Database) throws(DatabaseError) {
    guard let rows = try sameRows(in: database) else { return }
    for model in models {
      guard let old = try? VectorTable.find(model.name, dimension: model.dimension, in: source) else { continue }
      try VectorTable.make(model.name, dimension: model.dimension, in: database).copy(rows, of: old)
    }
  }

  /// The rows of the same notes there and here, in the order of those here; nil when they cannot be read there.
  private func sameRows(in database: Database) throws(DatabaseError) -> [(from: Int64, to: Int64)]? {
    guard let old = try? Self.notes(source) else { return nil }
    let known = Dictionary(old.map { (FileTree.hash($0.path), $0) }) { $1 }
    var rows: [(from: Int64, to: Int64)] = []
    for note in try Self.notes(database) {
      guard let same = known[FileTree.hash(note.path)], same.hash == note.hash, same.rows == note.rows else { continue }
      for row in 0..<max(note.rows, 0) { rows.append((from: same.id + row, to: note.id + row)) }
    }
    return rows
  }

  private static func models(_ database: Database) throws(DatabaseError) -> [(name: String, dimension: Int)] {
    let rows = try database.statement("SELECT name, dimension FROM model")
    defer { rows.reset() }
    var models: [(name: String, dimension: Int)] = []
    while try rows.step() { models.append((rows.text(0), Int(rows.int(1)))) }
    return models
  }

  private struct Entry {
    let id: Int64
    let rows: Int64
    let path: String
    let hash: Int64
  }

  private static func notes(_ database: Database) throws(DatabaseError) -> [Entry] {
    let rows = try database.statement("SELECT id, rows, path, hash FROM note ORDER BY id")
    defer { rows.reset() }
    var notes: [Entry] = []
    while try rows.step() {
      notes.append(Entry(id: rows.int(0), rows: rows.int(1), path: rows.text(2), hash: rows.int(3)))
    }
    return notes
  }
}
