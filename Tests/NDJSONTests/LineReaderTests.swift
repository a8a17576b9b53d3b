import NDJSON
import Platform
import SystemPackage
import TestSupport
import Testing

/// Lines out of whatever pieces the system delivers.
@Suite struct LineReaderTests {
  /// A line as a test sees it: its number, its text (nil when it was too long) and its length.
  struct Line: Equatable, Sendable {
    var number: Int
    var text: String?
    var count: Int
    init(_ number: Int, _ text: String?, _ count: Int? = nil) {
      self.number = number
      self.text = text
      self.count = count ?? text?.utf8.count ?? 0
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let input: [UInt8]
    let lines: [Line]
    var testDescription: String { name }
    init(_ name: String, _ input: String, _ lines: [Line]) {
      self.init(name, bytes: Array(input.utf8), lines)
    }
    init(_ name: String, bytes: [UInt8], _ lines: [Line]) {
      self.name = name
      self.input = bytes
      self.lines = lines
    }
  }

  /// The longest line these readers keep.
  static let maximum = 10

  static let cases: [Case] = [
    Case("nothing", "", []),
    Case("one line", "a\n", [Line(1, "a")]),
    Case("no last line end", "a\nb", [Line(1, "a"), Line(2, "b")]),
    Case("CRLF", "a\r\nb\r\n", [Line(1, "a"), Line(2, "b")]),
    Case("CRLF, the last one cut", "a\r\nb\r", [Line(1, "a"), Line(2, "b")]),
    Case("a CR inside stays", "a\rb\n", [Line(1, "a\rb")]),
    Case("only one CR belongs to the line end", "a\r\r\n", [Line(1, "a\r")]),
    Case("blank lines count and are skipped", "\n \t\r\na\n\nb", [Line(3, "a"), Line(5, "b")]),
    Case("as long as allowed", "0123456789\nb", [Line(1, "0123456789"), Line(2, "b")]),
    Case("as long as allowed, CRLF", "0123456789\r\nb", [Line(1, "0123456789"), Line(2, "b")]),
    Case("as long as allowed, at the end", "0123456789", [Line(1, "0123456789")]),
    Case("one byte too long", "01234567890\nb", [Line(1, nil, 11), Line(2, "b")]),
    Case("one byte too long, CRLF", "01234567890\r\nb", [Line(1, nil, 11), Line(2, "b")]),
    Case("one byte too long, at the end", "b\n01234567890", [Line(1, "b"), Line(2, nil, 11)]),
    Case(
      "far too long", "a\n" + String(repeating: "x", count: 999) + "\r\nb\n",
      [Line(1, "a"), Line(2, nil, 999), Line(3, "b")]),
    Case("CRs in a line that is too long", String(repeating: "\r", count: 40) + "\n", [Line(1, nil, 39)]),
    Case("byte-order mark", "\u{FEFF}a\n\u{FEFF}b\n", [Line(1, "a"), Line(2, "\u{FEFF}b")]),
    Case("one byte-order mark only", "\u{FEFF}\u{FEFF}a\n", [Line(1, "\u{FEFF}a")]),
    Case("byte-order mark and nothing", "\u{FEFF}", []),
    Case("a cut byte-order mark is not one", bytes: [0xEF, 0xBB], [Line(1, "\u{FFFD}", 2)]),
    Case("half a mark, then a line", bytes: [0xEF, 0xBB, 0x0A, 0x61], [Line(1, "\u{FFFD}", 2), Line(2, "a")]),
    Case("zero bytes", bytes: [0x00, 0x0A, 0x61], [Line(1, "\u{0}"), Line(2, "a")]),
  ]

  @Test(arguments: cases)
  func readsInAnyPieces(test: Case) throws {
    for size in [1, 2, 3, 5, 7, 64] {
      for bufferSize in [2, 3, 16, 4096] {
        let lines = try read(test.input, pieces: size, bufferSize: bufferSize)
        #expect(lines == test.lines, "pieces of \(size), buffer of \(bufferSize)")
      }
    }
  }

  @Test(arguments: cases)
  func severalReadersInTurnReadWhatOneDoes(test: Case) throws {
    for bufferSize in [2, 3, 4, 5, 7, 16, 64, 4096] {
      let lines = try readInTurn(test.input, bufferSize: bufferSize)
      #expect(lines == test.lines, "buffer of \(bufferSize)")
    }
  }

  @Test func generatedInputsSplitAsAModelSays() throws {
    for seed in 0..<400 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let pieces = ["a", "bc", "\r", "\n", "\r\n", " ", "0123456789", "é"]
      let input = Array((0..<generator.below(60)).map { _ in generator.pick(pieces) }.joined().utf8)
      let lines = try read(input, pieces: 1 + generator.below(20), bufferSize: 2 + generator.below(40))
      #expect(lines == Self.model(input), "seed \(seed)")
      let inTurn = try readInTurn(input, bufferSize: 2 + generator.below(40))
      #expect(inTurn == Self.model(input), "seed \(seed)")
    }
  }

  private static func model(_ input: [UInt8]) -> [Line] {
    var parts = input.split(separator: 0x0A, omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    return parts.enumerated().compactMap { index, part in
      let line = part.last == 0x0D ? part.dropLast() : part
      guard line.count <= maximum else { return Line(index + 1, nil, line.count) }
      let isBlank = line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
      return isBlank ? nil : Line(index + 1, String(decoding: line, as: UTF8.self), line.count)
    }
  }

  /// Lets three readers read on from each other.
  private func readInTurn(_ input: [UInt8], bufferSize: Int) throws -> [Line] {
    let pipe = try FileDescriptor.pipe()
    defer { try? pipe.readEnd.close() }
    try pipe.writeEnd.writeAll(input)
    try pipe.writeEnd.close()
    let readers = (0..<3).map { _ in
      LineReader(pipe.readEnd, maximum: Self.maximum, bufferSize: bufferSize)
    }
    var place = LineReader.Checkpoint()
    var lines: [Line] = []
    var turn = 0
    while !place.isAtEnd {
      let reader = readers[turn % 3]
      try reader.fill(from: &place)
      while let line = reader.next() {
        lines.append(Line(line.number, line.bytes.map { String(decoding: $0, as: UTF8.self) }, line.count))
      }
      turn += 1
    }
    return lines
  }

  /// Writes into a pipe piece by piece and fills the reader after each one.
  private func read(_ input: [UInt8], pieces: Int, bufferSize: Int) throws -> [Line] {
    let pipe = try FileDescriptor.pipe()
    defer { try? pipe.readEnd.close() }
    let reader = LineReader(pipe.readEnd, maximum: Self.maximum, bufferSize: bufferSize)
    var lines: [Line] = []
    func take() {
      while let line = reader.next() {
        lines.append(Line(line.number, line.bytes.map { String(decoding: $0, as: UTF8.self) }, line.count))
      }
    }
    for start in stride(from: 0, to: input.count, by: pieces) {
      try pipe.writeEnd.writeAll(input[start..<min(input.count, start + pieces)])
      while isReadable(pipe.readEnd) {
        _ = try reader.fill()
        take()
      }
    }
    try pipe.writeEnd.close()
    while try reader.fill() { take() }
    take()
    return lines
  }
}
