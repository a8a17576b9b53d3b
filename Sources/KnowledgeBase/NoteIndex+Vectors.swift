import CKnowledgeBase

extension NoteIndex {
  /// Texts sent in one request: a model on a slow machine must be done with them before the request times out.
  private static let batch = 32
  /// What is embedded of a piece, in bytes; models cut off sooner than this.
  private static let longest = 8_000

  /// Gets vectors for all rows that have none of this model.
  func embedMissing(_ server: EmbeddingServer) throws(KnowledgeError) {
    let missing = try reading { index throws(DatabaseError) in try index.rowsWithoutVectors(server.model) }
    var rows: [Int64] = []
    var texts: [String] = []
    for note in missing {
      guard let text = self.note(at: note.path) else { continue }
      let pieces = text.pieces
      for (position, piece) in pieces.prefix(Int(note.rows)).enumerated() {
        rows.append(note.id + Int64(position))
        texts.append(text.title + "\n" + String(decoding: text.searched(piece).prefix(Self.longest), as: UTF8.self))
        if texts.count == Self.batch { try embed(&rows, &texts, server) }
      }
    }
    if !texts.isEmpty { try embed(&rows, &texts, server) }
  }

  private func embed(_ rows: inout [Int64], _ texts: inout [String], _ server: EmbeddingServer) throws(KnowledgeError) {
    let vectors = try server.embed(texts)
    let batch = rows
    rows = []
    texts = []
    try writing { index throws(DatabaseError) in
      let insert = try index.database.statement(
        "REPLACE INTO vectors VALUES(?1, (SELECT id FROM model WHERE name = ?2), ?3)")
      for (row, vector) in zip(batch, vectors) {
        insert.reset()
        var unit = vector
        hg_normalize(&unit, Int32(unit.count))
        insert.bind(1, row)
        insert.bind(2, server.model)
        unit.withUnsafeBytes { insert.bind(3, blob: $0) }
        try insert.run()
      }
    }
  }

  private struct Missing {
    let id: Int64
    let rows: Int64
    let path: String
  }

  private func rowsWithoutVectors(_ model: String) throws(DatabaseError) -> [Missing] {
    // Reading first: most searches find nothing missing, and must not wait for writers.
    let find = try database.statement(
      """
      SELECT id, rows, path FROM note WHERE NOT EXISTS (
        SELECT 1 FROM vectors WHERE row = note.id AND model = (SELECT id FROM model WHERE name = ?1))
      """)
    find.bind(1, model)
    defer { find.reset() }
    var missing: [Missing] = []
    while try find.step() { missing.append(Missing(id: find.int(0), rows: find.int(1), path: find.text(2))) }
    if !missing.isEmpty {
      let name = try database.statement("INSERT OR IGNORE INTO model(name) VALUES(?1)")
      name.bind(1, model)
      try name.run()
    }
    return missing
  }

  /// The rows whose vectors are nearest to a query's, nearest first. Runs inside a transaction.
  func nearest(to query: [Float], model: String, limit: Int, _ lengths: RowLengths) throws(DatabaseError) -> [RankedRow]
  {
    var unit = query
    hg_normalize(&unit, Int32(unit.count))
    let vectors = try database.statement(
      "SELECT row, vector FROM vectors WHERE model = (SELECT id FROM model WHERE name = ?1)")
    vectors.bind(1, model)
    defer { vectors.reset() }
    var found: [RankedRow] = []
    while try vectors.step() {
      let row = vectors.int(0)
      let bytes = vectors.bytes(1)
      guard !lengths.isDead(row), bytes.count == unit.count * 4 else { continue }
      var product: Float = 0
      hg_dot_products(unit, bytes.bindMemory(to: Float.self).baseAddress, Int32(unit.count), 1, &product)
      found.append(RankedRow(row: row, score: product))
    }
    return Array(found.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }.prefix(limit))
  }
}
