import Foundation
import NDJSON
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite("Output written in the background")
struct BackgroundOutputTests {
  private func append(_ text: String, to output: RecordOutput) throws {
    var failure: Errno?
    Array(text.utf8).withUnsafeBytes { bytes in
      do throws(Errno) { try output.append(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  @Test("is all there, in order, however often it is flushed", arguments: [1, 7, 1000])
  func order(_ flushEvery: Int) throws {
    let folder = try TestFolder()
    let path = folder.file("out")
    let file = try FileDescriptor.open(path, .writeOnly, options: [.create], permissions: [.ownerReadWrite])
    let output = RecordOutput(inBackground: file) {}
    for number in 0..<20_000 {
      try append("line \(number) \(String(repeating: "x", count: number % 300))\n", to: output)
      if number % flushEvery == 0 { try output.flush() }
    }
    try output.close()
    try file.close()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 20_000)
    #expect(lines.enumerated().allSatisfy { $1.hasPrefix("line \($0) ") })
  }

  @Test("tells of a failure, and writes nothing after it")
  func failure() throws {
    let told = Mutex(0)
    let file = try FileDescriptor.open("/dev/full", .writeOnly)
    let output = RecordOutput(inBackground: file) { told.withLock { $0 += 1 } }
    try append("line\n", to: output)
    try output.flush()
    #expect(throws: Errno.noSpace) { try output.close() }
    #expect(throws: Errno.noSpace) { try output.check() }
    #expect(told.withLock { $0 } == 1)
    try append("line\n", to: output)
    #expect(throws: Errno.noSpace) { try output.flush() }
    try file.close()
  }
}
