import Foundation
import TestSupport
import Testing

/// The public JSON test suites, through the real programs: the same bytes back, and errors as data.
@Suite struct JSONSuiteTests {
  private static let answer = #""text":"Done.\n\n```json\n{\"status\":1,\"phase\":2}\n```\n""#

  /// A line of the input for each document that is JSON: the record, and how it starts.
  private func validRecords() throws -> [(document: SuiteDocument, start: [UInt8], line: [UInt8])] {
    try JSONSuites.all().filter(\.isValid).map { document in
      // A record is one line. In what is valid, an LF is white space and nothing else.
      let value = document.bytes.map { $0 == 0x0A ? 0x20 : $0 }
      let start = Array(#"{"id":1,"x":"#.utf8) + value + Array(",".utf8)
      return (document, start, start + Array(#"\#(Self.answer),"user":"Hello"}"#.utf8))
    }
  }

  private func run(_ program: String, _ lines: [[UInt8]]) throws -> (result: CommandResult, lines: [[UInt8]]) {
    let result = try TestFolder().run(program, stdin: lines.flatMap { $0 + [0x0A] })
    return (result, result.output.split(separator: 0x0A).map(Array.init))
  }

  @Test func hgStripKeepsTheBytesOfMembersThatItDoesNotKnow() throws {
    let records = try validRecords()
    let (result, lines) = try run("hg-strip", records.map(\.line))
    #expect(result.status == 0 && lines.count == records.count, "\(result)")
    let rest = #""text":"Done.","user":"Hello","stripped":[{"status":1,"phase":2}]}"#.utf8
    for (record, line) in zip(records, lines) {
      #expect(line == record.start + rest, "\(record.document)")
    }
  }

  @Test func hgRouteKeepsTheBytesOfMembersThatItDoesNotKnow() throws {
    let records = try validRecords()
    let (result, lines) = try run("hg-route", records.map(\.line))
    #expect(result.status == 0 && lines.count == records.count, "\(result)")
    for (record, line) in zip(records, lines) {
      #expect(line.starts(with: record.line.dropLast()) && line.count > record.line.count, "\(record.document)")
    }
  }

  @Test(arguments: ["hg-strip", "hg-route"])
  func whatIsNoJSONBecomesAnErrorRecordThatHoldsTheLine(program: String) throws {
    var input: [(document: SuiteDocument, line: [UInt8])] = []
    for document in try JSONSuites.all() where !document.isValid {
      input += badLines(document).map { (document, $0) }
    }
    let (result, lines) = try run(program, input.map(\.line))
    #expect(result.status == 1 && lines.count == input.count, "\(result)")
    for (number, (bad, line)) in zip(input, lines).enumerated() {
      let record = try JSONDecoder().decode(ErrorRecord.self, from: Data(line))
      #expect(record.error.kind == "bad_input" && record.error.stage == program, "\(bad.document)")
      #expect(record.error.line == number + 1, "\(bad.document)")
      let isText = String(validating: bad.line, as: UTF8.self) != nil
      let kept = isText ? record.raw.map { Array($0.utf8) } : record.raw_base64.map { [UInt8]($0) }
      #expect(kept == bad.line, "\(bad.document)")
    }
  }

  /// A record around the document, each of its lines by itself: they are as many bad lines. Those that the loop skips,
  /// and the CR of a line end, are not there.
  private func badLines(_ document: SuiteDocument) -> [[UInt8]] {
    let record = Array(#"{"id":1,"x":"#.utf8) + document.bytes + Array("}".utf8)
    return record.split(separator: 0x0A).compactMap { part in
      let line = Array(part.last == 0x0D ? part.dropLast() : part)
      return line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } ? nil : line
    }
  }

  private struct ErrorRecord: Decodable {
    struct Cause: Decodable {
      let stage: String
      let kind: String
      let line: Int
    }
    let error: Cause
    let raw: String?
    let raw_base64: Data?
  }
}
