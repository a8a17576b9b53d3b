import Foundation
import TestSupport
import Testing

/// The index is a cache: damaged, deleted, old or shared, the files decide.
@Suite struct BrainIndexTests {
  private func folder() throws -> TestFolder {
    let folder = try TestFolder()
    for number in 0..<40 {
      let text = (0..<60).map { "word\($0 * number) " }.joined()
      try folder.write("brain/knowledge/n\(number).md", text: "# Note \(number)\n\nAbout koala\(number). \(text)")
    }
    return folder
  }

  private func search(_ folder: TestFolder, _ word: String) throws -> CommandResult {
    try folder.run("hg-brain", ["search", word, "-k", "50"])
  }

  private func database(_ folder: TestFolder) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("brain/.index"))
    return "brain/.index/" + (try #require(names.first { $0.hasSuffix(".sqlite") }))
  }

  static let damages: [(name: String, script: String)] = [
    ("deleted", "rm -r brain/.index"), ("database deleted", "rm brain/.index/*.sqlite"), ("empty", ": > $DB"),
    ("cut in the middle", "truncate -s 20000 $DB"), ("cut after the first page", "truncate -s 4096 $DB"),
    ("text instead", "echo hello > $DB"),
    ("first page overwritten", "head -c 4096 /dev/urandom | dd of=$DB conv=notrunc status=none"),
    (
      "header kept, rest overwritten", "head -c 200000 /dev/urandom | dd of=$DB conv=notrunc bs=4096 seek=1 status=none"
    ),
    ("rest zeros", "dd if=/dev/zero of=$DB conv=notrunc bs=4096 seek=1 count=60 status=none"),
    ("log overwritten", "head -c 9000 /dev/urandom > $DB-wal"), ("log of another", "cp $DB $DB-wal"),
    ("shared memory overwritten", "head -c 32768 /dev/urandom > $DB-shm"),
    ("pointer broken", "echo ../../etc/passwd > brain/.index/current"),
    ("pointer empty", ": > brain/.index/current"),
    ("pointer is a folder", "rm brain/.index/current; mkdir brain/.index/current/"),
    ("another format", "sqlite3 $DB 'UPDATE state SET format = 99'"), ("a table lost", "sqlite3 $DB 'DROP TABLE note'"),
    ("a column lost", "sqlite3 $DB 'DROP TABLE state; CREATE TABLE state(id)'"),
    ("words lost", "sqlite3 $DB 'DELETE FROM words_data'"),
  ]

  @Test(arguments: damages)
  func aDamagedIndexIsBuiltAgain(_ damage: (name: String, script: String)) throws {
    let folder = try folder()
    let before = try search(folder, "koala7")
    #expect(try BrainTests.paths(before) == ["knowledge/n7.md"])
    let done = try folder.shell("DB=\(try database(folder))\n" + Self.sqlite(damage.script))
    try #require(done.status == 0, "\(done)")
    let after = try search(folder, "koala7")
    #expect(after.status == 0, "\(after)")
    #expect(after.output == before.output)
    let again = try search(folder, "koala8")
    #expect(try BrainTests.paths(again) == ["knowledge/n8.md"] && again.errors.isEmpty, "\(again)")
  }

  /// The command line of SQLite is not a part of what we need: Python's module does as well.
  private static func sqlite(_ script: String) -> String {
    """
    sqlite3() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()' "$@"; }
    \(script)
    """
  }

  @Test func anIndexOfAnotherDirectoryIsNotUsed() throws {
    let folder = try folder()
    _ = try search(folder, "koala7")
    let moved = try folder.shell(
      "mkdir x && cp -r brain/.index x/ && mkdir x/knowledge && echo 'koala7 here' > x/knowledge/new.md")
    try #require(moved.status == 0)
    #expect(try BrainTests.paths(folder.run("hg-brain", ["search", "--brain", "x", "koala7"])) == ["knowledge/new.md"])
  }

  @Test func withoutAPlaceBesideTheNotesTheIndexIsInTheCacheOrNowhere() throws {
    let folder = try folder()
    // A file where the folder should be: as good as a read-only disk, and works for root too.
    try folder.write("brain/.index", text: "")
    #expect(try BrainTests.paths(search(folder, "koala7")) == ["knowledge/n7.md"])
    #expect(FileManager.default.fileExists(atPath: folder.file("cache/hyperguild")))
    try folder.write("file", text: "")
    let nowhere = try folder.run(
      "hg-brain", ["search", "koala7"], environment: ["XDG_CACHE_HOME": folder.file("file")])
    #expect(try BrainTests.paths(nowhere) == ["knowledge/n7.md"], "\(nowhere)")
  }

  @Test func aBuildThatIsKilledLeavesNothingBroken() throws {
    let folder = try folder()
    let script = """
      for delay in 0 0.002 0.005 0.01 0.02; do
        rm -rf brain/.index
        timeout -s KILL $delay hg-brain search koala7 > /dev/null 2>&1 || true
        hg-brain search koala7 | grep -q '"knowledge/n7.md"'
        echo "changed $delay koala7" >> brain/knowledge/n7.md
        timeout -s KILL $delay hg-brain search koala7 > /dev/null 2>&1 || true
        hg-brain search koala7 | grep -q '"knowledge/n7.md"'
      done
      """
    let result = try folder.shell(script)
    // The shell itself says who was killed.
    #expect(result.status == 0 && !result.errors.contains("hg-brain:"), "\(result)")
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("brain/.index"))
    #expect(left.filter { $0.hasSuffix(".sqlite") }.count <= 2, "\(left)")
  }

  @Test func manyProcessesAtOnceWriteAndSearch() throws {
    let folder = try TestFolder()
    let script = """
      mkdir -p brain/knowledge
      for writer in 1 2 3 4; do
        ( for note in 1 2 3 4 5 6 7 8; do
            echo "{\\"content\\":\\"koala$writer-$note sleeps\\",\\"filename\\":\\"w$writer-$note\\"}" | hg-brain write > /dev/null
            hg-brain search "koala$writer" -k 50 | grep -q "w$writer-$note.md" || echo "w$writer-$note was not found"
            echo '{"content":"the same from all","title":"Same"}' | hg-brain write >> same.$writer
          done ) &
      done
      for reader in 1 2; do ( for turn in 1 2 3 4 5 6 7 8 9 10; do hg-brain search sleeps -k 100 > /dev/null; done ) & done
      wait
      cat same.* | sort -u | wc -l
      hg-brain search sleeps -k 100 | wc -l
      """
    let result = try folder.shell(script)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(result.lines == ["1", "32"], "\(result)")
  }

  @Test func resultsDoNotDependOnHowTheIndexCameAbout() throws {
    let folder = try folder()
    for number in stride(from: 0, to: 40, by: 3) {
      _ = try search(folder, "koala1")
      try folder.write("brain/knowledge/n\(number).md", text: "# Changed \(number)\n\nwallaby \(number)")
      if number % 2 == 0 {
        try FileManager.default.removeItem(atPath: folder.file("brain/knowledge/n\(number + 1).md"))
      }
    }
    let grown = try BrainTests.paths(search(folder, "wallaby"))
    try FileManager.default.removeItem(atPath: folder.file("brain/.index"))
    #expect(try Set(BrainTests.paths(search(folder, "wallaby"))) == Set(grown))
    #expect(grown.count == 14)
  }

  /// Each process that opens the index reads all of its log: it must not grow with every change.
  @Test func theLogOfAnIndexStaysShort() throws {
    let folder = try TestFolder()
    for number in 0..<200 {
      try folder.write("brain/knowledge/n\(number).md", text: "Note \(number) on tea, and how to brew it.")
    }
    let result = try folder.shell(
      """
      hg-brain search tea > /dev/null
      for turn in $(seq 120); do
        echo "Line $turn tells more, and names the word w$turn." >> brain/knowledge/n7.md
        hg-brain search w$turn | jq -r .path
      done | uniq -c | tr -s ' '
      cat brain/.index/*-wal | wc -c
      """)
    #expect(result.lines.first == " 120 knowledge/n7.md", "\(result)")
    #expect((result.lines.last.flatMap { Int($0) }).map { $0 < 1_500_000 } ?? false, "\(result)")
  }
}
