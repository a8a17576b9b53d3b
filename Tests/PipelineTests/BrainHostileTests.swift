import Foundation
import TestSupport
import Testing

/// Notes, names and queries that no one planned for.
@Suite struct BrainHostileTests {
  static let queries: [String] = [
    "", " ", "\"", "'", "\"koala", "koala\"", "koala*", "* koala", "koala AND", "NOT koala", "koala OR", "NEAR(koala)",
    "title:koala",
    "(koala", "koala)", "^koala", "{koala}", "koala -x", "koala; DROP TABLE note", "koala%_", "\u{1}koala",
    "koala\u{0}",
    "koala\nkoala\r\t", "🐨 koala", "\\koala\\", "koala — “quoted”", "' OR 1=1 --", "koala\u{202E}", "the koala of the",
    String(repeating: "(", count: 5_000) + "koala", String(repeating: "koala \"x\" ", count: 10_000),
    (0..<20_000).map { "w\($0)" }.joined(separator: " ") + " koala koala",
  ]

  @Test func anyTextIsAQuery() throws {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "# Animals\n\nThe koala sleeps.")
    try folder.write("brain/knowledge/b.md", text: "Something else entirely.")
    let records = try Self.queries.map { query in
      String(decoding: try JSONSerialization.data(withJSONObject: ["query": query]), as: UTF8.self) + "\n"
    }.joined()
    let result = try folder.run("hg-brain", ["search", "--excerpt-bytes", "40"], text: records)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    for (query, line) in zip(Self.queries, result.lines) {
      let found = try #require(try BrainTests.object(line)["results"] as? [[String: Any]])
      let paths = found.compactMap { $0["path"] as? String }
      #expect(paths.contains("knowledge/a.md") == query.contains("koala"), "\(query.prefix(80))")
    }
    let argument = try folder.run("hg-brain", ["search", "--", "-koala\"", "--x"])
    #expect(try BrainTests.paths(argument) == ["knowledge/a.md"])
  }

  static let scripts: [(note: String, query: String)] = [
    ("東京都の交通機関について説明する文書です。", "交通機関"), ("東京都の交通機関", "交通"), ("犬と猫", "猫"),
    ("人工智能的发展历史", "智能"), ("데이터베이스 백업 절차", "백업"), ("カタカナのテスト", "テスト"),
    ("การสำรองข้อมูล", "ข้อมูล"), ("Документы о развёртывании", "ДОКУМЕНТЫ"), ("Ελληνικά κείμενα", "ελληνικά"),
    ("naïve café", "NAIVE cafe"), ("Straße und Öl", "straße"), ("نسخ احتياطي للبيانات", "احتياطي"),
    ("emoji 🎉 party", "🎉 party"),
  ]

  @Test(arguments: scripts)
  func everyScriptFindsItsNotes(_ pair: (note: String, query: String)) throws {
    let folder = try TestFolder()
    for (number, other) in Self.scripts.enumerated() where other.note != pair.note && !other.note.contains("交通") {
      try folder.write("brain/knowledge/other\(number).md", text: other.note)
    }
    try folder.write("brain/knowledge/wanted.md", text: pair.note)
    let found = try BrainTests.paths(folder.run("hg-brain", ["search", pair.query, "-k", "1"]))
    #expect(found == ["knowledge/wanted.md"])
  }

  @Test func filesOfEveryKindAreReadOrPassedOver() throws {
    let folder = try TestFolder()
    let cases: [(name: String, bytes: [UInt8])] = [
      ("empty.md", []), ("latin1.md", Array("koala caf".utf8) + [0xE9]),
      ("bom.md", [0xEF, 0xBB, 0xBF] + Array("koala".utf8)),
      ("utf16.md", [0xFF, 0xFE] + Array("koala".utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }),
      ("binary.md", (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 7) }),
      ("yaml.md", Array("---\ntitle: [\nkoala".utf8)),
      ("bomb.md", Array("---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\ntitle: koala\n---\n".utf8)),
      ("a name with spaces.md", Array("koala".utf8)), ("new\nline.md", Array("koala".utf8)),
      ("quote\".md", Array("koala".utf8)),
      ("日本語.md", Array("koala".utf8)), ("UPPER.MD", Array("koala".utf8)), ("-dash.md", Array("koala".utf8)),
      ("one-line.md", Array(String(repeating: "koala ", count: 200_000).utf8)), ("not-a-note.txt", Array("koala".utf8)),
      (".hidden.md", Array("koala".utf8)), (".git/config.md", Array("koala".utf8)),
    ]
    for note in cases { try folder.write("brain/knowledge/" + note.name, note.bytes) }
    let result = try folder.run("hg-brain", ["search", "koala", "-k", "50"])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let wanted = cases.map(\.name).filter {
      !["empty.md", "binary.md", "not-a-note.txt", ".hidden.md", ".git/config.md"].contains($0)
    }
    #expect(try Set(BrainTests.paths(result)) == Set(wanted.map { "knowledge/" + $0 }))
    for line in result.lines { #expect((try BrainTests.object(line)["excerpt"] as? String ?? "").utf8.count <= 400) }
    for path in try BrainTests.paths(result) {
      let shown = try folder.run("hg-brain", ["show", "--", path])
      #expect(shown.status == 0 && !shown.output.isEmpty, "\(path)")
    }
  }

  @Test func linksInsideAreFollowedOnceAndLinksOutsideAreNot() throws {
    let folder = try TestFolder()
    try folder.write("outside.md", text: "koala outside")
    try folder.write("out/side.md", text: "koala outside")
    try folder.write("brain/knowledge/real.md", text: "koala inside")
    try folder.write("brain/knowledge/sub/data.txt", text: "koala text")
    let made = try folder.shell(
      """
      cd brain/knowledge
      ln -s real.md alias.md && ln -s ../../outside.md out.md && ln -s ../../out out && ln -s . loop && ln -s loop.md loop.md
      ln -s sub/data.txt text.md && ln -s sub/data.txt text2.md && ln -s /dev/zero zero.md && mkfifo pipe.md && ln -s nowhere.md dead.md
      """)
    try #require(made.status == 0, "\(made)")
    let found = try BrainTests.paths(folder.run("hg-brain", ["search", "koala"]))
    #expect(Set(found) == ["knowledge/real.md", "knowledge/text.md"])
    #expect(try folder.run("hg-brain", ["show", "out.md"]).status == 66)
    #expect(try folder.run("hg-brain", ["rm", "out.md"]).status == 66)
    #expect(FileManager.default.fileExists(atPath: folder.file("outside.md")))
  }

  @Test func aNoteThatIsVeryLongIsFoundByItsPassage() throws {
    let folder = try TestFolder()
    var text = "# Log\n\n"
    for day in 0..<12_000 { text += "On day \(day) nothing happened, and it was written down at length.\n\n" }
    text += "The kraken was seen off the coast.\n\n"
    for day in 0..<12_000 { text += "On day \(day) nothing happened again, and nobody wondered.\n\n" }
    try folder.write("brain/knowledge/log.md", text: text)
    try folder.write("brain/knowledge/short.md", text: "Krakens do not exist.")
    let result = try folder.run("hg-brain", ["search", "kraken", "--excerpt-bytes", "120"])
    let excerpts = try result.lines.compactMap { try BrainTests.object($0)["excerpt"] as? String }
    #expect(excerpts.count == 2 && excerpts.contains { $0.contains("The kraken was seen off the coast.") }, "\(result)")
  }
}
