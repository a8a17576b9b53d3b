import NDJSON
import TestSupport
import Testing

/// The public JSON test suites: what is JSON, and that it keeps its bytes in a record that changes around it.
@Suite struct JSONSuiteTests {
  @Test func acceptsAllThatIsJSONAndNothingElse() throws {
    for document in try JSONSuites.all() {
      #expect(isAccepted(document.bytes) == document.isValid, "\(document)")
    }
  }

  @Test func acceptsThemAsMembersAndElementsToo() throws {
    for document in try JSONSuites.all() {
      #expect(isAccepted(record(around: document)) == document.isValid, "\(document)")
      let array = Array("[[0,".utf8) + document.bytes + Array("]]".utf8)
      #expect(isAccepted(array) == document.isValid, "\(document)")
    }
  }

  @Test func membersThatNoOneKnowsKeepTheirBytes() throws {
    let parser = JSONParser()
    var edits = RecordEdits()
    edits.set("text", string: "new")
    edits.set("route", string: "added")
    edits.remove("id")
    for document in try JSONSuites.all() where document.isValid {
      var output: [UInt8] = []
      try record(around: document).withUnsafeBytes { edits.append(try parser.record($0), to: &output) }
      let expected = Array(#"{"x":"#.utf8) + document.bytes + Array(#","text":"new","route":"added"}"#.utf8)
      #expect(output == expected, "\(document)")
    }
  }

  private func record(around document: SuiteDocument) -> [UInt8] {
    Array(#"{"id":1,"x":"#.utf8) + document.bytes + Array(#","text":"old"}"#.utf8)
  }

  private func isAccepted(_ text: [UInt8]) -> Bool {
    text.withUnsafeBytes { bytes in (try? JSONParser().parse(bytes)) != nil }
  }
}
