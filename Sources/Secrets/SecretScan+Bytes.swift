#if canImport(Glibc)
  import Glibc
#endif

/// Looks at the bytes around a trigger.
extension SecretScan {
  /// Where a run of bytes of a class ends.
  mutating func endOfRun(of bytes: ByteClass, from start: Int) -> Int {
    var position = start
    while position < text.count, !bytes.isDisjoint(with: ByteClass.ofByte[Int(text[position])]) { position += 1 }
    count(position - start)
    return position
  }

  /// Behind the `=` at the end of base 64.
  func endOfPadding(from start: Int) -> Int {
    var position = start
    while position < text.count, position - start < 2, text[position] == UInt8(ascii: "=") { position += 1 }
    return position
  }

  /// The end without the full stops of a sentence.
  func trimmed(_ end: Int, from start: Int) -> Int {
    var last = end
    while last > start, text[last - 1] == UInt8(ascii: ".") { last -= 1 }
    return last
  }

  /// Behind what stands between a name and its value: white space, quotes, a sign.
  func skipSeparators(from start: Int) -> Int {
    var position = start
    while position < text.count, position - start < 6,
      isSeparator(text[position]) || ":=>".utf8.contains(text[position])
    {
      position += 1
    }
    return position
  }

  func isSeparator(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "]"): true
    default: false
    }
  }

  /// Whether a word starts here: `risk-free` holds no key. What looks like a letter may be the end of an escape, for
  /// programs, JSON and URLs are texts, too: `\n`, `\u00e9`, `%3D`.
  func isBoundary(_ place: Int) -> Bool {
    guard place > 0, isWord(text[place - 1]) else { return true }
    let escape = UInt8(ascii: "\\")
    if place >= 2, text[place - 2] == escape { return true }
    if place >= 3, text[place - 3] == UInt8(ascii: "%") { return true }
    return place >= 6 && text[place - 6] == escape && text[place - 5] == UInt8(ascii: "u")
  }

  func isWord(_ byte: UInt8) -> Bool { !ByteClass.token.isDisjoint(with: ByteClass.ofByte[Int(byte)]) }

  /// Whether some byte in a range is of a class.
  func holds(_ bytes: ByteClass, _ range: Range<Int>) -> Bool {
    text[range].contains { !bytes.isDisjoint(with: ByteClass.ofByte[Int($0)]) }
  }

  func isByte(_ character: Unicode.Scalar, at place: Int) -> Bool {
    place >= 0 && place < text.count && text[place] == UInt8(ascii: character)
  }

  func starts(with prefix: StaticString, at place: Int) -> Bool {
    let length = prefix.utf8CodeUnitCount
    guard place >= 0, length <= text.count - place, let base = text.baseAddress else { return false }
    return text[place] == prefix.utf8Start[0] && memcmp(base + place, prefix.utf8Start, length) == 0
  }

  /// As `starts`, with capitals or without; the word is in small letters.
  func isText(_ word: StaticString, at place: Int) -> Bool {
    let length = word.utf8CodeUnitCount
    guard place >= 0, length <= text.count - place else { return false }
    return (0..<length).allSatisfy { text[place + $0] | 0x20 == word.utf8Start[$0] }
  }

  /// Whether a name ends here, with capitals or without, with its words put together in any way.
  func endsName(_ name: StaticString, at end: Int) -> Bool {
    var (place, length) = (end, name.utf8CodeUnitCount)
    while length > 0, place > 0 {
      place -= 1
      if text[place] == UInt8(ascii: "_") || text[place] == UInt8(ascii: "-"), length < name.utf8CodeUnitCount {
        // One sign between two words.
        guard place > 0, !"_-".utf8.contains(text[place - 1]) else { return false }
        continue
      }
      guard text[place] | 0x20 == name.utf8Start[length - 1] else { return false }
      length -= 1
    }
    return length == 0
  }

  func holdsText(_ needle: StaticString, _ range: Range<Int>) -> Bool {
    guard range.count >= needle.utf8CodeUnitCount else { return false }
    return (range.lowerBound...(range.upperBound - needle.utf8CodeUnitCount)).contains { starts(with: needle, at: $0) }
  }

  mutating func firstOffset(of needle: StaticString, from start: Int) -> Int? {
    let bytes = UnsafeRawBufferPointer(start: needle.utf8Start, count: needle.utf8CodeUnitCount)
    let offset = text.firstOffset(of: bytes, from: start)
    count((offset ?? text.count) - start)
    return offset
  }
}

extension UnsafeRawBufferPointer {
  /// Where a needle, which is not empty, is found first.
  func firstOffset(of needle: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard let base = baseAddress, let wanted = needle.baseAddress else { return nil }
    var position = start
    while position + needle.count <= count,
      let first = memchr(base + position, Int32(needle[0]), count - needle.count + 1 - position)
    {
      let place = UnsafeRawPointer(first)
      if memcmp(place, wanted, needle.count) == 0 { return place - base }
      position = place - base + 1
    }
    return nil
  }
}
