#if canImport(Glibc)
  import Glibc
#endif

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
    var open: FencedBlock?
    var lineStart = 0
    while lineStart < text.count {
      let lineEnd = endOfLine(in: text, from: lineStart)
      let next = startOfNextLine(in: text, after: lineEnd)
      if let fence = Fence(text, lineStart..<lineEnd) {
        if var block = open {
          if fence.closes(block) {
            block.content = block.content.lowerBound..<lineStart
            block.range = block.range.lowerBound..<lineEnd
            block.isClosed = true
            blocks.append(block)
            open = nil
          }
        } else if fence.canOpen(text) {
          open = FencedBlock(
            range: lineStart..<text.count, content: next..<text.count, info: fence.info, fenceLength: fence.length,
            fenceByte: fence.byte, indent: fence.indent, isClosed: false)
        }
      }
      lineStart = next
    }
    if let open { blocks.append(open) }
    return blocks
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
    info = trimmed(text, end..<line.upperBound)
  }

  /// An info string behind backticks holds no backtick: that would be inline code.
  func canOpen(_ text: UnsafeRawBufferPointer) -> Bool {
    byte == UInt8(ascii: "~") || !text[info].contains(byte)
  }

  func closes(_ block: FencedBlock) -> Bool {
    byte == block.fenceByte && length >= block.fenceLength && info.isEmpty
  }
}

/// The offset of the line end (LF, CR or CRLF) behind `start`, or the end of the text.
func endOfLine(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
  guard let base = text.baseAddress, start < text.count else { return text.count }
  let feed = memchr(base + start, 0x0A, text.count - start).map { UnsafeRawPointer($0) - base } ?? text.count
  guard let carriage = memchr(base + start, 0x0D, feed - start) else { return feed }
  return UnsafeRawPointer(carriage) - base
}

/// The offset behind the line end at `lineEnd`.
func startOfNextLine(in text: UnsafeRawBufferPointer, after lineEnd: Int) -> Int {
  guard lineEnd < text.count else { return text.count }
  let isPair = text[lineEnd] == 0x0D && lineEnd + 1 < text.count && text[lineEnd + 1] == 0x0A
  return lineEnd + (isPair ? 2 : 1)
}

func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || (0x09...0x0D).contains(byte)
}

/// The range without the white space at both ends.
func trimmed(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
  let end = trimmedEnd(text, range)
  var start = range.lowerBound
  while start < end, isSpace(text[start]) { start += 1 }
  return start..<end
}

/// The end of the range without the white space before it.
func trimmedEnd(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
  var end = range.upperBound
  while end > range.lowerBound, isSpace(text[end - 1]) { end -= 1 }
  return end
}
