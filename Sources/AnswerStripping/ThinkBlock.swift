import NDJSON

/// A block of reasoning in front of an answer: `<think>...</think>`, or all of the text when it is not closed.
struct ThinkBlock: Equatable {
  /// From the opening tag to the closing one, both included.
  let range: Range<Int>
  /// Where the text goes on, behind the white space.
  let next: Int

  /// The blocks that the text starts with.
  static func leading(in text: UnsafeRawBufferPointer) -> [ThinkBlock] {
    let opening = Array("<think>".utf8)
    let closing = Array("</think>".utf8)
    var blocks: [ThinkBlock] = []
    var position = 0
    while position < text.count {
      let start = trimmed(text, position..<text.count).lowerBound
      guard text[start...].starts(with: opening) else { break }
      let body = start + opening.count
      let end = text.firstOffset(of: closing, in: body..<text.count).map { $0 + closing.count } ?? text.count
      position = trimmed(text, end..<text.count).lowerBound
      blocks.append(ThinkBlock(range: start..<end, next: position))
    }
    return blocks
  }
}
