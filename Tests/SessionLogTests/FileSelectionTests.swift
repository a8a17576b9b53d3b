import Testing

@testable import SessionLog

@Suite struct FileSelectionTests {
  @Test func ofVeryManyFilesAllAreLookedAtInTurn() {
    let second: Int64 = 1_000_000_000
    var files = SessionFiles()
    for number in 0..<20_000 {
      _ = Array("s\(number).jsonl".utf8).withUnsafeBytes { files.number(of: $0) }
      files.progress[number].inode = number == 15_000 ? 0 : 1
      files.progress[number].modified = number < 100 ? 1000 * second : 1
    }
    let present = Array(0..<20_000)
    var seen: Set<Int> = []
    for turn in 0..<5 {
      let looked = FileSelection(turn: UInt64(turn)).numbers(of: present, files, now: 1_000_000 * second)
      #expect(looked.count <= 4097 && looked == looked.sorted())
      #expect(looked.contains(15_000), "a new one")
      let lately = FileSelection(turn: UInt64(turn)).numbers(of: present, files, now: 1010 * second)
      #expect(Set(0..<100).isSubset(of: lately), "those written to lately")
      seen.formUnion(looked)
    }
    #expect(seen.count == 20_000)
    let few = Array(present.prefix(FileSelection.mostFiles))
    #expect(FileSelection(turn: 0).numbers(of: few, files) == few)
  }
}
