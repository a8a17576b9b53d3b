import CKnowledgeBase

/// One search: query, ranking, feedback, and from rows to notes. Runs inside a transaction.
struct Search {
  /// A note that matches, by its best piece.
  struct Hit {
    let path: String
    /// The number of the piece among the note's.
    let piece: Int
    var score: Float
    /// The note itself when it was read already.
    var note: Note?
  }

  private let index: NoteIndex
  private let ranking: Ranking

  init(_ index: NoteIndex) throws(DatabaseError) {
    self.index = index
    ranking = try Ranking(index)
  }

  /// What an embedding model made of the query.
  struct Vector {
    let model: String
    let values: [Float]
  }

  /// Finds notes by words, and with a vector by meaning too.
  ///
  /// - Returns: The notes, best first, and what each stem of the query counts for in an excerpt.
  func run(_ text: String, limit: Int, vector: Vector?) throws(DatabaseError) -> (hits: [Hit], weights: [String: Float])
  {
    guard let vector, limit > 0 else { return try run(text, limit: limit) }
    let depth = max(limit, 200)
    let byWords = try run(text, limit: depth)
    let rows = try index.nearest(to: vector.values, model: vector.model, limit: depth * 2, index.lengths())
    return (fuse(byWords.hits, try hits(rows), limit: limit), byWords.weights)
  }

  /// Reciprocal rank fusion: Cormack, Clarke, Büttcher, "Reciprocal Rank Fusion outperforms Condorcet" (2009), with its k of 60.
  private func fuse(_ lists: [Hit]..., limit: Int) -> [Hit] {
    var fused: [String: Hit] = [:]
    for list in lists {
      for (rank, hit) in list.enumerated() {
        var entry = fused[hit.path] ?? Hit(path: hit.path, piece: hit.piece, score: 0, note: nil)
        entry.score += 1 / Float(60 + rank + 1)
        fused[hit.path] = entry
      }
    }
    return Array(fused.values.sorted { $0.score != $1.score ? $0.score > $1.score : $0.path < $1.path }.prefix(limit))
  }

  /// Finds notes by words.
  private func run(_ text: String, limit: Int) throws(DatabaseError) -> (hits: [Hit], weights: [String: Float]) {
    let query = SearchQuery(text, index.database.tokenizer)
    guard limit > 0, !query.terms.isEmpty else { return ([], [:]) }
    let expands = Feedback.helps(query, rows: ranking.rowCount)
    var hits = try notes(query, limit: expands ? max(Feedback.notes, 1) : limit)
    if expands {
      var sources: [Feedback.Source] = []
      for position in hits.indices {
        guard let note = index.note(at: hits[position].path) else { continue }
        let pieces = note.pieces
        let body = note.searched(pieces[min(hits[position].piece, pieces.count - 1)])
        let text = Array(note.title.utf8) + [0x0A] + body
        sources.append(
          Feedback.Source(words: Words(text, index.database.tokenizer).words, text: text, score: hits[position].score))
      }
      hits = try notes(Feedback.expand(query, with: sources, ranking), limit: limit)
    }
    return (hits, try excerptWeights(query))
  }

  /// In an excerpt a rare word of the query counts more than a common one.
  private func excerptWeights(_ query: SearchQuery) throws(DatabaseError) -> [String: Float] {
    Dictionary(uniqueKeysWithValues: zip(query.terms.map(\.stem), try ranking.rarities(query.terms)))
  }

  /// From rows to notes: a long note has several rows, and counts by its best.
  private func notes(_ query: SearchQuery, limit: Int) throws(DatabaseError) -> [Hit] {
    var wanted = limit + 8
    while true {
      let rows = try ranking.rank(query, limit: wanted)
      let hits = try hits(rows)
      if hits.count >= limit || rows.count < wanted {
        return Array(hits.sorted { $0.score != $1.score ? $0.score > $1.score : $0.path < $1.path }.prefix(limit))
      }
      wanted *= 4
    }
  }

  private func hits(_ rows: [RankedRow]) throws(DatabaseError) -> [Hit] {
    var hits: [Hit] = []
    var seen: Set<Int64> = []
    for row in rows {
      guard let (note, path) = try note(of: row.row), seen.insert(note).inserted else { continue }
      hits.append(Hit(path: path, piece: Int(row.row - note), score: row.score, note: nil))
    }
    return hits
  }

  private func note(of row: Int64) throws(DatabaseError) -> (id: Int64, path: String)? {
    let statement = try index.database.statement(
      "SELECT id, path, rows FROM note WHERE id <= ?1 ORDER BY id DESC LIMIT 1")
    defer { statement.reset() }
    statement.bind(1, row)
    guard try statement.step(), row < statement.int(0) + statement.int(2) else { return nil }
    return (statement.int(0), statement.text(1))
  }
}
