import CKnowledgeBase
import SQLite

/// The vectors of one embedding model, in blocks of 256 rows: what a search reads stands together. Used inside transactions.
///
/// A vector is kept as a byte for each component and a scale, a quarter of what floats take. A row is never used again, so nothing has to
/// be removed when its note goes: the row's length says so.
struct VectorTable {
  private static let blockRows = 256

  /// 256 rows as they are stored: the scale of each, 0 where it has no vector, and the bytes of all.
  private struct Block {
    var scales: [Float]
    var codes: [Int8]
  }

  private let database: Database
  private let id: Int64
  private let dimension: Int
  /// The revision of the index when every row had a vector.
  private let completeAt: Int64

  /// Finds the vectors of a model.
  ///
  /// - Returns: Nil when there are none, or none of this dimension.
  static func find(_ model: String, dimension: Int, in database: Database) throws(DatabaseError) -> VectorTable? {
    let row = try database.statement("SELECT id, dimension, revision FROM model WHERE name = ?1")
    defer { row.reset() }
    row.bind(1, model)
    guard try row.step(), row.int(1) == Int64(dimension) else { return nil }
    return VectorTable(database: database, id: row.int(0), dimension: dimension, completeAt: row.int(2))
  }

  /// Finds or makes the vectors of a model. A model that changed its dimension is another model: it starts anew.
  static func make(_ model: String, dimension: Int, in database: Database) throws(DatabaseError) -> VectorTable {
    if let found = try find(model, dimension: dimension, in: database) { return found }
    let forget = try database.statement("DELETE FROM vectors WHERE model = (SELECT id FROM model WHERE name = ?1)")
    forget.bind(1, model)
    try forget.run()
    let insert = try database.statement("REPLACE INTO model(name, dimension, revision) VALUES(?1, ?2, 0)")
    insert.bind(1, model)
    insert.bind(2, Int64(dimension))
    try insert.run()
    let id = database.lastInsertedRow
    return VectorTable(database: database, id: id, dimension: dimension, completeAt: 0)
  }

  /// Whether every row of the index has its vector, as far as could be.
  func isComplete(_ state: IndexState) -> Bool { completeAt == state.revision }

  /// Notes that every row has its vector.
  func markComplete(at revision: Int64) throws(DatabaseError) {
    let update = try database.statement("UPDATE model SET revision = ?2 WHERE id = ?1")
    update.bind(1, id)
    update.bind(2, revision)
    try update.run()
  }

  /// Which rows have a vector, by row number.
  func rows(count: Int) throws(DatabaseError) -> [Bool] {
    var has = [Bool](repeating: false, count: count)
    let blocks = try database.statement("SELECT block, scales FROM vectors WHERE model = ?1")
    defer { blocks.reset() }
    blocks.bind(1, id)
    while try blocks.step() {
      let scales = Self.floats(blocks.bytes(1))
      for (row, scale) in zip(Self.rows(Int(blocks.int(0)), count), scales) { has[row] = scale > 0 }
    }
    return has
  }

  /// Keeps vectors of rows.
  func store(_ vectors: [(row: Int64, vector: [Float])]) throws(DatabaseError) {
    let byBlock = Dictionary(grouping: vectors) { Int($0.row) / Self.blockRows }
    for (block, vectors) in byBlock.sorted(by: { $0.key < $1.key }) {
      var stored = try load(block)
      for (row, vector) in vectors {
        let at = Int(row) % Self.blockRows
        var code = [Int8](repeating: 0, count: dimension)
        stored.scales[at] = hg_quantize(vector, Int32(dimension), &code)
        stored.codes.replaceSubrange(codes(at), with: code)
      }
      try save(stored, as: block)
    }
  }

  /// Copies the vectors of rows out of another index, as far as it has them.
  ///
  /// - Parameters:
  ///   - rows: The rows there and here, in the order of those here.
  ///   - source: The same model's vectors there.
  /// - Throws: What SQLite says of this index.
  func copy(_ rows: [(from: Int64, to: Int64)], of source: VectorTable) throws(DatabaseError) {
    guard let first = rows.first else { return }
    var sources: [Int: Block] = [:]
    var targetNumber = Int(first.to) / Self.blockRows
    var target = try load(targetNumber)
    for (from, to) in rows {
      let number = Int(from) / Self.blockRows
      if sources[number] == nil {
        // Both go through the files in nearly the same order: a few blocks are enough.
        if sources.count == 64 { sources = [:] }
        // What cannot be read there is made anew.
        guard let block = try? source.load(number) else { break }
        sources[number] = block
      }
      guard let found = sources[number], found.scales[Int(from) % Self.blockRows] > 0 else { continue }
      if Int(to) / Self.blockRows != targetNumber {
        try save(target, as: targetNumber)
        targetNumber = Int(to) / Self.blockRows
        target = try load(targetNumber)
      }
      target.scales[Int(to) % Self.blockRows] = found.scales[Int(from) % Self.blockRows]
      target.codes.replaceSubrange(
        codes(Int(to) % Self.blockRows), with: found.codes[codes(Int(from) % Self.blockRows)])
    }
    try save(target, as: targetNumber)
  }

  /// The cosine of each row's vector with a query's, by row number; minus infinity for a row without a vector or without a note.
  func similarities(to query: [Float], _ lengths: RowLengths) throws(DatabaseError) -> [Float] {
    var similarities = [Float](repeating: -.infinity, count: lengths.packed.count)
    guard query.count == dimension else { return similarities }
    var codes = [Int8](repeating: 0, count: dimension)
    let scale = hg_quantize(query, Int32(dimension), &codes)
    let blocks = try database.statement("SELECT block, scales, codes FROM vectors WHERE model = ?1")
    defer { blocks.reset() }
    blocks.bind(1, id)
    while try blocks.step() {
      let rows = Self.rows(Int(blocks.int(0)), similarities.count)
      let scales = Self.floats(blocks.bytes(1))
      let vectors = blocks.bytes(2)
      guard vectors.count == Self.blockRows * dimension, !rows.isEmpty, scales.count == Self.blockRows else { continue }
      hg_similarities(
        codes, scale, Int32(dimension), scales, vectors.bindMemory(to: Int8.self).baseAddress, Int64(rows.lowerBound),
        Int64(rows.count), lengths.packed, &similarities)
    }
    return similarities
  }

  private var empty: Block {
    Block(
      scales: [Float](repeating: 0, count: Self.blockRows),
      codes: [Int8](repeating: 0, count: Self.blockRows * dimension))
  }

  /// Where the bytes of a row of a block are.
  private func codes(_ row: Int) -> Range<Int> { (row * dimension)..<((row + 1) * dimension) }

  private func save(_ block: Block, as number: Int) throws(DatabaseError) {
    let replace = try database.statement("REPLACE INTO vectors VALUES(?1, ?2, ?3, ?4)")
    replace.bind(1, id)
    replace.bind(2, Int64(number))
    block.scales.withUnsafeBytes { replace.bind(3, blob: $0) }
    block.codes.withUnsafeBytes { replace.bind(4, blob: $0) }
    try replace.run()
  }

  private func load(_ block: Int) throws(DatabaseError) -> Block {
    let row = try database.statement("SELECT scales, codes FROM vectors WHERE model = ?1 AND block = ?2")
    defer { row.reset() }
    row.bind(1, id)
    row.bind(2, Int64(block))
    if try row.step() {
      let scales = Self.floats(row.bytes(0))
      let codes = Array(row.bytes(1).bindMemory(to: Int8.self))
      if scales.count == Self.blockRows && codes.count == Self.blockRows * dimension {
        return Block(scales: scales, codes: codes)
      }
    }
    return empty
  }

  /// The rows of a block that the index has.
  private static func rows(_ block: Int, _ count: Int) -> Range<Int> {
    guard block >= 0, block <= count / blockRows else { return 0..<0 }
    return (block * blockRows)..<min((block + 1) * blockRows, count)
  }

  private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
  }
}
