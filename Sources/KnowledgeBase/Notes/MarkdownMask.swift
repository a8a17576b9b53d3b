/// Takes out of a Markdown text what is code or a comment, so that what looks like a link there is none.
///
/// The text keeps its length and its lines: each byte that goes becomes a zero.
struct MarkdownMask {
  /// The text with zeros in it.
  private(set) var text: [UInt8]

  /// Masks what is below the front matter.
  init(_ text: [UInt8], from start: Int) {
    self.text = text
    maskBlocks(from: start)
    maskSpans(from: start)
  }

  // Blocks: fenced and indented code.

  private mutating func maskBlocks(from start: Int) {
    var fence: (mark: UInt8, length: Int)?
    var isAfterBlank = true
    // Where the text of the innermost list item stands; indented code in it is indented from there.
    var item = 0
    var lines = LineRanges(text, from: start)
    while let line = lines.next() {
      let content = afterQuoteMarks(line)
      let (indent, words) = indentation(content)
      if let open = fence {
        if closes(words, open) { fence = nil }
        mask(line)
        continue
      }
      guard !words.isEmpty else {
        isAfterBlank = true
        continue
      }
      if indent < item + 4, let opened = opening(words) {
        fence = opened
        mask(line)
      } else if let width = itemWidth(words), indent < item + 4 {
        item = indent + width
      } else if isAfterBlank && indent >= item + 4 {
        mask(line)
        // Blank lines inside it do not end it.
        continue
      } else if isAfterBlank && indent < item {
        item = 0
      }
      isAfterBlank = false
    }
  }

  private func afterQuoteMarks(_ line: Range<Int>) -> Range<Int> {
    var start = line.lowerBound
    while true {
      let spaces = text[start..<line.upperBound].prefix(3).prefix { $0 == 0x20 }.count
      guard start + spaces < line.upperBound, text[start + spaces] == UInt8(ascii: ">") else { break }
      start += spaces + 1
      if start < line.upperBound && text[start] == 0x20 { start += 1 }
    }
    return start..<line.upperBound
  }

  /// How far a line is indented, in columns, and what is behind that.
  private func indentation(_ line: Range<Int>) -> (indent: Int, words: Range<Int>) {
    var indent = 0
    var start = line.lowerBound
    while start < line.upperBound, text[start] == 0x20 || text[start] == 0x09 {
      indent += text[start] == 0x09 ? 4 - indent % 4 : 1
      start += 1
    }
    let end = text[start..<line.upperBound].lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
    return (indent, start..<end)
  }

  private func opening(_ words: Range<Int>) -> (mark: UInt8, length: Int)? {
    let mark = text[words.lowerBound]
    guard mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else { return nil }
    let length = text[words].prefix { $0 == mark }.count
    // With backticks behind them they are a span of code in a line.
    guard length >= 3, mark == UInt8(ascii: "~") || !text[words].dropFirst(length).contains(mark) else { return nil }
    return (mark, length)
  }

  private func closes(_ words: Range<Int>, _ fence: (mark: UInt8, length: Int)) -> Bool {
    words.count >= fence.length && text[words].allSatisfy { $0 == fence.mark }
  }

  /// How wide the mark of a list item is, with the space behind it.
  private func itemWidth(_ words: Range<Int>) -> Int? {
    let line = text[words]
    let digits = line.prefix(9).prefix { (0x30...0x39).contains($0) }.count
    let rest = line.dropFirst(digits)
    guard let mark = rest.first else { return nil }
    let isMark =
      digits > 0
      ? mark == UInt8(ascii: ".") || mark == UInt8(ascii: ")")
      : mark == UInt8(ascii: "-") || mark == UInt8(ascii: "*") || mark == UInt8(ascii: "+")
    let space = rest.dropFirst().first ?? 0x20
    guard isMark, space == 0x20 || space == 0x09 else { return nil }
    let spaces = rest.dropFirst().prefix { $0 == 0x20 }.count
    return digits + 1 + (spaces > 4 ? 1 : max(spaces, 1))
  }

  // Spans: code, comments, and elements of HTML whose content is not Markdown.

  private static let elements = ["pre", "code", "script", "style"]

  private mutating func maskSpans(from start: Int) {
    var index = start
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\\"):
        // A backtick behind it is a letter; what stands for a table's bar in a link stays.
        index += index + 1 < text.count && text[index + 1] == UInt8(ascii: "`") ? 2 : 1
      case UInt8(ascii: "`"):
        let length = text[index...].prefix { $0 == UInt8(ascii: "`") }.count
        index = mask(index, to: closingBackticks(length, after: index + length)) ?? index + length
      case UInt8(ascii: "%") where starts("%%", at: index):
        index = mask(index, to: end(of: "%%", after: index + 2)) ?? index + 2
      case UInt8(ascii: "<") where starts("<!--", at: index):
        // One that is never closed goes to the end.
        index = mask(index, to: end(of: "-->", after: index + 4) ?? text.count) ?? index + 4
      case UInt8(ascii: "<"):
        index = mask(index, to: endOfElement(at: index)) ?? index + 1
      default: index += 1
      }
    }
  }

  private func closingBackticks(_ length: Int, after start: Int) -> Int? {
    var index = start
    while index < text.count {
      if text[index] == UInt8(ascii: "`") {
        let found = text[index...].prefix { $0 == UInt8(ascii: "`") }.count
        if found == length { return index + length }
        index += found
      } else if text[index] == 0x0A, index + 1 < text.count, text[index + 1] == 0x0A {
        // A span does not go beyond its paragraph.
        return nil
      } else {
        index += 1
      }
    }
    return nil
  }

  private func endOfElement(at index: Int) -> Int? {
    for name in Self.elements where starts("<" + name, at: index) {
      let after = index + 1 + name.utf8.count
      guard after < text.count, text[after] == UInt8(ascii: ">") || text[after] <= 0x20 else { continue }
      return end(of: "</\(name)>", after: after)
    }
    return nil
  }

  private func starts(_ word: String, at index: Int) -> Bool {
    let end = index + word.utf8.count
    return end <= text.count && zip(text[index..<end], word.utf8).allSatisfy { lowercased($0) == $1 }
  }

  private func end(of word: String, after start: Int) -> Int? {
    guard let first = word.utf8.first else { return nil }
    var index = start
    while index < text.count {
      if text[index] == first && starts(word, at: index) { return index + word.utf8.count }
      index += 1
    }
    return nil
  }

  private func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  private mutating func mask(_ range: Range<Int>) {
    for index in range where text[index] != 0x0A { text[index] = 0 }
  }

  /// Masks up to an end, if there is one, and returns it.
  private mutating func mask(_ start: Int, to end: Int?) -> Int? {
    guard let end else { return nil }
    mask(start..<end)
    return end
  }
}
