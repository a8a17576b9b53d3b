import TestSupport
import Testing

@testable import KnowledgeBase

/// Links as people write them: what leads somewhere, what does not, and what is no link.
@Suite struct MarkdownLinksTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let dead: [String]
    var testDescription: String { text }

    init(_ text: String, dead: String...) {
      self.text = text
      self.dead = dead
    }
  }

  static let cases = [
    // Names
    Case("[[beta]] [[Beta]] [[beta.md]] [[ignore]] [[Real Title]]", dead: "ignore"),
    Case(#"| [[beta\|B]] | [[gone\|G]] |"#, dead: "gone"), Case("[[beta|B]] [[gone|G]]", dead: "gone"),
    Case("[[beta#heading]] [[beta#^block]] [[beta^block]] [[gone#heading]]", dead: "gone#heading"),
    Case("[[#heading here]] [[^block]]"), Case("[[Zweitname]] [[zweitname|Z]] [[Single Alias]]"),
    Case("[[sub/gamma]] [[gamma]] [[/sub/gamma]] [[other/gamma]]", dead: "other/gamma"),
    Case("[[./index]] [[./sub/gamma]] [[../gone]]", dead: "../gone"),
    Case("[[a note with blanks]] [[A-Note-With-Blanks]]"),
    Case("[[C#]] [[gone#]]", dead: "gone#"), Case("[[λύση]] [[cafe\u{301}]]"),
    // Embeds
    Case(
      "![[diagram.png]] ![[Diagram.PNG]] ![[files/diagram.png]] ![[diagram.png|300]] ![[gone.png]]", dead: "gone.png"),
    Case("![[beta#part]] [[report.pdf#page=3]]"),
    // Paths
    Case("[x](beta.md) [x](./beta.md) [x](sub/gamma.md) [x](gone.md)", dead: "gone.md"),
    Case("[x](<a b.png>) [x](<gone b.png>)", dead: "gone b.png"),
    Case("[x](a%20b.png) [x](gone%20b.png)", dead: "gone%20b.png"),
    Case(#"[x](beta.md "title") [x](beta.md 'title') [x](beta.md (title)) [x](gone.md "t")"#, dead: "gone.md"),
    Case("[x](wiki_(page).md) [x](gone_(page).md)", dead: "gone_(page).md"), Case(#"[x](wiki_\(page\).md)"#),
    Case("[x](beta.md#heading) [x](beta.md?plain=1) [x](gone.md#heading)", dead: "gone.md#heading"),
    Case("[x](#heading) [x](?q=1) [x]()"), Case("[x](files) [x](files/) [x](/beta.md) [x](/gone.md)", dead: "/gone.md"),
    Case("[x](beta) [x](beta.html) [x](sub/) [x](beta/)"), Case("[x]( beta.md ) [x](\nbeta.md)"),
    Case("![x](files/diagram.png) [![x](files/diagram.png)](gone.md)", dead: "gone.md"),
    Case("[x](cafe\u{301}.md) [x](café.md) [x](caf%C3%A9.md)"),
    Case("[x](mailto:a@b.c) [x](obsidian://open?x) [x](data:image/png;base64,AA) [x](tel:+1) [x](https://x.y/z.md)"),
    Case("[x](//host/x) [x](www.example.com) [x](C:\\x.md) [[https://x.y]] <https://x.y>"),
    Case("see [1](in the text) and array[0](call)", dead: "call"),
    // References
    Case("[x][one]\n\n[one]: beta.md\n[two]: <a b.png> \"t\"\n[three]: gone.md 'x'\n", dead: "gone.md"),
    Case("[^1]: gone.md\n"), Case("[note]: this is a sentence\n"),
    // HTML
    Case(#"<img src="files/diagram.png"> <a href="gone.md">x</a> <a href='#x'>x</a>"#, dead: "gone.md"),
    // Code and comments
    Case("`[[gone]]` ``[x](gone.md) ` `` <!-- [[gone]] --> %%[[gone]]%% <!--\n[x](gone.md)\n-->"),
    Case("```\n[[gone]]\n```\n~~~ md\n[x](gone.md)\n~~~\n[[beta]]"), Case("````\n```\n[[gone]]\n```\n````\n"),
    Case("text\n\n    [[gone]]\n\n    [x](gone.md)\n\nmore [[gone]]", dead: "gone"),
    Case("\tif [[ -f x ]]; then\n"), Case("- item\n\n    [[gone]] is in the item\n", dead: "gone"),
    Case("- item\n\n      code [[gone]]\n"), Case("1. one\n   ```\n   [[gone]]\n   ```\n"),
    Case("> ```\n> [[gone]]\n> ```\n"),
    Case("text\n    [[gone]] goes on\n", dead: "gone"), Case("<pre>\n[[gone]]\n</pre> <code>[[gone]]</code>"),
    Case(#"\[[gone]\] \[x](gone.md) \`[[gone]]\`"#, dead: "gone"), Case("a ` [[gone]]\n\nb ` c", dead: "gone"),
    Case("if [[ -f $x ]]; then [[1,2],[3,4]] m[[i]]", dead: "i"),
    // Tags
    Case(#"[x]({{< ref "beta.md" >}}) {{% relref "sub/gamma" %}} [x]({{< ref "gone.md" >}})"#, dead: "gone.md"),
    Case(
      "[x]({% link sub/gamma.md %}) [x]({{ site.baseurl }}{% link gone.md %}) {% post_url gone %}", dead: "gone.md",
      "gone"),
    Case(#"[x]({{ site.url }}/x) {{< figure src="y.png" >}} [x]({{< relref path="x" >}}) {% raw %}"#),
  ]

  /// `index.md` is the note that holds the links.
  private func folder() throws -> TestFolder {
    let folder = try TestFolder()
    for name in ["index", "beta", "sub/gamma", "a note with blanks", "C#", "λυ\u{301}ση", "café", "wiki_(page)"] {
      try folder.write("brain/knowledge/\(name).md", text: "Something about \(name).")
    }
    try folder.write("brain/knowledge/named.md", text: "---\ntitle: Real Title\naliases: [Zweitname, other]\n---\nx")
    try folder.write("brain/knowledge/single.md", text: "---\nalias: Single Alias\n---\ny")
    for name in ["files/diagram.png", "a b.png", "files/report.pdf"] {
      try folder.write("brain/knowledge/\(name)", [1])
    }
    return folder
  }

  @Test func deadLinksAreFoundAndNoOthers() throws {
    let folder = try folder()
    for example in Self.cases {
      try folder.write("brain/knowledge/index.md", text: example.text)
      let findings = try NoteCheck(NoteDirectory(brain: folder.file("brain"))).findings()
      let dead = findings.filter { $0.kind == "dead_link" }.map {
        $0.message.replacingSuffix(" does not lead anywhere")
      }
      #expect(dead == example.dead, "\(example.text)")
    }
  }

  @Test func theLineIsThatOfTheLink() throws {
    let folder = try folder()
    try folder.write(
      "brain/knowledge/index.md", text: "---\r\ntitle: x\r\n---\r\n```\r\n[[gone]]\r\n```\r\n\r\nsee [[gone]]\r\n")
    let findings = try NoteCheck(NoteDirectory(brain: folder.file("brain"))).findings()
    #expect(findings.map(\.line) == [8])
  }

  @Test func secretsOfAllKindsAndTheKeysInUseAreFound() throws {
    let folder = try TestFolder()
    try folder.write(
      "brain/knowledge/a.md",
      text: "one ghp_0123456789abcdefghijABCDEFGHIJ456789\ntwo\nthe key is correct-horse-battery\n")
    let check = NoteCheck(try NoteDirectory(brain: folder.file("brain")), keys: ["correct-horse-battery"])
    #expect(try check.findings().map(\.line) == [1, 3])
  }
}

extension String {
  fileprivate func replacingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
