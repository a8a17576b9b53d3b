/// One closed Markdown fence around a whole answer.
struct Wrapping {
  /// The lines inside, without the last line end.
  let content: Range<Int>
  /// The opening fence with its info string.
  let openingLine: Range<Int>
  /// The indentation of the opening fence, which CommonMark takes off the lines inside too.
  let indent: Int

  /// Finds the fence; nil when anything but white space lies outside of it.
  init?(_ text: UnsafeRawBufferPointer) {
    let all = trimmed(text, 0..<text.count)
    guard let block = FencedBlock.all(in: text).first, block.isClosed,
      block.range.lowerBound + block.indent == all.lowerBound, block.range.upperBound >= all.upperBound
    else { return nil }
    openingLine = all.lowerBound..<trimmedEnd(text, all.lowerBound..<block.content.lowerBound)
    indent = block.indent
    var end = block.content.upperBound
    if end > block.content.lowerBound, text[end - 1] == 0x0A { end -= 1 }
    if end > block.content.lowerBound, text[end - 1] == 0x0D { end -= 1 }
    content = block.content.lowerBound..<end
  }

  /// The lines inside, each without as much of the fence's indentation as it has.
  func unindentedContent(of text: UnsafeRawBufferPointer) -> [UInt8] {
    var output: [UInt8] = []
    let inside = UnsafeRawBufferPointer(rebasing: text[content])
    for line in TextLines(inside) {
      let spaces = inside[line.range].prefix(indent).prefix { $0 == 0x20 }.count
      output.append(contentsOf: inside[(line.range.lowerBound + spaces)..<line.next])
    }
    return output
  }
}
