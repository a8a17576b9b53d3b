import NDJSON

/// A block of reasoning in front of an answer: `<think>...</think>`, or all of the text when it is not closed.
struct ThinkBlock: Equatable {
  /// From the opening tag to the closing one, both included.
  let range: Range<Int>
  /// Where the text goes on, behind the white space.
  let next: Int

  /// The blocks that the text starts with. Linear in its length.
  static func leading(in text: UnsafeRawBufferPointer) -> [ThinkBlock] {
    let opening = Array("<think>".utf8)
    let closing = Array("</think>".utf8)
    var blocks: [ThinkBlock] = []
    var start = trimmedStart(text, 0..<text.count)
    while start < text.count, text[start...].starts(with: opening) {
      let body = start + opening.count
      let end = text.firstOffset(of: closing, in: body..<text.count).map { $0 + closing.count } ?? text.count
      let next = trimmedStart(text, end..<text.count)
      blocks.append(ThinkBlock(range: start..<end, next: next))
      start = next
    }
    return blocks
  }
}
