import TestSupport
import Testing

@testable import KnowledgeBase

/// What becomes of the front matter that a content brings along.
@Suite struct NoteDraftTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let draft: NoteDraft
    let file: String
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "no head, nothing said", draft: NoteDraft(content: "body"), file: "body\n"),
    Case(
      name: "a title", draft: NoteDraft(content: "body\n", title: "T: \"x\""),
      file: "---\ntitle: \"T: \\\"x\\\"\"\n---\nbody\n"),
    Case(
      name: "a head of its own stays as it is",
      draft: NoteDraft(content: "---\ntitle: Maps\nurl: 'x'\n---\nbody\n"),
      file: "---\ntitle: Maps\nurl: 'x'\n---\nbody\n"),
    Case(
      name: "what is said takes the place of what the head says",
      draft: NoteDraft(content: "---\ntitle: A\ntags:\n- q\n- r\nurl: x\n---\nbody", title: "B", tags: ["z"]),
      file: "---\ntitle: \"B\"\ntags: [\"z\"]\nurl: x\n---\nbody\n"),
    Case(
      name: "a thematic break is no head", draft: NoteDraft(content: "---\nplain\n"), file: "---\n---\n---\nplain\n"),
    Case(
      name: "a head that is not YAML is text", draft: NoteDraft(content: "---\n: [\n---\nbody\n", title: "T"),
      file: "---\ntitle: \"T\"\n---\n---\n: [\n---\nbody\n"),
  ]

  @Test(arguments: cases)
  func theFileIs(example: Case) {
    #expect(String(decoding: example.draft.file, as: UTF8.self) == example.file)
  }

  @Test func aNoteThatBringsItsHeadIsFoundByItsTitle() throws {
    let folder = try TestFolder()
    let script = """
      export HYPERGUILD_BRAIN_DIR=brain
      printf -- '---\\ntitle: Maps and goroutines\\n---\\n\\nA map is not safe.\\n' | hg-brain write --in text > written
      hg-brain search goroutines | jq -r '.title, .excerpt'
      """
    let result = try folder.shell(script)
    #expect(result.text == "Maps and goroutines\nA map is not safe.\n", "\(result)")
    #expect(String(decoding: try folder.read("written"), as: UTF8.self).contains("knowledge/maps-and-goroutines-"))
  }
}
