import Testing

@testable import KnowledgeBase

@Suite struct FusionTests {
  private func hit(_ name: String, row: Int64, _ score: Float, rows: Int64 = 1) -> Search.Hit {
    Search.Hit(path: name, rows: row..<(row + rows), piece: 0, score: score)
  }

  private func order(_ hits: [Search.Hit]) -> [String] { hits.map(\.path) }

  @Test func aNoteThatBothFindComesFirst() {
    let similarities: [Float] = [-.infinity, 0.5, 0.6, 0.1]
    let fused = Fusion(similarities: similarities).fuse(
      [hit("c", row: 3, 10), hit("a", row: 1, 9)], [hit("b", row: 2, 0.6), hit("a", row: 1, 0.5)], limit: 3)
    #expect(order(fused) == ["a", "b", "c"])
    // .2 * 9 / 10 + .8 * 1.5 / 1.6
    #expect(abs(fused[0].score - 0.93) < 1e-6)
  }

  /// A long note counts by the nearest of its pieces, whichever the words are in.
  @Test func aLongNoteCountsByItsNearestPiece() {
    let fused = Fusion(similarities: [-.infinity, 0, 0.9, 0.2]).fuse(
      [hit("long", row: 1, 4, rows: 2), hit("short", row: 3, 4)], [hit("long", row: 1, 0.9, rows: 2)], limit: 2)
    #expect(order(fused) == ["long", "short"] && fused[0].score == 1)
  }

  @Test func notesWithoutVectorsKeepTheirPlaces() {
    let words = [hit("new", row: 4, 8), hit("a", row: 1, 6), hit("newer", row: 5, 4), hit("b", row: 2, 2)]
    let meaning = [hit("a", row: 1, 0.8), hit("b", row: 2, 0.4)]
    let some = Fusion(similarities: [-.infinity, 0.8, 0.4, -.infinity, -.infinity, -.infinity])
    #expect(order(some.fuse(words, meaning, limit: 4)) == ["new", "a", "newer", "b"])
    let none = Fusion(similarities: [Float](repeating: -.infinity, count: 6))
    #expect(order(none.fuse(words, [], limit: 3)) == ["new", "a", "newer"])
  }

  @Test func equalScoresAreInTheOrderOfThePaths() {
    let similarities: [Float] = [-.infinity, 0.5, 0.5, 0.5]
    let found = [hit("c", row: 1, 0.5), hit("b", row: 3, 0.5), hit("a", row: 2, 0.5)]
    #expect(order(Fusion(similarities: similarities).fuse([], found, limit: 2)) == ["a", "b"])
    #expect(order(Fusion(similarities: similarities).fuse(found.reversed(), found, limit: 3)) == ["a", "b", "c"])
  }
}
