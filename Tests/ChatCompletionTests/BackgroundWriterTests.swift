import Foundation
import NDJSON
import Platform
import Servers
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ChatCompletion

@Suite("Output written in the background")
struct BackgroundWriterTests {
  private func open(_ path: String) throws -> FileDescriptor {
    try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: [.ownerReadWrite])
  }

  private func answered(_ number: Int) throws -> InFlightRecord {
    let line = Array("{\"id\":\(number)}".utf8)
    let body = Array("{\"choices\":[{\"message\":{\"content\":\"answer \(number)\"}}]}".utf8)
    let answer = try body.withUnsafeBytes { bytes in ChatAnswer(try JSONParser().record(bytes)) }
    let record = InFlightRecord(
      number: number, lineNumber: number + 1, line: line, placeToAdd: line.count - 1,
      request: ChatRequest(
        models: ["m"], id: [], streams: false, identity: HTTPBody(line), modelPlace: 0..<0, transport: []))
    record.end(AttemptOutcome(result: .success(answer), model: "m"), at: .now)
    return record
  }

  @Test("is all there, in order, however often it is handed over", arguments: [1, 7, 1000])
  func order(_ flushEvery: Int) throws {
    let folder = try TestFolder()
    let path = folder.file("out")
    let file = try open(path)
    let writer = try #require(BackgroundWriter(file, format: .records) {})
    var parts = OutputBatch()
    for number in 0..<20_000 {
      if number % 3 == 0 {
        parts.append(.record(try answered(number)))
      } else {
        let filling = String(repeating: "x", count: number % 300)
        parts.append(.bytes(Array("{\"id\":\(number),\"x\":\"\(filling)\"}\n".utf8)))
      }
      if number % flushEvery == 0 {
        _ = try writer.write(&parts)
        #expect(parts.isEmpty && parts.size == 0)
      }
    }
    _ = try writer.write(&parts)
    try writer.close()
    try file.close()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 20_000)
    for (number, line) in lines.enumerated() {
      let text = number % 3 == 0 ? "\"text\":\"answer \(number)\"" : "\"x\":\""
      guard line.hasPrefix("{\"id\":\(number),\(text)") else {
        Issue.record("line \(number) is \(line)")
        break
      }
    }
  }

  @Test("tells of a failure, and writes nothing after it")
  func failure() throws {
    let told = Mutex(0)
    let file = try FileDescriptor.open("/dev/full", .writeOnly)
    let writer = try #require(BackgroundWriter(file, format: .records) { told.withLock { $0 += 1 } })
    var parts = OutputBatch()
    parts.append(.record(try answered(0)))
    _ = try writer.write(&parts)
    #expect(throws: Errno.noSpace) { try writer.close() }
    #expect(throws: Errno.noSpace) { _ = try writer.check() }
    #expect(told.withLock { $0 } == 1)
    parts.append(.bytes(Array("line\n".utf8)))
    #expect(throws: Errno.noSpace) { _ = try writer.write(&parts) }
    try file.close()
  }

  @Test("says what is not written yet, and when more is")
  func progress() throws {
    let woken = Mutex(0)
    let (readEnd, writeEnd) = try FileDescriptor.pipe()
    let writer = try #require(BackgroundWriter(writeEnd, format: .records) { woken.withLock { $0 += 1 } })
    var parts = OutputBatch()
    // More than a pipe takes: nobody reads yet.
    for number in 0..<4000 { parts.append(.record(try answered(number))) }
    #expect(try writer.write(&parts) == 4000)
    #expect(try writer.check() == 4000)
    #expect(writer.awaitProgress())
    #expect(woken.withLock { $0 } == 0)
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var lines = 0
    while lines < 4000 {
      let count = try bytes.withUnsafeMutableBytes { try readEnd.read(into: $0) }
      lines += bytes[..<count].count { $0 == 0x0A }
    }
    try writer.close()
    #expect(try writer.check() == 0)
    #expect(!writer.awaitProgress())
    #expect(woken.withLock { $0 } == 1)
    try readEnd.close()
    try writeEnd.close()
  }

  @Test("gives the owner back what is written, and keeps nothing at the end")
  func memory() throws {
    let folder = try TestFolder()
    let file = try open(folder.file("out"))
    weak var record: InFlightRecord?
    do {
      let writer = try #require(BackgroundWriter(file, format: .text) {})
      var parts = OutputBatch()
      for number in 0..<100 {
        let ended = try answered(number)
        record = ended
        parts.append(.record(ended))
        _ = try writer.write(&parts)
      }
      try writer.close()
    }
    #expect(record == nil)
    try file.close()
    #expect(String(decoding: try folder.read("out"), as: UTF8.self).hasSuffix("answer 98\nanswer 99\n"))
  }
}
