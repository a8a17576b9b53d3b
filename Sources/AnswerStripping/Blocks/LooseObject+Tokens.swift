import NDJSON

/// Words, strings and escapes, and what JSON makes of them.
extension LooseObject {
  /// A number, a word, or several up to the next comma, bracket, comment or line end.
  mutating func takeBareValue() -> Bool {
    let start = position
    loop: while let byte {
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x0A, 0x0D: break loop
      case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): return false
      case UInt8(ascii: ":") where position == start || isSpaceOrEnd(at: position + 1): return false
      case UInt8(ascii: "/"), UInt8(ascii: "#"):
        if position > start, isSpace(text[position - 1]), isComment(at: position) { break loop }
        position += 1
      default: position += 1
      }
    }
    guard byte != nil else { return false }
    let word = start..<trimmedEnd(text, start..<position)
    guard !word.isEmpty else { return false }
    let bytes = UnsafeRawBufferPointer(rebasing: text[word])
    if bytes.elementsEqual("True".utf8) || bytes.elementsEqual("False".utf8) {
      json.append(contentsOf: bytes.map { $0 | 0x20 })
    } else if bytes.elementsEqual("None".utf8) || bytes.elementsEqual("undefined".utf8) {
      json.append(contentsOf: "null".utf8)
    } else if (try? parser.parse(bytes)) != nil {
      json.append(contentsOf: bytes)
    } else {
      append(string: word)
    }
    return true
  }

  mutating func append(string range: Range<Int>) {
    json.append(UInt8(ascii: "\""))
    for index in range { appendCharacter(text[index]) }
    json.append(UInt8(ascii: "\""))
  }

  /// A byte of a string's content as JSON writes it.
  private mutating func appendCharacter(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): json.append(contentsOf: #"\""#.utf8)
    case UInt8(ascii: "\\"): json.append(contentsOf: #"\\"#.utf8)
    case 0x0A: json.append(contentsOf: #"\n"#.utf8)
    case 0x0D: json.append(contentsOf: #"\r"#.utf8)
    case 0x09: json.append(contentsOf: #"\t"#.utf8)
    case 0..<0x20: json.append(contentsOf: "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8)
    default: json.append(byte)
    }
  }

  /// The string at the position; false when the text ends in it.
  mutating func takeString(_ quote: UInt8) -> Bool {
    json.append(UInt8(ascii: "\""))
    position += 1
    while let byte {
      if byte == quote, isEnd(ofStringAt: position) {
        position += 1
        json.append(UInt8(ascii: "\""))
        return true
      }
      if byte == UInt8(ascii: "\\") {
        takeEscape()
      } else {
        appendCharacter(byte)
        position += 1
      }
    }
    return false
  }

  /// Whether a quote closes its string: what may follow one does. Else it stands in the string, and no one escaped it.
  private func isEnd(ofStringAt quote: Int) -> Bool {
    var next = quote + 1
    while next < text.count, text[next] == 0x20 || text[next] == 0x09 { next += 1 }
    guard next < text.count else { return true }
    switch text[next] {
    case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "}"), UInt8(ascii: "]"), 0x0A, 0x0D: return true
    default: return isComment(at: next)
    }
  }

  private mutating func takeEscape() {
    guard position + 1 < text.count else {
      position = text.count
      return
    }
    let next = text[position + 1]
    switch next {
    case UInt8(ascii: "u"):
      if let width = unicodeEscapeWidth() {
        json.append(contentsOf: text[position..<position + width])
        position += width
        return
      }
      json.append(contentsOf: #"\\u"#.utf8)
    case 0x0A, 0x0D:
      // A line that goes on behind a backslash, as JSON5 has it.
      break
    case UInt8(ascii: "'"): json.append(next)
    default:
      json.append(UInt8(ascii: "\\"))
      if #""\/bfnrt"#.utf8.contains(next) {
        json.append(next)
      } else {
        // It escapes nothing.
        json.append(UInt8(ascii: "\\"))
        position += 1
        return
      }
    }
    position += 2
  }

  /// The width of a `\u` escape that JSON has: a pair of surrogates counts as one, half a pair does not count.
  private func unicodeEscapeWidth() -> Int? {
    guard let first = codeUnit(at: position) else { return nil }
    guard (0xD800..<0xE000).contains(first) else { return 6 }
    guard first < 0xDC00, let second = codeUnit(at: position + 6), (0xDC00..<0xE000).contains(second) else {
      return nil
    }
    return 12
  }

  private func codeUnit(at start: Int) -> UInt32? {
    guard start + 6 <= text.count, text[start] == UInt8(ascii: "\\"), text[start + 1] == UInt8(ascii: "u") else {
      return nil
    }
    return text[start + 2..<start + 6].reduce(UInt32?(0)) { value, byte in
      guard let value, byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      return value << 4 | UInt32(digit)
    }
  }
}
