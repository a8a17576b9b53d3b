import NDJSON

/// How far a text is the start of one JSON object or array: what is left of a block that was cut off.
///
/// Its grammar is RFC 8259's to the byte: where it says `complete`, a `JSONParser` accepts the value.
struct JSONPrefix {
  /// How far it goes.
  private(set) var extent = ValueExtent.cutOff

  /// The complete names at an object's top level, without quotes, still escaped.
  private(set) var names: [Range<Int>] = []

  /// The name at the top level that the end of the text cut off, without its quote.
  private(set) var partialName: Range<Int>?

  /// Where a string starts that the end of the text cut off.
  private(set) var partialString: Int?

  /// Whether the text has shown that it means JSON: by a colon behind a name, or a comma behind an element.
  private(set) var isShown = false

  private enum Expectation {
    case value, valueOrEnd, name, nameOrEnd, colon, commaOrEnd
  }

  private let text: UnsafeRawBufferPointer
  private var position: Int
  /// Where the open containers start.
  private var containers: [Int] = []
  private var expected = Expectation.value

  /// Scans the object or array that starts at `start`. Linear in its length.
  init(_ text: UnsafeRawBufferPointer, from start: Int) {
    self.text = text
    position = start
    extent = scan()
  }

  private mutating func scan() -> ValueExtent {
    while position < text.count {
      let byte = text[position]
      if isJSONSpace(byte) {
        position += 1
      } else if !step(byte) {
        return .invalid(position)
      } else if containers.isEmpty {
        return .complete(position)
      }
    }
    return .cutOff
  }

  /// Takes one token; false, and the position unchanged, when it cannot stand there.
  private mutating func step(_ byte: UInt8) -> Bool {
    switch (byte, expected) {
    case (UInt8(ascii: "{"), .value), (UInt8(ascii: "{"), .valueOrEnd): open(then: .nameOrEnd)
    case (UInt8(ascii: "["), .value), (UInt8(ascii: "["), .valueOrEnd): open(then: .valueOrEnd)
    case (UInt8(ascii: "}"), .nameOrEnd), (UInt8(ascii: "]"), .valueOrEnd): close()
    case (UInt8(ascii: "}"), .commaOrEnd):
      guard isInObject else { return false }
      close()
    case (UInt8(ascii: "]"), .commaOrEnd):
      guard !isInObject else { return false }
      close()
    case (UInt8(ascii: ","), .commaOrEnd):
      take(then: isInObject ? .name : .value)
      isShown = true
    case (UInt8(ascii: ":"), .colon):
      take(then: .value)
      isShown = true
    case (UInt8(ascii: "\""), .name), (UInt8(ascii: "\""), .nameOrEnd): return takeName()
    case (UInt8(ascii: "\""), .value), (UInt8(ascii: "\""), .valueOrEnd): return takeString(then: .commaOrEnd)
    case (_, .value), (_, .valueOrEnd):
      guard let end = endOfWord(in: text, from: position) else { return false }
      position = end
      expected = .commaOrEnd
    default: return false
    }
    return true
  }

  private var isInObject: Bool { containers.last.map { text[$0] } == UInt8(ascii: "{") }

  private mutating func take(then next: Expectation) {
    position += 1
    expected = next
  }

  private mutating func open(then next: Expectation) {
    containers.append(position)
    take(then: next)
  }

  private mutating func close() {
    containers.removeLast()
    take(then: .commaOrEnd)
  }

  private mutating func takeName() -> Bool {
    let start = position + 1
    guard takeString(then: .colon) else { return false }
    if containers.count == 1 {
      if partialString == nil {
        names.append(start..<position - 1)
      } else {
        partialName = start..<position
      }
    }
    return true
  }

  private mutating func takeString(then next: Expectation) -> Bool {
    switch stringEnd(in: text, from: position) {
    case .closed(let end): position = end
    case .cutOff:
      partialString = position
      position = text.count
    case .invalid: return false
    }
    expected = next
    return true
  }
}
