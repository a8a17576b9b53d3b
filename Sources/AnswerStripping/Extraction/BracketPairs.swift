/// Which bracket of a text closes which, as far as that can be said of text that is not JSON.
///
/// Brackets between double quotes on one line do not count. A closing bracket takes with it what is open inside and has
/// no end of its own.
struct BracketPairs {
  /// Behind the closing bracket, by the offset of the opening one.
  private var ends: [Int: Int] = [:]

  /// Looks through the text. Linear in its length.
  init(_ text: UnsafeRawBufferPointer) {
    var open: [Int] = []
    var openObjects = 0
    var isInString = false
    var position = 0
    while position < text.count {
      let byte = text[position]
      switch byte {
      case UInt8(ascii: "\\") where isInString: position += 1
      case UInt8(ascii: "\""): isInString.toggle()
      case 0x0A, 0x0D: isInString = false
      case UInt8(ascii: "{") where !isInString:
        open.append(position)
        openObjects += 1
      case UInt8(ascii: "[") where !isInString: open.append(position)
      case UInt8(ascii: "}") where !isInString, UInt8(ascii: "]") where !isInString:
        let isObject = byte == UInt8(ascii: "}")
        guard isObject ? openObjects > 0 : open.count > openObjects else { break }
        while let start = open.popLast() {
          let opensObject = text[start] == UInt8(ascii: "{")
          if opensObject { openObjects -= 1 }
          if opensObject == isObject {
            ends[start] = position + 1
            break
          }
        }
      default: break
      }
      position += 1
    }
  }

  /// Where the value ends that a bracket opens.
  ///
  /// - Parameter start: The offset of the opening bracket.
  /// - Returns: The offset behind the closing one; nil when it has none.
  func end(from start: Int) -> Int? { ends[start] }
}
