/// Steps through the items of one container in a text that is known to be valid: so it checks nothing.
struct JSONCursor {
  private let text: UnsafeRawBufferPointer
  private var position = 1

  init(container: UnsafeRawBufferPointer) { text = container }

  /// Moves to the next item of the container; false at its end.
  mutating func advanceToItem() -> Bool {
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: ","):
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        return false
      default:
        return true
      }
    }
    return false
  }

  mutating func skipColon() {
    while text[position] <= UInt8(ascii: " ") || text[position] == UInt8(ascii: ":") { position += 1 }
  }

  /// The value that starts here; moves behind it.
  mutating func takeValue() -> JSONValue {
    let start = position
    switch text[position] {
    case UInt8(ascii: "\""): position = endOfString(in: text, from: position)
    case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
    default: skipWord()
    }
    return JSONValue(UnsafeRawBufferPointer(rebasing: text[start..<position]))
  }

  private mutating func skipContainer() {
    var depth = 0
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "\""):
        position = endOfString(in: text, from: position)
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      position += 1
      if depth == 0 { return }
    }
  }

  private mutating func skipWord() {
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: " "), UInt8(ascii: "\t"),
        UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        return
      default: position += 1
      }
    }
  }
}

/// The offset behind the string that starts at `start` in a text that is known to be valid.
func endOfString(in text: UnsafeRawBufferPointer, from start: Int) -> Int {
  var position = start + 1
  while let quote = text.firstOffset(of: UInt8(ascii: "\""), in: position..<text.count) {
    var backslashes = 0
    while text[quote - 1 - backslashes] == UInt8(ascii: "\\") { backslashes += 1 }
    position = quote + 1
    if backslashes % 2 == 0 { return position }
  }
  return text.count
}
