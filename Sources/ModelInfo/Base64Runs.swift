/// Where base64 stands in a JSON string's content: what is too long for a word and is not text.
struct Base64Runs: Sequence, IteratorProtocol {
  /// No word, and hardly an identifier, is as long; in bytes.
  private static let shortest = 512

  /// Base64 in a file is often broken after 76 characters, or 64.
  private static let shortestLine = 60

  private let text: UnsafeRawBufferPointer
  private var index = 0

  /// Looks through a text.
  ///
  /// - Parameter text: The content of a string, still escaped.
  init(_ text: UnsafeRawBufferPointer) { self.text = text }

  /// The next one.
  mutating func next() -> Range<Int>? {
    while text.count - index >= Self.shortest {
      guard Self.isBase64[Int(text[index])] else {
        index += 1
        continue
      }
      let start = index
      index = end(from: start)
      if index - start >= Self.shortest { return start..<index }
    }
    return nil
  }

  /// The end of base64 that may have escaped slashes and line ends in it.
  private func end(from start: Int) -> Int {
    var index = start
    var lineStart = start
    while index < text.count {
      if Self.isBase64[Int(text[index])] {
        index += 1
      } else if text[index] == UInt8(ascii: "\\"), index + 1 < text.count {
        switch text[index + 1] {
        case UInt8(ascii: "/"): index += 2
        case UInt8(ascii: "r"), UInt8(ascii: "n"):
          // Words below each other are text.
          guard index - lineStart >= Self.shortestLine || index == lineStart else { return index }
          index += 2
          lineStart = index
        default: return index
        }
      } else {
        return index
      }
    }
    return index
  }

  /// The alphabets of RFC 4648, sections 4 and 5, and the padding.
  private static let isBase64: [Bool] = (0..<256).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
