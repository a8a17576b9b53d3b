import Foundation
import TestSupport
import Testing

/// The real hg-brain on real directories.
@Suite struct BrainTests {
  static func object(_ line: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
  }

  static func paths(_ result: CommandResult) throws -> [String] {
    try result.lines.map { try #require(try object($0)["path"] as? String) }
  }

  @Test func whatIsWrittenIsFoundByTheNextCommand() throws {
    let folder = try TestFolder()
    let notes = """
      {"id":1,"content":"Tag the commit, then run make release.","title":"Deploying","tags":["ops"],"type":"howto"}
      {"id":"b","content":"# Backups\\n\\nThey run at night.","filename":"../../etc/backups"}

      """
    let written = try folder.run("hg-brain", ["write"], text: notes)
    #expect(written.status == 0 && written.errors.isEmpty, "\(written)")
    #expect(written.lines.count == 2)
    #expect(written.lines[1] == #"{"id":"b","path":"knowledge/backups.md"}"#)
    let first = try #require(try Self.object(written.lines[0])["path"] as? String)
    #expect(first.hasPrefix("knowledge/deploying-") && first.hasSuffix(".md"))
    let file = try String(contentsOfFile: folder.file("data/hyperguild/brain/" + first), encoding: .utf8)
    #expect(
      file
        == "---\ntitle: \"Deploying\"\ntype: \"howto\"\ntags: [\"ops\"]\n---\nTag the commit, then run make release.\n")
    let found = try folder.run("hg-brain", ["search", "how", "do", "we", "deploy"])
    #expect(try Self.paths(found) == [first])
    #expect(try Self.object(found.lines[0])["excerpt"] as? String == "Tag the commit, then run make release.")
    #expect(try Self.paths(folder.run("hg-brain", ["search", "ops"])) == [first])
  }

  @Test func theSameNoteAgainAnswersWithItsPathAndNothingIsOverwritten() throws {
    let folder = try TestFolder()
    let write = { (record: String, arguments: [String]) in
      try folder.run("hg-brain", ["write", "--brain", "b"] + arguments, text: record + "\n")
    }
    let first = try write(#"{"content":"one","filename":"a"}"#, [])
    #expect(first.text == "{\"path\":\"knowledge/a.md\"}\n")
    #expect(try write(#"{"content":"one","filename":"other"}"#, []).text == first.text)
    #expect(try write(#"{"content":"one"}"#, []).text == first.text)
    let refused = try write(#"{"content":"two","filename":"a"}"#, [])
    #expect(refused.status == 1 && refused.text.contains(#""kind":"exists""#), "\(refused)")
    #expect(try folder.read("b/knowledge/a.md") == Array("one\n".utf8))
    #expect(try write(#"{"content":"two","filename":"a.md"}"#, ["--force"]).status == 0)
    #expect(try folder.read("b/knowledge/a.md") == Array("two\n".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("b/knowledge")) == ["a.md"])
  }

  static let badNotes = [
    #"{"content":""}"#, #"{"content":" \n"}"#, #"{"title":"no content"}"#, #"{"content":1}"#,
    #"{"content":"x","tags":"a"}"#, #"{"content":"x","tags":[1]}"#, #"{"content":"x","filename":".."}"#,
    #"{"content":"x","filename":"/"}"#, "[]",
  ]

  @Test(arguments: badNotes)
  func aRecordThatIsNoNoteIsAnErrorRecordAndTheOthersAreWritten(_ record: String) throws {
    let folder = try TestFolder()
    let result = try folder.run(
      "hg-brain", ["write"], text: record + "\n" + #"{"content":"fine","filename":"f"}"# + "\n")
    #expect(result.status == 1, "\(result)")
    #expect(result.lines.count == 2 && result.lines[0].contains(#""kind":"bad_input""#), "\(result)")
    #expect(result.lines[1] == #"{"path":"knowledge/f.md"}"#)
  }

  @Test func editsAndRemovalsByOtherProgramsAreSeen() throws {
    let folder = try TestFolder()
    let search = { (word: String) in try Self.paths(folder.run("hg-brain", ["search", word])) }
    try folder.write("brain/knowledge/a.md", text: "about koalas")
    #expect(try search("koalas") == ["knowledge/a.md"])
    try folder.write("brain/knowledge/a.md", text: "about iguana")  // as many bytes, and most likely in the same tick
    #expect(try search("koalas") == [])
    #expect(try search("iguana") == ["knowledge/a.md"])
    try folder.write("brain/knowledge/deep/er/b.markdown", text: "iguana iguana")
    #expect(try Set(search("iguana")) == ["knowledge/a.md", "knowledge/deep/er/b.markdown"])
    try FileManager.default.moveItem(
      atPath: folder.file("brain/knowledge/deep"), toPath: folder.file("brain/knowledge/d"))
    #expect(try Set(search("iguana")) == ["knowledge/a.md", "knowledge/d/er/b.markdown"])
    try FileManager.default.removeItem(atPath: folder.file("brain/knowledge/a.md"))
    #expect(try search("iguana") == ["knowledge/d/er/b.markdown"])
    #expect(!FileManager.default.fileExists(atPath: folder.file("brain/knowledge/.index")))
  }

  /// A search that says little is read by a shorter way; both ways must answer the same.
  static let searches: [(plain: [String], parsed: [String])] = [
    (["-k", "1", "deploy", "night"], ["-k=1", "deploy", "night"]),
    (
      ["deploy", "-k", "2", "--no-check", "--excerpt-bytes", "20"],
      ["--no-check", "-k=2", "--excerpt-bytes=20", "deploy"]
    ),
    (["night", "--brain", "data/hyperguild/brain", "run"], ["--brain=data/hyperguild/brain", "night", "run"]),
    (["--excerpt-bytes", "1K", "deploy OR \"night"], ["--excerpt-bytes=1K", "--", "deploy OR \"night"]),
    (["-k", "0", "deploy"], ["-k=0", "deploy"]), (["-k", "x", "deploy"], ["-k=x", "deploy"]),
    (["--brain", "none", "deploy"], ["--brain=none", "deploy"]),
    (["deploy", "--excerpt-bytes", "far"], ["deploy", "--excerpt-bytes=far"]),
  ]

  @Test(arguments: searches) func bothWaysOfReadingArgumentsAgree(_ search: (plain: [String], parsed: [String])) throws
  {
    let folder = try TestFolder()
    let notes =
      #"{"content":"Deploy at night, then go home. The rest is long.","filename":"a"}"# + "\n"
      + #"{"content":"Backups run at night.","filename":"b"}"# + "\n"
    #expect(try folder.run("hg-brain", ["write"], text: notes).status == 0)
    // So that --no-check has an index of both notes.
    #expect(try folder.run("hg-brain", ["search", "night"]).lines.count == 2)
    let plain = try folder.run("hg-brain", ["search"] + search.plain)
    let parsed = try folder.run("hg-brain", ["search"] + search.parsed)
    #expect(plain.status == parsed.status && plain.text == parsed.text, "\(plain) \(parsed)")
    #expect(plain.text.isEmpty == (plain.status != 0) && plain.errors.isEmpty == parsed.errors.isEmpty, "\(plain)")
  }

  @Test func searchIsAFilterToo() throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "# Koalas\n\nThey sleep.")
    let records = "{\"x\":1e400, \"query\":\"koalas\"}\n{\"query\":7}\n{\"query\":\"nothing like it\",\"results\":0}\n"
    let result = try folder.run("hg-brain", ["search"], text: records)
    #expect(result.status == 0, "\(result)")
    #expect(
      result.lines[0].hasPrefix(#"{"x":1e400, "query":"koalas","results":[{"path":"knowledge/a.md","title":"Koalas","#))
    #expect(result.lines[1] == #"{"query":7}"#)
    #expect(result.lines[2] == #"{"query":"nothing like it","results":[]}"#)
  }

  @Test func notesAreListedShownAndRemoved() throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "---\ntitle: A\ntags: [x]\n---\nbody\r\n")
    try folder.write("brain/knowledge/b/c.md", text: "text")
    let list = try folder.run("hg-brain", ["list"])
    #expect(try Self.paths(list) == ["knowledge/a.md", "knowledge/b/c.md"])
    #expect(
      list.lines[0].hasPrefix(#"{"path":"knowledge/a.md","title":"A","tags":["x"],"bytes":33,"modified":"20"#),
      "\(list)")
    for name in ["knowledge/a.md", "a.md", folder.file("brain/knowledge/a.md"), "brain/knowledge/a.md"] {
      #expect(try folder.run("hg-brain", ["show", name]).text == "---\ntitle: A\ntags: [x]\n---\nbody\r\n")
    }
    try folder.write("brain/secret.md", text: "outside")
    for name in ["../secret.md", "knowledge/../../secret.md", "none.md", "/etc/passwd", ""] {
      #expect(try folder.run("hg-brain", ["show", name]).status == 66)
      #expect(try folder.run("hg-brain", ["rm", name]).status == 66)
    }
    #expect(try folder.run("hg-brain", ["rm", "knowledge/b/c.md"]).status == 0)
    #expect(try Self.paths(folder.run("hg-brain", ["list"])) == ["knowledge/a.md"])
  }

  @Test func ingestingAgainReplacesWhatWasWritten() throws {
    let folder = try TestFolder()
    let long = (1...40).map { "## Part \($0)\n\n" + String(repeating: "Words about part \($0). ", count: 40) + "\n" }
      .joined()
    try folder.write("docs/long.md", text: "# Manual\n\n" + long)
    try folder.write("docs/deep/plain.txt", text: "plain koalas")
    try folder.write("docs/.hidden.md", text: "hidden")
    try folder.write("docs/image.png", text: "no text")
    let first = try folder.run("hg-brain", ["ingest", "docs", "--tag", "manual"])
    #expect(first.status == 0 && first.lines.count > 3, "\(first)")
    let again = try folder.run("hg-brain", ["ingest", folder.file("docs/")])
    #expect(try Self.paths(again) == Self.paths(first))
    #expect(try Self.paths(folder.run("hg-brain", ["search", "koalas"])).count == 1)
    #expect(try folder.run("hg-brain", ["search", "Part 33"]).lines[0].contains("Part 3"))
    try folder.write("docs/long.md", text: "# Manual\n\nShort now.")
    try FileManager.default.removeItem(atPath: folder.file("docs/deep"))
    #expect(try folder.run("hg-brain", ["ingest", "docs"]).lines.count == 1)
    #expect(try Self.paths(folder.run("hg-brain", ["list"])).count == 1)
    #expect(try folder.run("hg-brain", ["ingest", "nowhere"]).status == 66)
  }

  @Test func checkFindsWhatIsWrong() throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "---\ntitle: [\n---\nSee [b](b.md), [c](c%20d.md#x) and [[a]].\n")
    try folder.write("brain/knowledge/b.md", text: "same\n\n[gone](gone.md) and [[Nowhere]] `[code](x.md)`\n")
    try folder.write(
      "brain/knowledge/c d.md", text: "---\ntitle: other\n---\nsame\n\n[gone](gone.md) and [[Nowhere]] `[code](x.md)`")
    let key = "sk-" + "abcdefgh12345678ijkl"
    try folder.write("brain/knowledge/e.md", text: "one\nkey: \(key)\n[web](https://example.com) [mail](mailto:a@b.c)")
    let result = try folder.run("hg-brain", ["check"])
    #expect(result.status == 1)
    let found = try result.lines.map { line in
      let object = try Self.object(line)
      return "\(object["path"] ?? "") \(object["kind"] ?? "") \(object["line"] ?? "-")"
    }
    #expect(
      found == [
        "knowledge/a.md front_matter -", "knowledge/b.md dead_link 3", "knowledge/b.md dead_link 3",
        "knowledge/c d.md duplicate -", "knowledge/c d.md dead_link 6", "knowledge/c d.md dead_link 6",
        "knowledge/e.md secret 2",
      ], "\(result)")
    #expect(!result.text.contains(key))
    try FileManager.default.removeItem(atPath: folder.file("brain/knowledge"))
    try folder.write("brain/knowledge/fine.md", text: "fine")
    let clean = try folder.run("hg-brain", ["check"])
    #expect(clean.status == 0 && clean.output.isEmpty)
  }

  static let refused: [(arguments: [String], status: Int32)] = [
    (["search", "x"], 66), (["list"], 66), (["check"], 66), (["show", "x"], 66), (["search", "-k", "0", "x"], 64),
    (["context", "--query-from", ","], 64), (["write", "--filename", "x"], 64), (["frobnicate"], 64),
    (["search", "--url", "ftp://x", "y"], 64), (["search", "--url", "http://127.0.0.1:1", "y"], 69),
  ]

  @Test(arguments: refused)
  func whatCannotBeDoneIsRefused(_ wanted: (arguments: [String], status: Int32)) throws {
    let result = try TestFolder().run("hg-brain", wanted.arguments)
    #expect(result.status == wanted.status && result.output.isEmpty, "\(result)")
    #expect(result.errors.hasPrefix("hg-brain: "), "\(result)")
  }
}
