/// Fuses what words find and what meaning finds: a convex combination of both scores.
///
/// After Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023): each score is divided by the
/// best one of its kind, counted from the least that it can be (0 for BM25, -1 for a cosine). Reciprocal ranks, which
/// know nothing of how much better the first is than the second, found less.
struct Fusion {
  /// The share of the cosine. Chosen on halves of SciFact's queries it came out at .7 to .8, with no difference that
  /// the other halves would show.
  private static let meaning: Float = 0.8

  /// The nearest cosine of each row, by row number; minus infinity for one without a vector.
  let similarities: [Float]

  /// The best notes of both lists.
  ///
  /// - Parameters:
  ///   - byWords: Best first.
  ///   - byMeaning: Nearest first.
  ///   - limit: The most notes.
  /// - Returns: Best first, equal scores in the order of their paths; scores from 0 to 1.
  func fuse(_ byWords: [Search.Hit], _ byMeaning: [Search.Hit], limit: Int) -> [Search.Hit] {
    guard let nearest = byMeaning.first?.score, nearest > -1 else { return Array(byWords.prefix(limit)) }
    let best = max(byWords.first?.score ?? 0, .leastNormalMagnitude)
    var fused: [Search.Hit] = []
    for (rank, hit) in byWords.enumerated() {
      // A note whose vector is not there yet is taken to be as near as the one of its rank.
      let cosine = cosine(hit) ?? byMeaning[min(rank, byMeaning.count - 1)].score
      fused.append(scored(hit, words: hit.score / best, meaning: (cosine + 1) / (nearest + 1)))
    }
    let found = Set(byWords.lazy.map(\.rows))
    for hit in byMeaning where !found.contains(hit.rows) {
      fused.append(scored(hit, words: 0, meaning: (hit.score + 1) / (nearest + 1)))
    }
    fused.sort { $0.score != $1.score ? $0.score > $1.score : $0.path < $1.path }
    return Array(fused.prefix(limit))
  }

  private func scored(_ hit: Search.Hit, words: Float, meaning: Float) -> Search.Hit {
    var hit = hit
    hit.score = (1 - Self.meaning) * words + Self.meaning * meaning
    return hit
  }

  /// A long note has several rows, and counts by its nearest; nil when none has a vector.
  private func cosine(_ hit: Search.Hit) -> Float? {
    let cosines = hit.rows.lazy.map { similarities.indices.contains(Int($0)) ? similarities[Int($0)] : -.infinity }
    return cosines.max().flatMap { $0.isFinite ? $0 : nil }
  }
}
