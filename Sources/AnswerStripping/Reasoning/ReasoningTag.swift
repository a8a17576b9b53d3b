import NDJSON

/// A tag that opens or closes a model's reasoning: `<think>`, `</thinking>`.
struct ReasoningTag: Equatable {
  /// From `<` to behind `>`.
  let range: Range<Int>
  /// Which of the names it has.
  let kind: Int
  /// Whether it has a slash.
  let isClosing: Bool
  /// Whether it stands in a code block or, by the backticks of its line, in inline code: a text talks about it there.
  let isInCode: Bool
  /// Whether it stands where a line starts, or where a paragraph ends: where a model puts it when it has thought.
  let isAtEdge: Bool

  /// The names, in any case.
  private static let names: [StaticString] = ["think", "thinking", "reasoning", "thought"]

  /// How many names there are.
  static let kindCount = names.count

  /// All tags of a text, in order. Linear in its length.
  static func all(in text: UnsafeRawBufferPointer) -> [ReasoningTag] {
    var tags: [ReasoningTag] = []
    var line = TagLine(text, around: 0)
    var fences: ArraySlice<FencedBlock>?
    var position = 0
    while let open = text.firstOffset(of: UInt8(ascii: "<"), in: position..<text.count) {
      position = open + 1
      guard let (end, kind, isClosing) = tag(in: text, at: open) else { continue }
      position = end
      var blocks = fences ?? FencedBlock.all(in: text)[...]
      while let block = blocks.first, block.content.upperBound <= open { blocks.removeFirst() }
      fences = blocks
      if open >= line.end { line = TagLine(text, around: open) }
      let isFenced = blocks.first.map { $0.content.lowerBound <= open } ?? false
      tags.append(
        ReasoningTag(
          range: open..<end, kind: kind, isClosing: isClosing, isInCode: line.isInCode(open) || isFenced,
          isAtEdge: line.isStart(open) || line.endsParagraph(open..<end)))
    }
    return tags
  }

  private static func tag(
    in text: UnsafeRawBufferPointer, at open: Int
  ) -> (end: Int, kind: Int, isClosing: Bool)? {
    var start = open + 1
    let isClosing = start < text.count && text[start] == UInt8(ascii: "/")
    if isClosing { start += 1 }
    for (kind, name) in names.enumerated() {
      let end = start + name.utf8CodeUnitCount
      guard end < text.count, text[end] == UInt8(ascii: ">"),
        (start..<end).allSatisfy({ text[$0] | 0x20 == name.utf8Start[$0 - start] })
      else { continue }
      return (end + 1, kind, isClosing)
    }
    return nil
  }
}

/// The line that a tag stands on. Each of its bytes is looked at once for all tags on it.
private struct TagLine {
  let end: Int
  private let text: UnsafeRawBufferPointer
  private let start: Int
  private let lastBacktick: Int?
  private var position: Int
  private var isOpen = false

  init(_ text: UnsafeRawBufferPointer, around index: Int) {
    self.text = text
    var first = index
    while first > 0, text[first - 1] != 0x0A, text[first - 1] != 0x0D { first -= 1 }
    start = first
    end = text[index...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? text.count
    lastBacktick = text.lastOffset(of: UInt8(ascii: "`"), in: start..<end)
    position = first
  }

  /// Whether an odd number of runs of backticks stands before the tag, and one behind it.
  mutating func isInCode(_ tag: Int) -> Bool {
    guard let lastBacktick else { return false }
    while position < tag {
      if text[position] == UInt8(ascii: "`"), position == start || text[position - 1] != UInt8(ascii: "`") {
        isOpen.toggle()
      }
      position += 1
    }
    return isOpen && lastBacktick > tag
  }

  /// Whether nothing but what CommonMark lets stand before a paragraph is in front of the tag.
  func isStart(_ tag: Int) -> Bool {
    let before = invisibleStart(text, start..<tag)
    return before == tag && (tag - start <= 3 || text[start] >= 0x80)
  }

  /// Whether the tag stands behind a whole sentence, or right behind a word, and the line and the paragraph end with it.
  func endsParagraph(_ tag: Range<Int>) -> Bool {
    let before = trimmed(text, start..<tag.lowerBound)
    // More than the mark of a list or a quote.
    guard before.count > 3, before.upperBound == tag.lowerBound || ".!?)]".utf8.contains(text[before.upperBound - 1])
    else { return false }
    var next = tag.upperBound
    while next < end, isBlank(text[next]) { next += 1 }
    guard next == end else { return false }
    if next < text.count { next += text[next] == 0x0D && next + 1 < text.count && text[next + 1] == 0x0A ? 2 : 1 }
    while next < text.count, isBlank(text[next]) { next += 1 }
    return next == text.count || text[next] == 0x0A || text[next] == 0x0D
  }

  private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
