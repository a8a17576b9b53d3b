import NDJSON

/// An object as small models write JSON, and the JSON that it means.
///
/// Beside JSON's own grammar: comments (`//`, `/* */`, `#`), a comma behind the last member or none at a line end, single
/// quotes, names and values without quotes, Python's `True`, `False` and `None`, line ends and other control characters
/// in strings, quotes in strings that no one escaped, escapes that do not exist.
struct LooseObject {
  /// How far it goes.
  private(set) var extent = ValueExtent.cutOff

  /// The object in JSON's grammar, without white space, as far as it goes.
  var json: [UInt8] = []

  /// The complete names at the object's top level, without quotes: where they stand in `json`, whose escapes are sound.
  private(set) var names: [Range<Int>] = []

  /// The name at the top level that the end of the text cut off, without its quote: where it stands in the text.
  private(set) var partialName: Range<Int>?

  private enum Expectation {
    case name, colon, value, element, separator
  }

  let text: UnsafeRawBufferPointer
  let parser: JSONParser
  var position: Int
  private var crossedLineEnd = false
  /// The open containers: whether each is an object, and whether something is in it.
  private var containers: [(isObject: Bool, hasMembers: Bool)] = []
  private var expected = Expectation.name

  /// Scans the object that starts behind the white space and the comments at `start`. Linear in its length.
  init(_ text: UnsafeRawBufferPointer, from start: Int, _ parser: JSONParser) {
    self.text = text
    self.parser = parser
    position = start
    extent = scan()
  }

  var byte: UInt8? { position < text.count ? text[position] : nil }

  private mutating func scan() -> ValueExtent {
    skipTrivia()
    guard byte == UInt8(ascii: "{") else { return .invalid(position) }
    open(isObject: true)
    while !containers.isEmpty {
      skipTrivia()
      guard let byte else { return .cutOff }
      guard step(byte) else { return position == text.count ? .cutOff : .invalid(position) }
    }
    let end = position
    skipTrivia()
    return position == text.count ? .complete(end) : .invalid(position)
  }

  /// Takes one token; false when it cannot stand there, or with the position at the end of the text when that cuts it
  /// off.
  private mutating func step(_ byte: UInt8) -> Bool {
    switch expected {
    case .name: return byte == UInt8(ascii: "}") ? close(isObject: true) : takeName(byte)
    case .element: return byte == UInt8(ascii: "]") ? close(isObject: false) : takeValue(byte)
    case .value: return takeValue(byte)
    case .colon:
      guard byte == UInt8(ascii: ":") else { return false }
      json.append(byte)
      position += 1
      expected = .value
    case .separator:
      if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { return close(isObject: byte == UInt8(ascii: "}")) }
      if byte == UInt8(ascii: ",") {
        position += 1
      } else if !crossedLineEnd {
        return false
      }
      expected = containers[containers.count - 1].isObject ? .name : .element
    }
    return true
  }

  private mutating func open(isObject: Bool) {
    json.append(UInt8(ascii: isObject ? "{" : "["))
    containers.append((isObject, false))
    position += 1
    expected = isObject ? .name : .element
  }

  private mutating func close(isObject: Bool) -> Bool {
    guard containers.last?.isObject == isObject else { return false }
    json.append(UInt8(ascii: isObject ? "}" : "]"))
    containers.removeLast()
    position += 1
    crossedLineEnd = false
    expected = .separator
    return true
  }

  /// Puts a comma in front of a member or an element that is not the first.
  private mutating func beginMember() {
    let last = containers.count - 1
    if containers[last].hasMembers { json.append(UInt8(ascii: ",")) }
    containers[last].hasMembers = true
  }

  private mutating func takeName(_ byte: UInt8) -> Bool {
    beginMember()
    let isQuoted = byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    let start = position + (isQuoted ? 1 : 0)
    let startInJSON = json.count + 1
    let isWhole = isQuoted ? takeString(byte) : takeBareName()
    if containers.count == 1 {
      if isWhole {
        names.append(startInJSON..<json.count - 1)
      } else if position == text.count {
        partialName = start..<position
      }
    }
    expected = .colon
    return isWhole
  }

  private mutating func takeBareName() -> Bool {
    let start = position
    while let byte, isNameByte(byte) { position += 1 }
    guard position > start, !(0x30...0x39).contains(text[start]) else { return false }
    append(string: start..<position)
    return byte != nil
  }

  private mutating func takeValue(_ byte: UInt8) -> Bool {
    // What follows a colon has no comma before it.
    if expected == .element { beginMember() }
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      open(isObject: byte == UInt8(ascii: "{"))
      return true
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      guard takeString(byte) else { return false }
    default:
      guard takeBareValue() else { return false }
    }
    crossedLineEnd = false
    expected = .separator
    return true
  }

  func isComment(at index: Int) -> Bool {
    if text[index] == UInt8(ascii: "#") { return true }
    guard text[index] == UInt8(ascii: "/"), index + 1 < text.count else { return false }
    return text[index + 1] == UInt8(ascii: "/") || text[index + 1] == UInt8(ascii: "*")
  }

  func isSpaceOrEnd(at index: Int) -> Bool { index >= text.count || isSpace(text[index]) }

  func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39, 0x80...: true
    default: "_$-.".utf8.contains(byte)
    }
  }

  /// White space and comments.
  private mutating func skipTrivia() {
    while let byte {
      if isSpace(byte) {
        if byte == 0x0A || byte == 0x0D { crossedLineEnd = true }
        position += 1
      } else if isComment(at: position) {
        skipComment(isBlock: position + 1 < text.count && text[position + 1] == UInt8(ascii: "*"))
      } else {
        return
      }
    }
  }

  private mutating func skipComment(isBlock: Bool) {
    if isBlock && byte == UInt8(ascii: "/") {
      let end = text.firstOffset(of: Array("*/".utf8), in: position + 2..<text.count)
      position = end.map { $0 + 2 } ?? text.count
    } else {
      while let byte, byte != 0x0A, byte != 0x0D { position += 1 }
    }
  }
}
