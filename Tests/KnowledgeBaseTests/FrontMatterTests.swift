import TestSupport
import Testing

@testable import KnowledgeBase

/// A head is a head, whoever wrote it: for the index, for `list` and `check`, for `ingest` and for `write`.
@Suite struct FrontMatterTests {
  static let heads: [(name: String, text: String)] = [
    ("plain", "---\ntitle: Maps\ntags: [a, b]\ntype: howto\n---\nbody\n"),
    ("CRLF", "---\r\ntitle: Maps\r\ntags: [a, b]\r\ntype: howto\r\n---\r\nbody\r\n"),
    ("a byte order mark", "\u{FEFF}---\ntitle: Maps\ntags: [a, b]\ntype: howto\n---\nbody\n"),
    ("a byte order mark and CRLF", "\u{FEFF}---\r\ntitle: Maps\r\ntags: [a, b]\r\ntype: howto\r\n---\r\nbody\r\n"),
    ("quoted keys", "---\n\"title\": Maps\n'tags': [a, b]\n\"type\": howto\n---\nbody\n"),
    ("capital keys", "---\nTITLE: Maps\nTags: [a, b]\nType: howto\n---\nbody\n"),
    ("quoted capital keys", "---\n\"Title\": Maps\n\"Tags\":\n  - a\n  - b\n\"Type\": \"howto\"\n---\nbody\n"),
    ("blanks behind the lines", "---  \ntitle: Maps\ntags: [a, b]\ntype: howto\n--- \t\nbody\n"),
    ("ended by dots", "---\ntitle: Maps\ntags: [a, b]\ntype: howto\n...\nbody\n"),
    ("dots with blanks and CRLF", "---\r\ntitle: Maps\r\ntags: a b\r\ntype: howto\r\n... \r\nbody\r\n"),
    ("blanks before the colon", "---\ntitle : Maps\ntags : a, b\ntype : howto\n---\nbody\n"),
    ("capital keys that are not YAML", "---\n\"Title\": Maps\nTags: [a, b]\nType: howto\nx: [\n---\nbody\n"),
  ]

  @Test(arguments: heads)
  func isReadByAll(_ head: (name: String, text: String)) throws {
    for note in [FrontMatter(Array(head.text.utf8)), Note(Array(head.text.utf8), path: "n.md").frontMatter] {
      #expect(note.title == "Maps" && note.tags == ["a", "b"] && note.type == "howto")
    }
    let folder = try TestFolder()
    try folder.write("source/n.md", text: head.text)
    let ingested = try folder.shell(
      """
      hg-brain ingest --brain one source > /dev/null
      hg-brain list --brain one | jq -c '[.title, .tags, .type]'
      jq -Rsc '{content: .}' source/n.md | hg-brain write --brain two | jq -r .path | cut -c1-15
      hg-brain list --brain two | jq -c '[.title, .tags, .type]'
      """)
    let wanted = #"["Maps",["a","b"],"howto"]"#
    #expect(ingested.lines.first == wanted && ingested.lines.last == wanted, "\(ingested)")
    #expect(ingested.lines[1] == "knowledge/maps-", "\(ingested)")
  }

  /// What is said in front of a head that says the same takes its place, however the head is written.
  @Test(arguments: heads.filter { !$0.name.contains("not YAML") })
  func whatIsSaidTakesThePlaceOfWhatTheHeadSays(_ head: (name: String, text: String)) throws {
    let file = NoteDraft(content: head.text, title: "Roads", tags: ["c"]).file
    let note = Note(file, path: "n.md")
    #expect(note.frontMatter.title == "Roads" && note.frontMatter.tags == ["c"] && note.frontMatter.type == "howto")
    #expect(note.frontMatter.problem == nil, "\(String(decoding: file, as: UTF8.self))")
    #expect(String(decoding: note.text[note.body], as: UTF8.self) == "body\n")
  }
}
