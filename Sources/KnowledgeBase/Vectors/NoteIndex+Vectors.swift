import SQLite

extension NoteIndex {
  /// Texts sent in one request: a model on a slow machine must be done with them before the request times out.
  private static let batch = 32
  /// What is embedded of a piece, in bytes; models cut off sooner than this.
  private static let longest = 8_000

  /// The rows of a note.
  private struct Missing {
    let rows: Range<Int64>
    let path: String
  }

  /// Gets vectors for all rows that have none of this model.
  ///
  /// - Parameters:
  ///   - server: Makes them.
  ///   - dimension: How many numbers its vectors have.
  /// - Throws: ``KnowledgeError``; what was stored before stays.
  func embedMissing(_ server: EmbeddingServer, dimension: Int) throws(KnowledgeError) {
    // Reading first: most searches find nothing missing, and must not wait for writers.
    let missing = try reading { index throws(DatabaseError) in
      try index.notesWithoutVectors(server.model, dimension: dimension)
    }
    guard let missing else { return }
    let revision = state.revision
    var rows: [Int64] = []
    var texts: [String] = []
    var isComplete = true
    for missing in missing {
      let found: Note?
      do throws(KnowledgeError) { found = try note(at: missing.path) } catch {
        isComplete = false
        continue
      }
      guard let note = found else { continue }
      for (row, piece) in zip(missing.rows, note.pieces) {
        rows.append(row)
        texts.append(note.title + "\n" + String(decoding: note.searched(piece).prefix(Self.longest), as: UTF8.self))
        if texts.count == Self.batch { try embed(&rows, &texts, server, dimension: dimension) }
      }
    }
    if !texts.isEmpty { try embed(&rows, &texts, server, dimension: dimension) }
    // A note that cannot be read now is asked for again.
    guard isComplete else { return }
    try writing { index throws(DatabaseError) in
      try VectorTable.make(server.model, dimension: dimension, in: index.database).markComplete(at: revision)
    }
  }

  private func embed(_ rows: inout [Int64], _ texts: inout [String], _ server: EmbeddingServer, dimension: Int)
    throws(KnowledgeError)
  {
    let vectors = try server.embed(texts)
    guard vectors.allSatisfy({ $0.count == dimension }) else {
      throw .server("\(server.model): vectors of \(vectors[0].count) numbers and of \(dimension)")
    }
    let batch = zip(rows, vectors).map { (row: $0, vector: $1) }
    rows = []
    texts = []
    try writing { index throws(DatabaseError) in
      try VectorTable.make(server.model, dimension: dimension, in: index.database).store(batch)
    }
  }

  /// Nil when no note is without.
  private func notesWithoutVectors(_ model: String, dimension: Int) throws(DatabaseError) -> [Missing]? {
    let lengths = try lengths()
    let table = try VectorTable.find(model, dimension: dimension, in: database)
    if let table, table.isComplete(state) { return nil }
    let has = try table?.rows(count: lengths.packed.count) ?? []
    let notes = try database.statement("SELECT id, rows, path FROM note")
    defer { notes.reset() }
    var missing: [Missing] = []
    while try notes.step() {
      let rows = notes.int(0)..<(notes.int(0) + max(notes.int(1), 0))
      let isWhole = rows.allSatisfy { has.indices.contains(Int($0)) && has[Int($0)] }
      if !isWhole { missing.append(Missing(rows: rows, path: notes.text(2))) }
    }
    return missing
  }
}
