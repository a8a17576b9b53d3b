/// Counts what tokenizers split a text into: parts of words, digits, runs of punctuation, line ends. Weights are in
/// hundredths of a token; ``TokenEstimate`` says where they come from.
struct TokenScanner {
  private enum Kind: UInt8 {
    case space, newline, lower, upper, digit, punctuation, other
  }

  private enum Weight {
    /// A word of up to six letters, with the space in front of it.
    static let word = 102
    static let furtherLetter = 10
    static let shortWord = 6
    /// A letter of a word in capitals.
    static let capital = 34
    static let digit = 85
    static let punctuation = 85
    static let furtherPunctuation = 33
    static let lineEnds = 110
    /// Several spaces within a line; what a line starts with belongs to its line end.
    static let spaces = 150
    /// Latin letters with marks; then Greek, Cyrillic, Hebrew, Arabic.
    static let markedLetter = 50
    static let otherLetter = 40
    /// Dashes, quotes, arrows; then the scripts of Asia.
    static let symbol = 150
    static let asianLetter = 90
    static let emoji = 300
  }

  private var hundredths = 0
  private var kind = Kind.newline
  /// How long the run of this kind is so far.
  private var length = 0

  /// What was counted so far, rounded up.
  var tokens: Int {
    var whole = self
    whole.finishRun()
    return (whole.hundredths + 99) / 100
  }

  /// Counts a piece of text; the next piece is another text.
  ///
  /// - Parameters:
  ///   - text: UTF-8.
  ///   - isEscaped: Whether it is the content of a JSON string, with its escapes.
  mutating func scan(_ text: UnsafeRawBufferPointer, isEscaped: Bool) {
    var index = 0
    while index < text.count {
      let byte = text[index]
      index += 1
      if byte >= 0x80 {
        // The bytes behind the first one count nothing.
        if byte >= 0xC0 { take(first: byte) }
      } else if isEscaped, byte == UInt8(ascii: "\\"), index < text.count {
        index += take(escape: text, at: index)
      } else {
        take(Self.kinds[Int(byte)])
      }
    }
    finishRun()
    (kind, length) = (.newline, 0)
  }

  /// Takes an escape behind its backslash.
  ///
  /// - Returns: Its length.
  private mutating func take(escape text: UnsafeRawBufferPointer, at index: Int) -> Int {
    switch text[index] {
    case UInt8(ascii: "n"): take(.newline)
    case UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"): break
    case UInt8(ascii: "t"): take(.space)
    case UInt8(ascii: "u") where text.count - index >= 5:
      let digits = String(decoding: text[(index + 1)..<(index + 5)], as: UTF8.self)
      switch UInt32(digits, radix: 16) ?? 0 {
      case let value where value < 0x80: take(Self.kinds[Int(value)])
      case 0x80..<0x280: take(first: 0xC3)
      case 0x280..<0x800: take(first: 0xD0)
      // The first half of a pair; the second counts nothing.
      case 0xD800..<0xDC00: take(first: 0xF0)
      case 0xDC00..<0xE000: break
      case 0x2000..<0x3000: take(first: 0xE2)
      default: take(first: 0xE4)
      }
      return 5
    default: take(.punctuation)
    }
    return 1
  }

  private mutating func take(first byte: UInt8) {
    finishRun()
    (kind, length) = (.other, 0)
    hundredths += Self.weight(first: byte)
  }

  /// What a character weighs, by the first byte of its UTF-8.
  private static func weight(first byte: UInt8) -> Int {
    switch byte {
    case 0xC0..<0xCA: Weight.markedLetter
    case 0xCA..<0xE0: Weight.otherLetter
    case 0xE2: Weight.symbol
    case 0xE0..<0xF0: Weight.asianLetter
    default: Weight.emoji
    }
  }

  private mutating func take(_ next: Kind) {
    if next == kind {
      length += 1
      return
    }
    if next == .lower, kind == .upper {
      // The last capital begins this word: HTTPServer is HTTP and Server.
      length -= 1
      finishRun()
      (kind, length) = (.lower, 2)
      return
    }
    // What a line starts with belongs to its line end.
    if next == .space, kind == .newline { return }
    finishRun()
    (kind, length) = (next, 1)
  }

  private mutating func finishRun() {
    guard length > 0 else { return }
    switch kind {
    case .lower: hundredths += Weight.word + Weight.furtherLetter * max(0, length - Weight.shortWord)
    case .upper: hundredths += length == 1 ? Weight.word : Weight.capital * length
    case .digit: hundredths += Weight.digit * length
    case .punctuation: hundredths += Weight.punctuation + Weight.furtherPunctuation * (length - 1)
    case .newline: hundredths += Weight.lineEnds
    case .space: if length > 1 { hundredths += Weight.spaces }
    case .other: break
    }
    length = 0
  }

  private static let kinds: [Kind] = (0..<128).map { byte in
    switch UInt8(byte) {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): .lower
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): .upper
    case UInt8(ascii: "0")...UInt8(ascii: "9"): .digit
    case 0x0A: .newline
    case 0...0x20, 0x7F: .space
    default: .punctuation
    }
  }
}
