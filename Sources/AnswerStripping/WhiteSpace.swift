/// Space, tab, LF, VT, FF or CR: the white space that may surround a block.
func isSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || (0x09...0x0D).contains(byte)
}

/// The white space of JSON (RFC 8259): no VT and no FF.
func isJSONSpace(_ byte: UInt8) -> Bool {
  byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
}

/// The range without the white space at both ends.
func trimmed(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
  let end = trimmedEnd(text, range)
  return trimmedStart(text, range.lowerBound..<end)..<end
}

/// The start of the range behind the white space.
func trimmedStart(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
  var start = range.lowerBound
  while start < range.upperBound, isSpace(text[start]) { start += 1 }
  return start
}

/// The end of the range without the white space before it.
func trimmedEnd(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
  var end = range.upperBound
  while end > range.lowerBound, isSpace(text[end - 1]) { end -= 1 }
  return end
}

/// The start of the range behind all that does not show: white space, also the wide and the narrow kinds of Unicode, the
/// byte order mark, and what joins or parts words.
func invisibleStart(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
  var start = range.lowerBound
  while start < range.upperBound {
    let rest = text[start..<range.upperBound]
    if isSpace(text[start]) {
      start += 1
    } else if rest.starts(with: [0xC2, 0xA0]) {
      start += 2
    } else if let last = rest.dropFirst(2).first,
      rest.starts(with: [0xEF, 0xBB]) && last == 0xBF || rest.starts(with: [0xE3, 0x80]) && last == 0x80
        || rest.starts(with: [0xE2, 0x80]) && ((0x80...0x8D).contains(last) || last == 0xAF)
        || rest.starts(with: [0xE2, 0x81]) && (last == 0x9F || last == 0xA0)
    {
      start += 3
    } else {
      break
    }
  }
  return start
}
