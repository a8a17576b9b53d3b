import NDJSON

/// Text in pieces, in which two pieces may share a surrogate pair: `"\ud83d"` in one, `"\ude00"` in the next.
struct SurrogateJoiner {
  /// What came and is whole: JSON string content, still escaped.
  private(set) var content: [UInt8] = []
  /// A first half at the end, whose second may be in the next piece.
  private var half: [UInt8] = []
  /// Whether a half stood alone and was replaced.
  private(set) var hasReplaced = false

  /// Whether nothing came.
  var isEmpty: Bool { content.isEmpty && half.isEmpty }

  /// All of it; a half that waited in vain is replaced.
  var whole: [UInt8] { half.isEmpty ? content : content + Array("\\ufffd".utf8) }

  /// Adds a piece.
  ///
  /// - Parameter piece: JSON string content, still escaped, with halves as they came.
  /// - Returns: What is new and whole.
  @discardableResult
  mutating func append(_ piece: [UInt8]) -> ArraySlice<UInt8> {
    let start = content.count
    guard !piece.isEmpty else { return content[start...] }
    var piece = half.isEmpty ? piece : half + piece
    half = []
    if LoneSurrogates.endsInHigh(piece) {
      half = Array(piece.suffix(6))
      piece.removeLast(6)
    }
    let whole = piece.withUnsafeBytes { LoneSurrogates.replaced($0) }
    if whole != piece { hasReplaced = true }
    content.append(contentsOf: whole)
    return content[start...]
  }
}
