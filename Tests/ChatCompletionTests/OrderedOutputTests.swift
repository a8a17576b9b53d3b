import SystemPackage
import TestSupport
import Testing

@testable import ChatCompletion

@Suite("The order of the output")
struct OrderedOutputTests {
  /// Writes records that finish in the given order, each in two parts, and returns what came out.
  private func output(_ order: [Int], isOrdered: Bool) throws -> String {
    let folder = try TestFolder()
    let file = try FileDescriptor.open(
      folder.file("out"), .writeOnly, options: [.create], permissions: .ownerReadWrite)
    var output = OrderedOutput(file, format: .records, isOrdered: isOrdered, kind: .terminal) {}
    for _ in order { _ = output.open() }
    for number in order {
      try output.append(Array("<\(number)".utf8), for: number)
      try output.close(number, .bytes(Array(">".utf8)))
    }
    try output.flush()
    #expect(output.openCount == 0)
    #expect(output.heldBytes == 0)
    try file.close()
    return String(decoding: try folder.read("out"), as: UTF8.self)
  }

  @Test("is that of the input, however the records finish", arguments: 0..<20)
  func ordered(_ seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let order = Array(0..<(seed * 17 + 1)).shuffled(using: &generator)
    #expect(try output(order, isOrdered: true) == order.indices.map { "<\($0)>" }.joined(), "\(order)")
  }

  @Test("is that of the answers, if the user wants it")
  func unordered() throws {
    #expect(try output([2, 0, 1], isOrdered: false) == "<2><0><1>")
  }

  @Test("holds nothing of the first unfinished record back")
  func live() throws {
    let folder = try TestFolder()
    let file = try FileDescriptor.open(
      folder.file("out"), .writeOnly, options: [.create], permissions: .ownerReadWrite)
    defer { try? file.close() }
    var output = OrderedOutput(file, format: .records, isOrdered: true, kind: .terminal) {}
    let (first, second) = (output.open(), output.open())
    try output.append(Array("b".utf8), for: second)
    try output.append(Array("a".utf8), for: first)
    try output.flush()
    #expect(try folder.read("out") == Array("a".utf8))
    try output.close(first, .bytes(Array("A".utf8)))
    try output.flush()
    #expect(try folder.read("out") == Array("aAb".utf8))
  }

  @Test("counts what waits for its turn: the window is for those too")
  func count() throws {
    let file = try FileDescriptor.open("/dev/null", .writeOnly)
    defer { try? file.close() }
    var output = OrderedOutput(file, format: .records, isOrdered: true, kind: .terminal) {}
    let numbers = (0..<3).map { _ in output.open() }
    try output.close(numbers[1], .bytes([1]))
    try output.close(numbers[2], .bytes([2]))
    #expect(output.openCount == 3)
    #expect(output.heldBytes == 2)
    try output.close(numbers[0], .bytes([0]))
    #expect(output.openCount == 0)
    #expect(output.heldBytes == 0)
  }
}
