#if canImport(Glibc)
  import Glibc
#endif

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
    case UInt8(ascii: "\""): skipString()
    case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
    default: skipWord()
    }
    return JSONValue(UnsafeRawBufferPointer(rebasing: text[start..<position]))
  }

  private mutating func skipString() {
    position += 1
    while true {
      guard let base = text.baseAddress, let quote = memchr(base + position, 0x22, text.count - position) else {
        position = text.count
        return
      }
      let index = UnsafeRawPointer(quote) - base
      var backslashes = 0
      while text[index - 1 - backslashes] == UInt8(ascii: "\\") { backslashes += 1 }
      position = index + 1
      if backslashes % 2 == 0 { return }
    }
  }

  private mutating func skipContainer() {
    var depth = 0
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "\""):
        skipString()
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
