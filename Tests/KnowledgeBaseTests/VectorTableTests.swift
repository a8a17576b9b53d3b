import CKnowledgeBase
import SQLite
import TestSupport
import Testing

@testable import KnowledgeBase

@Suite struct VectorTableTests {
  private let database: Database

  init() throws {
    database = try Database(path: nil, create: true)
    try database.execute(IndexState.schema)
  }

  /// Lengths of rows 0 to `count - 1`; row 0 and the rows of `deleted` have no note.
  private func lengths(_ count: Int, deleted: Set<Int64> = []) -> RowLengths {
    var lengths = RowLengths()
    for _ in 1..<count { lengths.append([1, 1, 1]) }
    for row in deleted { lengths.tombstone(row) }
    return lengths
  }

  private func cosine(_ a: [Float], _ b: [Float]) -> Float {
    let dot = { (x: [Float], y: [Float]) in zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func similaritiesAreTheCosinesOfEveryRow(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let dimension = 100
    let random = { (0..<dimension).map { _ in Float.random(in: -3...5, using: &generator) } }
    let rows: [Int64] = [1, 255, 256, 257, 600]
    let vectors = rows.map { (row: $0, vector: random()) }
    let table = try VectorTable.make("m", dimension: dimension, in: database)
    try table.store(Array(vectors.prefix(2)))
    try table.store(Array(vectors.dropFirst(2)))
    let query = random()
    let found = try table.similarities(to: query, lengths(700, deleted: [257]))
    #expect(found.count == 700)
    for (row, similarity) in found.enumerated() {
      if let vector = vectors.first(where: { $0.row == Int64(row) }), row != 257 {
        #expect(abs(similarity - cosine(query, vector.vector)) < 0.01)
      } else {
        #expect(similarity == -.infinity, "row \(row)")
      }
    }
    let has = try table.rows(count: 700)
    #expect(has.indices.filter { has[$0] } == [1, 255, 256, 257, 600])
  }

  @Test func aVectorOfZerosIsAVector() throws {
    let table = try VectorTable.make("m", dimension: 3, in: database)
    try table.store([(1, [0, 0, 0])])
    #expect(try table.rows(count: 3) == [false, true, false])
    #expect(try table.similarities(to: [1, 2, 3], lengths(3))[1] == 0)
  }

  @Test func aModelOfAnotherDimensionStartsAnew() throws {
    let table = try VectorTable.make("m", dimension: 3, in: database)
    try table.store([(1, [1, 2, 3])])
    try table.markComplete(at: 7)
    var state = IndexState()
    state.revision = 7
    let found = try #require(try VectorTable.find("m", dimension: 3, in: database))
    #expect(found.isComplete(state))
    #expect(try VectorTable.find("m", dimension: 4, in: database) == nil)
    let other = try VectorTable.make("m", dimension: 4, in: database)
    #expect(!other.isComplete(state))
    #expect(try other.rows(count: 3) == [false, false, false])
    #expect(try VectorTable.find("m", dimension: 3, in: database) == nil)
  }

  @Test(arguments: [
    "UPDATE vectors SET codes = x'00'", "UPDATE vectors SET scales = x'00'", "UPDATE vectors SET block = 999999999999",
    "UPDATE vectors SET block = -1", "UPDATE vectors SET codes = NULL, scales = NULL",
  ])
  func aDamagedBlockIsNoBlock(_ damage: String) throws {
    let table = try VectorTable.make("m", dimension: 3, in: database)
    try table.store([(1, [1, 2, 3])])
    try database.execute(damage)
    #expect(try table.similarities(to: [1, 2, 3], lengths(3)) == [-.infinity, -.infinity, -.infinity])
    try table.store([(2, [1, 2, 3])])
    #expect(abs(try table.similarities(to: [1, 2, 3], lengths(3))[2] - 1) < 0.01)
  }
}
