/// The sentences of a Markdown text: up to a full stop and a space, a line's end that ends a paragraph, an item or a
/// heading, or a mark of Chinese or Japanese. Without white space around.
struct Sentences: Sequence, IteratorProtocol {
  private let text: [UInt8]
  private let end: Int
  private var position: Int

  init(_ text: [UInt8], _ range: Range<Int>) {
    self.text = text
    position = range.lowerBound
    end = range.upperBound
  }

  mutating func next() -> Range<Int>? {
    while position < end && isSpace(text[position]) { position += 1 }
    guard position < end else { return nil }
    let start = position
    position = stop(from: start)
    var last = position
    while last > start && isSpace(text[last - 1]) { last -= 1 }
    return start..<last
  }

  private func stop(from start: Int) -> Int {
    var index = start
    while index < end {
      let byte = text[index]
      index += 1
      switch byte {
      case UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "?"):
        var after = index
        while after < end && isClosing(text[after]) { after += 1 }
        if after >= end || (isSpace(text[after]) && startsSentence(after)) { return after }
      case 0x0A:
        if index >= end || startsBlock(index) || text[start] == UInt8(ascii: "#") { return index }
      // The full stop of Chinese and Japanese, then their exclamation and question marks.
      case 0xE3 where index + 1 < end && text[index] == 0x80 && text[index + 1] == 0x82:
        return index + 2
      case 0xEF where index + 1 < end && text[index] == 0xBC && (text[index + 1] == 0x81 || text[index + 1] == 0x9F):
        return index + 2
      default: break
      }
    }
    return end
  }

  /// Whether what follows the space is not a lower-case letter: `e.g. this` goes on.
  private func startsSentence(_ space: Int) -> Bool {
    var index = space
    while index < end && isSpace(text[index]) { index += 1 }
    return index >= end || !(0x61...0x7A).contains(text[index])
  }

  /// Whether a line begins something new: a blank line, a heading, an item, a table row, a quote, a fence.
  private func startsBlock(_ line: Int) -> Bool {
    var index = line
    while index < end && (text[index] == 0x20 || text[index] == 0x09) { index += 1 }
    guard index < end else { return true }
    if index - line >= 4 { return true }
    switch text[index] {
    case 0x0A, UInt8(ascii: "#"), UInt8(ascii: "|"), UInt8(ascii: ">"), UInt8(ascii: "`"), UInt8(ascii: "~"):
      return true
    case UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "+"): return true
    case 0x30...0x39:
      while index < end && (0x30...0x39).contains(text[index]) { index += 1 }
      return index < end && (text[index] == UInt8(ascii: ".") || text[index] == UInt8(ascii: ")"))
    default: return false
    }
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x09 }

  private func isClosing(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ")") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "]")
      || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "_")
  }
}
