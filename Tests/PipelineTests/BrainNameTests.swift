import Foundation
import TestSupport
import Testing

/// Names of notes in any form of Unicode, and in none.
@Suite struct BrainNameTests {
  /// The same name composed and taken apart, as Apple's file systems have it.
  static let names = ["café", "йогурт", "데이터", "ガイド", "Việt"]

  @Test(arguments: names)
  func aNameFindsItsFileInAnyForm(_ name: String) throws {
    let folder = try TestFolder()
    let composed = name.precomposedStringWithCanonicalMapping
    let apart = name.decomposedStringWithCanonicalMapping
    for (file, asked) in [(apart, composed), (composed, apart)] {
      let script = """
        rm -rf brain && mkdir -p brain/knowledge/d
        echo 'The koala sleeps.' > "brain/knowledge/\(file).md"
        echo 'See [it](../\(asked).md) and [[\(asked)]].' > brain/knowledge/d/link.md
        hg-brain check && echo checked
        hg-brain show "knowledge/\(asked).md"
        hg-brain show "\(asked).md"
        hg-brain search "\(asked)" | jq -r .path | head -1
        echo 'Another.' | hg-brain write --in text --filename "\(asked)" | jq -r .error.kind || true
        echo 'Another.' | hg-brain write --in text --force --filename "\(asked)" > /dev/null
        ls brain/knowledge/*.md | wc -l
        hg-brain rm "\(asked).md"
        ls brain/knowledge
        """
      let result = try folder.shell(script, environment: [:])
      #expect(result.status == 0, "\(result)")
      // Swift takes both forms for equal, the file system does not: the file is the one that was there.
      #expect(
        result.lines == [
          "checked", "The koala sleeps.", "The koala sleeps.", "knowledge/\(file).md", "exists", "1", "d",
        ], "\(result)")
    }
  }

  @Test func twoFilesWhoseNamesAreTheSameToUnicodeAreTwo() throws {
    let folder = try TestFolder()
    let result = try folder.shell(
      """
      mkdir -p brain/knowledge
      for turn in 1 2 3; do
        printf 'koala %s one\\n' $turn > "brain/knowledge/caf\u{E9}.md"
        printf 'koala %s two\\n' $turn > "brain/knowledge/cafe\u{301}.md"
        hg-brain search koala $turn | wc -l
        hg-brain search two | jq -r .excerpt
        hg-brain search one | jq -r .excerpt
      done
      hg-brain show "caf\u{E9}.md" "cafe\u{301}.md"
      """)
    #expect(
      result.lines == [
        "2", "koala 1 two", "koala 1 one", "2", "koala 2 two", "koala 2 one", "2", "koala 3 two", "koala 3 one",
        "koala 3 one", "koala 3 two",
      ], "\(result)")
  }

  @Test func aNameThatIsNotUTF8IsANote() throws {
    let folder = try TestFolder()
    let result = try folder.shell(
      """
      mkdir -p brain/knowledge/$'d\\xff'
      NAME=$'brain/knowledge/caf\\xe9.md'
      printf '# Coffee\\n\\nThe koala sleeps.\\n' > "$NAME"
      echo 'koala too' > brain/knowledge/$'d\\xff/e.md'
      echo 'koala as well' > 'brain/knowledge/back\\xE9slash.md'
      hg-brain list | jq -r .path
      hg-brain search koala | jq -r .path | sort
      hg-brain search coffee | jq -r '.title, .excerpt'
      hg-brain show 'knowledge/caf\\xE9.md' | tail -1
      hg-brain show $'knowledge/caf\\xe9.md' | tail -1
      hg-brain show 'knowledge/d\\xFF/e.md' 'knowledge/back\\x5CxE9slash.md' 'knowledge/back\\xE9slash.md'
      hg-brain check && echo checked
      echo '{"user":"koala"}' | hg-brain context -k 1 | jq -r '.knowledge | length'
      hg-brain rm 'knowledge/caf\\xE9.md' 'd\\xFF/e.md'
      hg-brain list | jq -r .path
      """)
    let three = ["knowledge/back\\x5CxE9slash.md", "knowledge/caf\\xE9.md", "knowledge/d\\xFF/e.md"]
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(
      result.lines == three + three + [
        "Coffee", "The koala sleeps.", "The koala sleeps.", "The koala sleeps.", "koala too", "koala as well",
        "koala as well", "checked", "1", three[0],
      ], "\(result)")
  }

  /// A made name holds what is seen of a title, composed.
  @Test func aNameIsMadeOfWhatIsSeen() throws {
    let folder = try TestFolder()
    for (title, wanted) in [
      ("Cafe\u{301} menu", "caf\u{E9}-menu-"), ("Data\u{AD}base", "database-"), ("a\u{200B}b", "ab-"),
    ] {
      let record = String(decoding: try JSONEncoder().encode(["content": "x \(title)", "title": title]), as: UTF8.self)
      let result = try folder.run("hg-brain", ["write"], text: record + "\n")
      let path = try #require(BrainTests.paths(result).first)
      #expect(Array(path.utf8).starts(with: Array("knowledge/\(wanted)".utf8)), "\(path)")
    }
  }
}
