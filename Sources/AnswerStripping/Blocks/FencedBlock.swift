/// A fenced code block, by CommonMark 0.31, section 4.5. Offsets in bytes of the text it was found in.
struct FencedBlock: Equatable {
  /// From the start of the opening line to the end of the closing line, without the line end behind it; to the end
  /// of the text when it is not closed.
  var range: Range<Int>
  /// The lines between the fences, the last line end included.
  var content: Range<Int>
  /// The info string without the white space around it.
  var info: Range<Int>
  /// The length of the opening fence.
  var fenceLength: Int
  /// Backtick or tilde.
  var fenceByte: UInt8
  /// Spaces in front of the opening fence, `0...3`.
  var indent: Int
  /// Whether a closing fence was found.
  var isClosed: Bool
}

extension FencedBlock {
  /// Finds all fenced blocks outside of containers (quotes, lists), in order. Linear in the length of the text.
  static func all(in text: UnsafeRawBufferPointer) -> [FencedBlock] {
    var blocks: [FencedBlock] = []
    var isOpen = false
    for line in TextLines(text) {
      guard let fence = Fence(text, line.range) else { continue }
      if !isOpen {
        guard fence.canOpen(text) else { continue }
        isOpen = true
        blocks.append(
          FencedBlock(
            range: line.range.lowerBound..<text.count, content: line.next..<text.count, info: fence.info,
            fenceLength: fence.length, fenceByte: fence.byte, indent: fence.indent, isClosed: false))
      } else if fence.closes(blocks[blocks.count - 1]) {
        isOpen = false
        blocks[blocks.count - 1].close(at: line.range)
      }
    }
    return blocks
  }

  private mutating func close(at line: Range<Int>) {
    content = content.lowerBound..<line.lowerBound
    range = range.lowerBound..<line.upperBound
    isClosed = true
  }

  /// Whether the block says that it holds JSON, or says nothing: the first word of its info string is json, json5 or
  /// jsonc, in any case, or there is none.
  func mayHoldJSON(_ text: UnsafeRawBufferPointer) -> Bool {
    var end = info.lowerBound
    while end < info.upperBound, !isSpace(text[end]) { end += 1 }
    let word = UnsafeRawBufferPointer(rebasing: text[info.lowerBound..<end])
    return word.isEmpty || isSame(word, "json") || isSame(word, "json5") || isSame(word, "jsonc")
  }
}

/// A line that looks like a fence: up to three spaces, three or more backticks or tildes, an info string.
private struct Fence {
  let byte: UInt8
  let length: Int
  let indent: Int
  let info: Range<Int>

  init?(_ text: UnsafeRawBufferPointer, _ line: Range<Int>) {
    var start = line.lowerBound
    while start < line.upperBound, start - line.lowerBound < 4, text[start] == UInt8(ascii: " ") { start += 1 }
    indent = start - line.lowerBound
    guard indent < 4, start < line.upperBound else { return nil }
    byte = text[start]
    guard byte == UInt8(ascii: "`") || byte == UInt8(ascii: "~") else { return nil }
    var end = start
    while end < line.upperBound, text[end] == byte { end += 1 }
    length = end - start
    guard length >= 3 else { return nil }
    // Spaces and tabs only: any other white space is part of the info string.
    var last = line.upperBound
    while last > end, text[last - 1] == 0x20 || text[last - 1] == 0x09 { last -= 1 }
    while end < last, text[end] == 0x20 || text[end] == 0x09 { end += 1 }
    info = end..<last
  }

  /// An info string behind backticks holds no backtick: that would be inline code.
  func canOpen(_ text: UnsafeRawBufferPointer) -> Bool {
    byte == UInt8(ascii: "~") || !text[info].contains(byte)
  }

  func closes(_ block: FencedBlock) -> Bool {
    byte == block.fenceByte && length >= block.fenceLength && info.isEmpty
  }
}

/// Whether a word is this one, in any case.
private func isSame(_ word: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
  word.count == name.utf8CodeUnitCount && word.indices.allSatisfy { lowercase(word[$0]) == name.utf8Start[$0] }
}

private func lowercase(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
