import Foundation
import TestSupport
import Testing

/// Servers that hang, fail or are not there cost one wait, and never a task.
@Suite struct BrainRemoteTests {
  private static let records = (1...20).map {
    #"{"id":\#($0),"user":"How do we deploy \#($0)?","query":"q\#($0)","content":"c"}"# + "\n"
  }.joined()

  @Test func aServerThatHangsCostsOneWait() throws {
    let server = try ScriptedServer { _, connection in connection.waitForEnd() }
    let folder = try TestFolder()
    let result = try folder.run("hg-brain", ["context"], text: Self.records, environment: ["BRAIN_URL": server.url])
    #expect(result.status == 0 && result.text == Self.records, "\(result)")
    #expect(server.requests.count == 1)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
  }

  @Test(arguments: ["search", "write"])
  func recordsAfterAServerThatHangsFailAtOnce(_ command: String) throws {
    let server = try ScriptedServer { _, connection in connection.waitForEnd() }
    let result = try TestFolder().run("hg-brain", [command, "--url", server.url], text: Self.records)
    #expect(result.status == 1 && result.lines.count == 20, "\(result)")
    #expect(result.lines.allSatisfy { $0.contains(#""kind":"server""#) })
    #expect(server.requests.count == 1)
  }

  @Test(arguments: [500, 502, 401, 404, 200])
  func aServerThatFailsIsNotAskedForEver(_ status: Int) throws {
    let server = try ScriptedServer { _, connection in connection.respond(status, "<html>no</html>") }
    let result = try TestFolder().run("hg-brain", ["context", "--url", server.url], text: Self.records)
    #expect(result.status == 0 && result.text == Self.records, "\(result)")
    #expect(server.requests.count <= 3 && !server.requests.isEmpty)
    #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
  }

  @Test func nobodyThereIsOneWarning() throws {
    let result = try TestFolder().run("hg-brain", ["context", "--url", "http://127.0.0.1:1"], text: Self.records)
    #expect(result.status == 0 && result.text == Self.records, "\(result)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
  }

  /// One failure among answers is no reason to stop.
  @Test func aServerThatFailsOnceIsAskedAgain() throws {
    let server = try ScriptedServer { request, connection in
      request.number % 2 == 0
        ? connection.respond(500, "{}")
        : connection.respond(200, #"{"results":[{"path":"p.md","title":"T","excerpt":"Known.","score":1e999}]}"#)
    }
    let result = try TestFolder().run("hg-brain", ["context", "--url", server.url], text: Self.records)
    #expect(result.status == 0 && server.requests.count == 20, "\(result)")
    #expect(result.lines.filter { $0.contains("Known.") }.count == 10, "\(result)")
    for line in result.lines { _ = try BrainTests.object(line) }
  }

  static let empty = ["", " ", "\\n\\t", "\\u200b\\ufeff", "\\u00ad", "\\u202e"]

  @Test func anEmptyQueryAsksNobody() throws {
    let server = try ScriptedServer { _, connection in connection.respond(200, #"{"results":[]}"#) }
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "koala")
    let environment = ["LITELLM_BASE_URL": server.url]
    let records = Self.empty.map { #"{"user":"\#($0)","query":"\#($0)"}"# + "\n" }.joined()
    for extra in [["--url", server.url], ["--embed", "m"]] {
      let context = try folder.run("hg-brain", ["context"] + extra, text: records, environment: environment)
      #expect(context.status == 0 && context.text == records && context.errors.isEmpty, "\(context)")
      let search = try folder.run("hg-brain", ["search"] + extra, text: records, environment: environment)
      #expect(search.status == 0 && search.lines.allSatisfy { $0.hasSuffix(#","results":[]}"#) }, "\(search)")
      let argument = try folder.run("hg-brain", ["search", " \u{200B}"] + extra, environment: environment)
      #expect(argument.status == 0 && argument.output.isEmpty && argument.errors.isEmpty, "\(argument)")
    }
    #expect(server.requests.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: folder.file("brain/.index")))
  }

  /// Vectors as no model should send them: a number of floats that changes, words, infinity.
  static let vectors = [
    #"{"data":[{"index":0,"embedding":[1e999,1]}]}"#, #"{"data":[{"index":0,"embedding":["a","b"]}]}"#,
    #"{"data":[{"index":0,"embedding":[null,1]}]}"#, #"{"data":[{"index":0,"embedding":[NaN,1]}]}"#,
    #"{"data":[{"index":0,"embedding":[]}]}"#, #"{"data":[{"index":-1,"embedding":[1,2]}]}"#,
    #"{"data":[{"index":9223372036854775807,"embedding":[1,2]}]}"#, #"{"data":[]}"#, #"{"data":null}"#, "[]", "",
    #"{"data":[{"index":0,"embedding":[1e38,-1e38]}]}"#, #"{"data":[{"index":0,"embedding":[0,0]}]}"#,
    #"{"data":[{"index":0,"embedding":[5e-324,1e-45]}]}"#, #"{"data":[{"index":0,"embedding":"AAAA"}]}"#,
  ]

  @Test(arguments: vectors)
  func aVectorThatIsNoneNeverEndsASearch(_ answer: String) throws {
    let server = try ScriptedServer { _, connection in connection.respond(200, answer) }
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "The koala sleeps.")
    for _ in 1...2 {
      let result = try folder.run(
        "hg-brain", ["search", "--embed", "m", "koala"], environment: ["LITELLM_BASE_URL": server.url])
      #expect(result.status == 0, "\(result)")
      #expect(try BrainTests.paths(result) == ["knowledge/a.md"], "\(result)")
    }
  }

  @Test func vectorsThatChangeTheirLengthAreNoEnd() throws {
    let server = try ScriptedServer { request, connection in
      let texts = request.text.components(separatedBy: "\",\"").count
      let vector = (0...request.number % 3).map { "\($0 + 1)" }.joined(separator: ",")
      let data = (0..<texts).map { #"{"index":\#($0),"embedding":[\#(vector)]}"# }.joined(separator: ",")
      connection.respond(200, #"{"data":[\#(data)]}"#)
    }
    let folder = try TestFolder()
    try BrainServerTests.writeNotes(folder, onTea: 5)
    for _ in 1...4 {
      let result = try folder.run(
        "hg-brain", ["search", "--embed", "m", "kitten"], environment: ["LITELLM_BASE_URL": server.url])
      #expect(result.status == 0, "\(result)")
      #expect(try BrainTests.paths(result).contains("knowledge/pet.md"), "\(result)")
    }
  }

  static let numbers: [(arguments: [String], isRefused: Bool)] = [
    (["-k", "0"], true), (["-k", "-1"], true), (["-k=-1"], true), (["-k", "9223372036854775807"], true),
    (["-k", "9223372036854775808"], true),
    (["-k", "1e30"], true), (["-k", "inf"], true), (["-k", "nan"], true), (["-k", ""], true), (["-k5"], false),
    (["-k=5"], false), (["-k", "5"], false), (["-k", "1000"], false),
  ]

  @Test(arguments: numbers)
  func countsAreTakenOrRefused(_ number: (arguments: [String], isRefused: Bool)) throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "koala")
    for command in [["search", "koala"], ["context"]] {
      let result = try folder.run("hg-brain", command + number.arguments, text: #"{"user":"koala"}"# + "\n")
      #expect(result.status == (number.isRefused ? 64 : 0), "\(result)")
    }
  }

  static let sizes = [
    "0", "1", "-1", "1e30", "9223372036854775807", "9223372036854775808", "18446744073709551616", "8EiB", "inf",
  ]

  @Test(arguments: sizes)
  func lengthsNeverEndTheProgram(_ size: String) throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "The koala sleeps. " + String(repeating: "koala", count: 500))
    for command in [["search", "koala", "--excerpt-bytes", size], ["context", "--max-bytes", size]] {
      let result = try folder.run("hg-brain", command, text: #"{"user":"koala"}"# + "\n")
      #expect(result.status == 0 || result.status == 64, "\(result)")
    }
  }
}
