import CKnowledgeBase
import SQLite

/// One search: query, ranking, feedback, and from rows to notes. Runs inside a transaction.
struct Search {
  /// A note that matches, by its best piece.
  struct Hit {
    let path: String
    /// The note's rows, one for each piece.
    let rows: Range<Int64>
    /// The number of the piece among the note's.
    let piece: Int
    var score: Float
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

  /// What a term of the query counts for in an excerpt.
  struct TermWeight {
    let stem: String
    let weight: Float
  }

  /// Finds notes by words, and with a vector by meaning too.
  ///
  /// - Returns: The notes, best first, and what each stem of the query counts for in an excerpt.
  func run(_ text: String, limit: Int, vector: Vector?) throws(DatabaseError) -> (hits: [Hit], weights: [TermWeight]) {
    guard let vector, limit > 0 else { return try run(text, limit: limit) }
    let depth = max(limit, 200)
    let byWords = try run(text, limit: depth)
    let lengths = try index.lengths()
    guard let table = try VectorTable.find(vector.model, dimension: vector.values.count, in: index.database) else {
      return (Array(byWords.hits.prefix(limit)), byWords.weights)
    }
    let similarities = try table.similarities(to: vector.values, lengths)
    let byMeaning = try hits(nearest(similarities, limit: depth * 2), enough: depth)
    return (Fusion(similarities: similarities).fuse(byWords.hits, byMeaning, limit: limit), byWords.weights)
  }

  /// The rows that are nearest, nearest first.
  private func nearest(_ similarities: [Float], limit: Int) -> [RankedRow] {
    var best = [hg_hit](repeating: hg_hit(), count: limit)
    let count = hg_best_rows(similarities, Int64(similarities.count), -.infinity, &best, Int32(limit))
    return RankedRow.sorted(best.prefix(Int(count)))
  }

  /// Finds notes by words.
  private func run(_ text: String, limit: Int) throws(DatabaseError) -> (hits: [Hit], weights: [TermWeight]) {
    let query = SearchQuery(text, index.database.tokenizer)
    guard limit > 0, !query.terms.isEmpty else { return ([], []) }
    let expands = RelevanceFeedback.helps(query, rows: ranking.rowCount)
    var hits = try notes(query, limit: expands ? max(RelevanceFeedback.notes, 1) : limit)
    if expands {
      var sources: [RelevanceFeedback.Source] = []
      for position in hits.indices {
        guard let note = try? index.note(at: hits[position].path) else { continue }
        let body = note.searched(note.piece(hits[position].piece))
        let text = Array(note.title.utf8) + [0x0A] + body
        sources.append(
          RelevanceFeedback.Source(
            words: TokenizedText(text, index.database.tokenizer).words, text: text, score: hits[position].score))
      }
      hits = try notes(RelevanceFeedback.expand(query, with: sources, ranking), limit: limit)
    }
    return (hits, try excerptWeights(query))
  }

  /// In an excerpt a rare word of the query counts more than a common one.
  private func excerptWeights(_ query: SearchQuery) throws(DatabaseError) -> [TermWeight] {
    zip(query.terms, try ranking.rarities(query.terms)).map { TermWeight(stem: $0.stem, weight: $1) }
  }

  /// From rows to notes: a long note has several rows, and counts by its best.
  private func notes(_ query: SearchQuery, limit: Int) throws(DatabaseError) -> [Hit] {
    var wanted = limit + 8
    while true {
      let rows = try ranking.rank(query, limit: wanted)
      let hits = try hits(rows, enough: limit)
      if hits.count >= limit || rows.count < wanted {
        return Array(hits.sorted { $0.score != $1.score ? $0.score > $1.score : $0.path < $1.path }.prefix(limit))
      }
      wanted *= 4
    }
  }

  /// The notes of rows; those after the first `enough` are left out unless they score the same.
  private func hits(_ rows: [RankedRow], enough: Int) throws(DatabaseError) -> [Hit] {
    var hits: [Hit] = []
    var seen: Set<Int64> = []
    for row in rows {
      if hits.count >= enough, let last = hits.last, row.score < last.score { break }
      guard let (rows, path) = try note(of: row.row) else { continue }
      if rows.count > 1 && !seen.insert(rows.lowerBound).inserted { continue }
      hits.append(Hit(path: path, rows: rows, piece: Int(row.row - rows.lowerBound), score: row.score))
    }
    return hits
  }

  private func note(of row: Int64) throws(DatabaseError) -> (rows: Range<Int64>, path: String)? {
    let statement = try index.database.statement(
      "SELECT id, path, rows FROM note WHERE id <= ?1 ORDER BY id DESC LIMIT 1")
    defer { statement.reset() }
    statement.bind(1, row)
    guard try statement.step(), row < statement.int(0) + statement.int(2) else { return nil }
    return (statement.int(0)..<(statement.int(0) + statement.int(2)), statement.text(1))
  }
}
