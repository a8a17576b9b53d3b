/// How far a text is the start of one JSON object: what is left of a block that was cut off.
struct JSONPrefix {
  /// What the text turned out to be.
  enum Outcome: Equatable {
    /// The object is complete and ends at this offset.
    case complete(Int)
    /// The text ended inside the object.
    case cutOff
    /// The byte at this offset cannot stand there.
    case invalid(Int)
  }

  /// How the scan ended.
  private(set) var outcome = Outcome.cutOff

  /// The complete names at the object's top level, without quotes, still escaped.
  private(set) var names: [Range<Int>] = []

  /// The name at the top level that the end of the text cut off, without its quote.
  private(set) var partialName: Range<Int>?

  private enum Expectation {
    case value, valueOrEnd, name, nameOrEnd, colon, commaOrEnd
  }

  private let text: UnsafeRawBufferPointer
  private var position: Int
  private var containers: [UInt8] = []
  private var expected = Expectation.value

  /// Scans the object that starts at `start`, which is a `{`. Linear in its length.
  init(_ text: UnsafeRawBufferPointer, from start: Int) {
    self.text = text
    position = start
    outcome = scan()
  }

  private mutating func scan() -> Outcome {
    while position < text.count {
      let byte = text[position]
      if isSpace(byte) {
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
    case (UInt8(ascii: "{"), .value), (UInt8(ascii: "{"), .valueOrEnd):
      open(byte, then: .nameOrEnd)
    case (UInt8(ascii: "["), .value), (UInt8(ascii: "["), .valueOrEnd):
      open(byte, then: .valueOrEnd)
    case (UInt8(ascii: "}"), .nameOrEnd), (UInt8(ascii: "]"), .valueOrEnd):
      close()
    case (UInt8(ascii: "}"), .commaOrEnd):
      guard containers.last == UInt8(ascii: "{") else { return false }
      close()
    case (UInt8(ascii: "]"), .commaOrEnd):
      guard containers.last == UInt8(ascii: "[") else { return false }
      close()
    case (UInt8(ascii: ","), .commaOrEnd):
      position += 1
      expected = containers.last == UInt8(ascii: "{") ? .name : .value
    case (UInt8(ascii: ":"), .colon):
      position += 1
      expected = .value
    case (UInt8(ascii: "\""), .name), (UInt8(ascii: "\""), .nameOrEnd):
      return takeName()
    case (UInt8(ascii: "\""), .value), (UInt8(ascii: "\""), .valueOrEnd):
      guard takeString() != nil else { return false }
      expected = .commaOrEnd
    case (_, .value), (_, .valueOrEnd):
      return takeWord()
    default:
      return false
    }
    return true
  }

  private mutating func open(_ bracket: UInt8, then next: Expectation) {
    containers.append(bracket)
    position += 1
    expected = next
  }

  private mutating func close() {
    containers.removeLast()
    position += 1
    expected = .commaOrEnd
  }

  private mutating func takeName() -> Bool {
    let start = position + 1
    guard let isClosed = takeString() else { return false }
    if containers.count == 1 {
      if isClosed {
        names.append(start..<position - 1)
      } else {
        partialName = start..<position
      }
    }
    expected = .colon
    return true
  }

  /// Takes a string; false when the text ends inside it, nil when a control character stands in it.
  private mutating func takeString() -> Bool? {
    var next = position + 1
    while next < text.count {
      switch text[next] {
      case UInt8(ascii: "\""):
        position = next + 1
        return true
      case UInt8(ascii: "\\"): next += 2
      case 0..<0x20: return nil
      default: next += 1
      }
    }
    position = text.count
    return false
  }

  /// Takes a number or a literal; the last one may be cut off.
  private mutating func takeWord() -> Bool {
    var end = position
    while end < text.count, isWordByte(text[end]) { end += 1 }
    let word = text[position..<end]
    let isLast = end == text.count
    let isLiteral = ["true", "false", "null"].contains { literal in
      isLast ? literal.utf8.starts(with: word) : literal.utf8.elementsEqual(word)
    }
    guard !word.isEmpty, isLiteral || looksLikeNumber(word) else { return false }
    position = end
    expected = .commaOrEnd
    return true
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private func looksLikeNumber(_ word: Slice<UnsafeRawBufferPointer>) -> Bool {
    let starts = word.first == UInt8(ascii: "-") || word.first.map { (0x30...0x39).contains($0) } == true
    return starts
      && word.allSatisfy { (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }
  }
}
