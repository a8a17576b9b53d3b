import SystemPackage
import TestSupport
import Testing

@testable import ChatCompletion

@Suite("What an earlier run answered")
struct ResumeFileTests {
  static let hash = String(repeating: "0a", count: 32)

  private func file(_ text: String) throws -> (folder: TestFolder, file: ResumeFile) {
    let folder = try TestFolder()
    try folder.write("out", text: text)
    return (folder, try ResumeFile(FilePath(folder.file("out"))))
  }

  private func takes(_ index: inout ResumeIndex, _ id: String) -> Bool {
    index.takeAnswer(hash: Array(Self.hash.utf8), id: Array(id.utf8))
  }

  @Test("is known by request and id, once for each time")
  func index() throws {
    let answer = #"{"id":1,"text":"t","request_hash":"\#(Self.hash)"}"#
    var index = try file("\(answer)\n\(answer)\nnot JSON\n{\"id\":1,\"delta\":\"x\"}\n").file.index
    let found = ["2", "\"1\"", "1", "1", "1"].map { takes(&index, $0) }
    #expect(found == [false, false, true, true, false])
  }

  @Test("tells many answers apart, each as often as it was given")
  func many() throws {
    let lines = (0..<100_000).map { number in
      #"{"id":\#(number % 50_000),"text":"t","request_hash":"\#(Self.hash)"}"# + "\n"
    }
    var index = try file(lines.joined()).file.takeIndex()
    var found = 0
    for _ in 0..<3 { for number in 0..<60_000 where takes(&index, "\(number)") { found += 1 } }
    #expect(found == 100_000)
  }

  /// Lines that answer nothing.
  static let failures = [
    #"{"id":1,"request_hash":"\#(hash)","error":{"kind":"timeout"}}"#,
    #"{"id":1,"text":"t"}"#,
    #"{"id":"batch_req_\#(hash)","custom_id":1,"response":{"status_code":400,"body":{}},"error":null}"#,
    #"{"id":"batch_req_\#(hash)","custom_id":1,"response":null,"error":{"code":"x"}}"#,
    #"{"id":"other_\#(hash)","custom_id":1,"response":{"status_code":200,"body":{}},"error":null}"#,
  ]

  @Test("does not hold what failed", arguments: failures)
  func holdsNoFailure(_ line: String) throws {
    var index = try file(line + "\n" + Self.other + "\n").file.index
    let isKnown = takes(&index, "1")
    #expect(!isKnown)
  }

  @Test("is read from Batch lines too")
  func batch() throws {
    let line =
      #"{"id":"batch_req_\#(Self.hash)","custom_id":"c","response":{"status_code":200,"body":{}},"error":null}"#
    var index = try file(line + "\n").file.index
    let isKnown = takes(&index, "\"c\"")
    #expect(isKnown)
  }

  @Test("knows records that went through with their error")
  func passed() throws {
    let line = #"{"id":1,"error":{"stage":"hg-route","kind":"k"}}"#
    var index = try file(line + "\n").file.index
    let bytes = Array(line.utf8)
    let isKnown = bytes.withUnsafeBytes { index.takePassed($0) }
    let isStillKnown = bytes.withUnsafeBytes { index.takePassed($0) }
    #expect(isKnown && !isStillKnown)
  }

  static let other = #"{"id":2,"text":"t","request_hash":"\#(hash)"}"#
  static let whole = #"{"id":1,"text":"t","request_hash":"\#(hash)"}"#
  static let long = "{\"a\":\"" + String(repeating: "x", count: 200_000) + "\"}"

  /// A file as a kill left it, and as it is to be continued.
  static let torn: [(String, String)] = [
    ("", ""), ("\n", "\n"), (whole + "\n", whole + "\n"), (whole, whole + "\n"),
    ("{}\n" + whole, "{}\n" + whole + "\n"), (whole + "\n{\"id\":", whole + "\n"), (whole + "\n\n{", whole + "\n\n"),
    (other + "\n" + long.dropLast(), other + "\n"), (other + "\n" + long, other + "\n" + long + "\n"),
    (#"{"id":1,"text":"t","duration_ms":4,"reque"#, ""),
  ]

  /// Files that nobody may touch: somebody's only copy of something.
  static let foreign = [
    "my only copy", "my only copy\n", "sk-key-1234\n", "{\"id\":", "{\"mine\":1}", "{\"mine\":1}\n", "{}\n{\"id\":",
    #"{"id":1,"custom_id":"a","response":"gold"}"# + "\n", #"{"request_hash":"abc"}"# + "\n", "\u{0}\u{1}\u{2}",
    "[1,2]\n", #"{"error":{"stage":"theirs"}}"# + "\n", whole + "\nmy only copy", whole + "\n[1,",
  ]

  @Test("is refused and stays as it is when it is not a run's", arguments: foreign)
  func aForeignFileIsLeftAlone(_ text: String) throws {
    let folder = try TestFolder()
    try folder.write("out", text: text)
    #expect(throws: ResumeFile.Failure.self) { try ResumeFile(FilePath(folder.file("out"))) }
    #expect(try folder.read("out") == Array(text.utf8))
  }

  @Test("is used by one run at a time")
  func lock() throws {
    let (folder, first) = try file(Self.whole + "\n")
    #expect(throws: ResumeFile.Failure.inUse) { try ResumeFile(FilePath(folder.file("out"))) }
    withExtendedLifetime(first) {}
  }

  @Test("is repaired at its end", arguments: torn)
  func repair(_ before: String, _ after: String) throws {
    let (folder, file) = try file(before)
    #expect(try folder.read("out") == Array(after.utf8))
    var index = file.index
    let isKnown = takes(&index, "1")
    #expect(isKnown == after.contains(Self.whole))
  }

  @Test("is nothing when there is no file, and an error when it is not one")
  func missing() throws {
    let folder = try TestFolder()
    var index = try ResumeFile(FilePath(folder.file("none"))).index
    let isKnown = takes(&index, "1")
    #expect(!isKnown)
    #expect(throws: ResumeFile.Failure.notRegular) { try ResumeFile(FilePath(folder.path)) }
  }
}
