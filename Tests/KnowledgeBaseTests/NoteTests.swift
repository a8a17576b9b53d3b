import Testing

@testable import KnowledgeBase

/// Notes as people and programs write them.
@Suite struct NoteTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    let title: String
    var tags: [String] = []
    var headings: [String] = []
    var body: String

    init(_ name: String, _ text: String, title: String, tags: [String] = [], headings: [String] = [], body: String) {
      self.init(name, bytes: Array(text.utf8), title: title, tags: tags, headings: headings, body: body)
    }

    init(
      _ name: String, bytes: [UInt8], title: String, tags: [String] = [], headings: [String] = [], body: String
    ) {
      self.name = name
      self.bytes = bytes
      self.title = title
      self.tags = tags
      self.headings = headings
      self.body = body
    }

    var testDescription: String { name }
  }

  static let cases = [
    Case("front matter", "---\ntitle: A\ntags: [x, y]\n---\nbody\n", title: "A", tags: ["x", "y"], body: "body\n"),
    Case("tags in one line", "---\ntags: x, y z\n---\nb", title: "note", tags: ["x", "y", "z"], body: "b"),
    Case("first heading", "# One\n\ntext\n## Two\n", title: "One", headings: ["Two"], body: "# One\n\ntext\n## Two\n"),
    Case(
      "underlined heading", "One\n===\ntext\nTwo\n---\n", title: "One", headings: ["Two"],
      body: "One\n===\ntext\nTwo\n---\n"),
    Case("the name of the file", "just text", title: "note", body: "just text"),
    Case("no text at all", "", title: "note", body: ""),
    Case("closing marks", "# One ##\n", title: "One", body: "# One ##\n"),
    Case("a hash is no heading", "#tag\n", title: "note", body: "#tag\n"),
    Case(
      "headings in code are code", "```sh\n# comment\n```\n# Real\n", title: "Real",
      body: "```sh\n# comment\n```\n# Real\n"),
    Case(
      "a fence inside a longer fence", "````\n```\n# no\n````\n# yes\n", title: "yes",
      body: "````\n```\n# no\n````\n# yes\n"),
    Case("never closed", "---\ntitle: A\nbody", title: "note", body: "---\ntitle: A\nbody"),
    Case(
      "a rule is no front matter", "text\n---\ntitle: A\n---\n", title: "text", headings: ["title: A"],
      body: "text\n---\ntitle: A\n---\n"),
    Case("closed by dots", "---\ntitle: A\n...\nbody", title: "A", body: "body"),
    Case("empty front matter", "---\n---\nbody", title: "note", body: "body"),
    Case(
      "broken front matter is text, and its title counts", "---\ntitle: a: b\ntags: [x\n---\nbody\n", title: "a: b",
      tags: ["x"], body: "---\ntitle: a: b\ntags: [x\n---\nbody\n"),
    Case("front matter that is a list", "---\n- a\n---\nb", title: "note", body: "---\n- a\n---\nb"),
    Case("CRLF", "---\r\ntitle: A\r\n---\r\nx\r\ny\r\n", title: "A", body: "x\ny\n"),
    Case("a lone CR", "# A\rtext", title: "A", body: "# A\ntext"),
    Case("a byte order mark", "\u{FEFF}---\ntitle: A\n---\nb", title: "A", body: "b"),
    Case("a title that is a number", "---\ntitle: 2024\n---\n", title: "2024", body: ""),
    Case("Latin-1", bytes: Array("# Caf".utf8) + [0xE9], title: "Café", body: "# Café"),
    Case("Windows-1252", bytes: [0x93] + Array("x".utf8) + [0x94, 0x80], title: "note", body: "“x”€"),
    Case("UTF-8 with one broken byte", bytes: Array("é ü ö ".utf8) + [0xFF], title: "note", body: "é ü ö \u{FFFD}"),
    Case("UTF-16, little end first", bytes: [0xFF, 0xFE, 0x23, 0, 0x20, 0, 0xE9, 0], title: "é", body: "# é"),
    Case("UTF-16, big end first", bytes: [0xFE, 0xFF, 0, 0x23, 0, 0x20, 0, 0xE9], title: "é", body: "# é"),
    Case("UTF-16, cut in the middle", bytes: [0xFF, 0xFE, 0x41, 0, 0x42], title: "note", body: "A"),
    Case("zero bytes", bytes: [0x41, 0, 0x42], title: "note", body: "A\0B"),
  ]

  @Test(arguments: cases)
  func isRead(_ wanted: Case) {
    let note = Note(wanted.bytes, path: "a/note.md")
    #expect(note.title == wanted.title)
    #expect(note.frontMatter.tags == wanted.tags)
    #expect(note.headings.map { String(decoding: note.text[$0], as: UTF8.self) } == wanted.headings)
    #expect(String(decoding: note.text[note.body], as: UTF8.self) == wanted.body)
  }

  @Test func aLongNoteIsCutIntoPiecesThatAreTheWhole() {
    var text = ""
    for section in 0..<200 {
      text += "## Section \(section)\n\n" + String(repeating: "Sätze über Öl und Wörter. ", count: 20) + "\n\n"
    }
    for long in [text, String(repeating: "x", count: 100_000), String(repeating: "語", count: 50_000)] {
      let note = Note(Array(long.utf8), path: "n.md")
      let pieces = note.pieces
      #expect(pieces.count > 1)
      #expect(pieces.allSatisfy { !$0.isEmpty && $0.count <= 16 << 10 })
      #expect(pieces.flatMap { note.text[$0] } == note.text)
      #expect(pieces.allSatisfy { String(validating: note.text[$0], as: UTF8.self) != nil })
    }
  }

  @Test func piecesBeginAtHeadings() {
    let text = (0..<100).map { "## Section \($0)\n\n" + String(repeating: "Words. ", count: 100) + "\n" }.joined()
    let note = Note(Array(text.utf8), path: "n.md")
    #expect(note.pieces.dropFirst().allSatisfy { note.text[$0].starts(with: Array("## ".utf8)) })
  }
}
