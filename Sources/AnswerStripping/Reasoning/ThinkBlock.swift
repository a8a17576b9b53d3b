import NDJSON

/// A block of reasoning in front of an answer, in one of the forms that models have:
///
/// - `<think>...</think>` (also `thinking`, `reasoning`, `thought`), nested ones with it; all of the text when it is not
///   closed;
/// - what stands before a lone `</think>`: the templates of some models put the opening tag into the prompt;
/// - harmony's `<|channel|>analysis<|message|>...<|end|>`, up to the channel `final`.
///
/// A tag that the text only talks about, in code or within a line, ends nothing.
struct ThinkBlock: Equatable {
  /// From the opening tag to the closing one, both included.
  let range: Range<Int>
  /// Where the text goes on, behind the white space.
  let next: Int

  /// How often what is left is looked at anew: without what stood before it, code and lines may begin elsewhere.
  private static let passes = 16

  /// The blocks that the text starts with. Linear in its length.
  static func leading(in text: UnsafeRawBufferPointer) -> [ThinkBlock] {
    var blocks: [ThinkBlock] = []
    for _ in 0..<passes {
      let start = blocks.last?.next ?? 0
      let found = leadingAtOnce(in: UnsafeRawBufferPointer(rebasing: text[start...]))
      if found.isEmpty { break }
      blocks += found.map {
        ThinkBlock(range: start + $0.range.lowerBound..<start + $0.range.upperBound, next: start + $0.next)
      }
    }
    return blocks
  }

  private static func leadingAtOnce(in text: UnsafeRawBufferPointer) -> [ThinkBlock] {
    var blocks: [ThinkBlock] = []
    var start = invisibleStart(text, 0..<text.count)
    func take(upTo end: Int) {
      let next = invisibleStart(text, end..<text.count)
      blocks.append(ThinkBlock(range: start..<end, next: next))
      start = next
    }
    if let end = HarmonyMessage.endOfReasoning(in: text, from: start) { take(upTo: end) }
    var tags = ReasoningTag.all(in: text)[...]
    let lastClosing = tags.last { $0.isClosing && !$0.isInCode }?.range.lowerBound ?? -1
    while start < text.count {
      while let tag = tags.first, tag.range.lowerBound < start { tags.removeFirst() }
      if let first = tags.first, first.range.lowerBound == start, !first.isClosing {
        take(upTo: endOfBlock(tags, lastClosing) ?? text.count)
      } else if let end = endOfLoneReasoning(tags) {
        take(upTo: end)
      } else {
        break
      }
    }
    return blocks
  }

  /// Where the block ends that the first tag opens: at the closing tag that belongs to it, else at the last one, for a
  /// model may open twice what it closes once; else at one in code, whose fence the reasoning may have left open.
  private static func endOfBlock(_ tags: ArraySlice<ReasoningTag>, _ lastClosing: Int) -> Int? {
    guard let first = tags.first else { return nil }
    guard lastClosing > first.range.lowerBound else {
      return tags.first { $0.isClosing && $0.kind == first.kind }?.range.upperBound
    }
    var depth = 0
    var last: Int?
    for tag in tags where tag.kind == first.kind && !tag.isInCode {
      depth += tag.isClosing ? -1 : 1
      if tag.isClosing { last = tag.range.upperBound }
      if depth == 0 { break }
    }
    return last ?? tags.first { $0.isClosing && $0.kind == first.kind }?.range.upperBound
      // Closed under another name: `<think>...</thinking>`.
      ?? tags.first { $0.isClosing && !$0.isInCode }?.range.upperBound
  }

  /// The end of the last closing tag that no opening one belongs to.
  private static func endOfLoneReasoning(_ tags: ArraySlice<ReasoningTag>) -> Int? {
    var depths = [Int](repeating: 0, count: ReasoningTag.kindCount)
    var last: Int?
    for tag in tags where !tag.isInCode {
      if !tag.isClosing {
        depths[tag.kind] += 1
      } else if depths[tag.kind] > 0 {
        depths[tag.kind] -= 1
      } else if tag.isAtEdge {
        last = tag.range.upperBound
      }
    }
    return last
  }
}
