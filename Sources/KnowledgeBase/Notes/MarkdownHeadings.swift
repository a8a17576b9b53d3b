/// Finds the headings of a Markdown text, as CommonMark has them: `# ATX` and underlined, not in fenced code.
enum MarkdownHeadings {
  /// The ranges of the headings' words, without marks.
  static func find(in text: [UInt8], from start: Int) -> [Range<Int>] {
    var headings: [Range<Int>] = []
    var fence: (mark: UInt8, length: Int)?
    var previous: Range<Int>?
    var lines = LineRanges(text, from: start)
    while let line = lines.next() {
      let indent = text[line].prefix(4).prefix { $0 == 0x20 }.count
      let content = trimmed(text, (line.lowerBound + indent)..<line.upperBound)
      guard let first = content.isEmpty ? nil : text[content.lowerBound], indent < 4 else {
        previous = nil
        continue
      }
      if first == UInt8(ascii: "`") || first == UInt8(ascii: "~") {
        let length = text[content].prefix { $0 == first }.count
        if let open = fence {
          if first == open.mark && length >= open.length && length == content.count { fence = nil }
        } else if length >= 3 {
          fence = (first, length)
        }
        previous = nil
        continue
      }
      guard fence == nil else { continue }
      if first == UInt8(ascii: "#"), let words = atx(text, content) {
        headings.append(words)
        previous = nil
      } else if let above = previous, isUnderline(text[content]) {
        headings.append(above)
        previous = nil
      } else {
        previous = isUnderline(text[content]) || first == UInt8(ascii: ">") ? nil : content
      }
    }
    return headings
  }

  private static func atx(_ text: [UInt8], _ line: Range<Int>) -> Range<Int>? {
    let level = text[line].prefix { $0 == UInt8(ascii: "#") }.count
    let rest = (line.lowerBound + level)..<line.upperBound
    guard level <= 6, let next = rest.isEmpty ? nil : text[rest.lowerBound], next == 0x20 || next == 0x09 else {
      return nil
    }
    var words = trimmed(text, rest)
    // A closing run of # is decoration when a space is in front of it.
    let closing = text[words].reversed().prefix { $0 == UInt8(ascii: "#") }.count
    let before = words.upperBound - closing
    if closing > 0 && (before == words.lowerBound || text[before - 1] == 0x20) {
      words = trimmed(text, words.lowerBound..<before)
    }
    return words.isEmpty ? nil : words
  }

  private static func isUnderline(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first, first == UInt8(ascii: "=") || first == UInt8(ascii: "-") else { return false }
    return line.allSatisfy { $0 == first }
  }

  private static func trimmed(_ text: [UInt8], _ range: Range<Int>) -> Range<Int> {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high && (text[low] == 0x20 || text[low] == 0x09) { low += 1 }
    while high > low && (text[high - 1] == 0x20 || text[high - 1] == 0x09) { high -= 1 }
    return low..<high
  }
}
