import Foundation
import TestSupport
import Testing

/// Disks that fail, files of others, full disks, locks that are never given back: what was known is found all the same.
@Suite struct BrainFaultTests {
  private func folder() throws -> TestFolder {
    let folder = try TestFolder()
    try folder.write("brain/knowledge/a.md", text: "# Apples\n\nThe koala eats apples.")
    try folder.write("brain/knowledge/b.md", text: "# Bananas\n\nThe koala eats bananas.")
    try folder.write("brain/knowledge/sub/c.md", text: "# Cherries\n\nThe koala eats cherries.")
    try FaultLibrary.build(in: folder)
    return folder
  }

  private func search(_ folder: TestFolder, _ words: String, _ environment: [String: String] = [:]) throws
    -> CommandResult
  {
    try folder.run("hg-brain", ["search", words, "-k", "50"], environment: environment)
  }

  static let all: Set = ["knowledge/a.md", "knowledge/b.md", "knowledge/sub/c.md"]

  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let call: String
    let path: String
    let errno: Int32
    /// What is named.
    let named: String
    var testDescription: String { name }
  }

  static let reading = [
    Fault(name: "a note that cannot be opened", call: "open", path: "/b.md", errno: EIO, named: "knowledge/b.md"),
    Fault(name: "a note that cannot be read", call: "read", path: "/b.md", errno: EIO, named: "knowledge/b.md"),
    Fault(name: "a note of somebody else's", call: "open", path: "/b.md", errno: EACCES, named: "knowledge/b.md"),
    Fault(
      name: "a note whose state cannot be seen", call: "stat", path: "/b.md", errno: EACCES, named: "knowledge/b.md"),
    Fault(name: "too many open files", call: "open", path: "/b.md", errno: EMFILE, named: "knowledge/b.md"),
    Fault(name: "a folder that cannot be opened", call: "open", path: "/sub", errno: EACCES, named: "knowledge/sub/"),
    Fault(name: "a folder that cannot be listed", call: "list", path: "/sub", errno: EIO, named: "knowledge/sub/"),
    Fault(
      name: "the knowledge that cannot be listed", call: "list", path: "/knowledge", errno: EIO, named: "knowledge/"),
  ]

  /// One failed `openat` lost a note for good: its rows were replaced by an empty one, and its state was taken for read.
  @Test(arguments: reading)
  func aNoteThatWasNotReadAtTheFirstIndexIsFoundLater(_ fault: Fault) throws {
    let folder = try folder()
    let environment = FaultLibrary.environment(folder, fault.call, on: fault.path, fault.errno)
    for _ in 1...2 {
      let failing = try search(folder, "koala", environment)
      #expect(failing.status == 0 && failing.errors.contains("hg-brain: \(fault.named): cannot be read"), "\(failing)")
    }
    let healed = try search(folder, "koala")
    #expect(try Set(BrainTests.paths(healed)) == Self.all && healed.errors.isEmpty, "\(healed)")
  }

  @Test(arguments: reading)
  func aNoteThatCannotBeReadKeepsWhatItSaid(_ fault: Fault) throws {
    let folder = try folder()
    #expect(try Set(BrainTests.paths(search(folder, "koala"))) == Self.all)
    // All of them change, so that each has to be read again.
    for name in ["a", "b", "sub/c"] {
      let old = try folder.read("brain/knowledge/\(name).md")
      try folder.write("brain/knowledge/\(name).md", old + Array(" And wombats do too.".utf8))
    }
    let environment = FaultLibrary.environment(folder, fault.call, on: fault.path, fault.errno)
    for _ in 1...2 {
      let failing = try search(folder, "koala", environment)
      #expect(failing.status == 0 && failing.errors.contains("\(fault.named): cannot be read"), "\(failing)")
      #expect(try Set(BrainTests.paths(failing)) == Self.all, "\(failing)")
    }
    let healed = try search(folder, "wombats")
    #expect(try Set(BrainTests.paths(healed)) == Self.all && healed.errors.isEmpty, "\(healed)")
  }

  @Test(arguments: ["open", "read", "stat", "list"])
  func oneFailureLosesNothing(_ call: String) throws {
    let folder = try folder()
    let environment = FaultLibrary.environment(folder, call, on: "/knowledge", EIO, once: true)
    let failing = try search(folder, "koala", environment)
    #expect(FileManager.default.fileExists(atPath: folder.file("happened")), "\(failing)")
    #expect(try Set(BrainTests.paths(search(folder, "koala"))) == Self.all)
    // And again with an index that knows them.
    try folder.write("brain/knowledge/a.md", text: "# Apples\n\nThe koala eats many apples.")
    try FileManager.default.removeItem(atPath: folder.file("happened"))
    _ = try search(folder, "koala", environment)
    #expect(try Set(BrainTests.paths(search(folder, "koala"))) == Self.all)
    #expect(try BrainTests.paths(search(folder, "many")) == ["knowledge/a.md"])
  }

  @Test func aNoteThatIsGoneIsGoneAlsoBesideOneThatCannotBeRead() throws {
    let folder = try folder()
    _ = try search(folder, "koala")
    let environment = FaultLibrary.environment(folder, "open", on: "/sub", EACCES)
    try FileManager.default.removeItem(atPath: folder.file("brain/knowledge/a.md"))
    try FileManager.default.removeItem(atPath: folder.file("brain/knowledge/sub/c.md"))
    // What is in the folder is not known to be gone.
    #expect(
      try Set(BrainTests.paths(search(folder, "koala", environment))) == ["knowledge/b.md", "knowledge/sub/c.md"])
    #expect(try BrainTests.paths(search(folder, "koala")) == ["knowledge/b.md"])
  }

  /// Whoever lists or checks hears of what could not be looked at.
  @Test func listAndCheckNameWhatCannotBeRead() throws {
    let folder = try folder()
    for (path, named) in [("/b.md", "knowledge/b.md"), ("/sub", "knowledge/sub/")] {
      let environment = FaultLibrary.environment(folder, "open", on: path, EACCES)
      let list = try folder.run("hg-brain", ["list"], environment: environment)
      #expect(
        list.status == 1 && list.lines.count == 2 && list.errors == "hg-brain: \(named): cannot be read\n", "\(list)")
      let check = try folder.run("hg-brain", ["check"], environment: environment)
      #expect(check.status == 1 && check.text.contains(#"{"path":"\#(named)","kind":"unreadable""#), "\(check)")
    }
  }

  static let writing = [
    Fault(name: "a full disk", call: "write", path: "/.index/", errno: ENOSPC, named: ""),
    Fault(name: "a disk that fails", call: "write", path: "/.index/", errno: EIO, named: ""),
    Fault(name: "a quota", call: "write", path: "/.index/", errno: EDQUOT, named: ""),
  ]

  /// A full disk with one changed note was status 74 and no result.
  @Test(arguments: writing)
  func theOldIndexIsSearchedWhenItCannotBeWritten(_ fault: Fault) throws {
    let folder = try folder()
    _ = try search(folder, "koala")
    try folder.write("brain/knowledge/a.md", text: "# Apples\n\nThe koala eats apples and wombats watch.")
    let environment = FaultLibrary.environment(folder, fault.call, on: fault.path, fault.errno)
    let result = try search(folder, "koala", environment)
    #expect(result.status == 0 && result.errors.contains("hg-brain: the index cannot be"), "\(result)")
    #expect(try Set(BrainTests.paths(result)) == Self.all, "\(result)")
    let record = try folder.run(
      "hg-brain", ["context"], text: #"{"user":"koala"}"# + "\n", environment: environment)
    #expect(record.status == 0 && record.text.contains("## Relevant knowledge"), "\(record)")
    let healed = try search(folder, "wombats")
    #expect(try BrainTests.paths(healed) == ["knowledge/a.md"] && healed.errors.isEmpty, "\(healed)")
  }

  @Test(arguments: writing)
  func withoutAnIndexItIsInMemoryWhenItCannotBeWritten(_ fault: Fault) throws {
    let folder = try folder()
    let environment = FaultLibrary.environment(folder, fault.call, on: fault.path, fault.errno)
    let result = try search(folder, "koala", environment)
    #expect(result.status == 0 && result.errors.contains("in memory"), "\(result)")
    #expect(try Set(BrainTests.paths(result)) == Self.all)
    #expect(try search(folder, "koala").errors.isEmpty)
  }

  @Test func aFolderThatMayNotBeWrittenIsSearched() throws {
    let folder = try folder()
    for isIndexed in [false, true] {
      if isIndexed { _ = try search(folder, "koala") }
      let environment = FaultLibrary.environment(folder, "create", on: "brain/", EROFS)
      for _ in 1...2 {
        let result = try search(folder, "koala", environment)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
        #expect(try Set(BrainTests.paths(result)) == Self.all, "\(result)")
      }
      let write = try folder.run(
        "hg-brain", ["write"], text: #"{"content":"x"}"# + "\n", environment: environment)
      #expect(write.status == 1 && write.text.contains(#""kind":"io""#), "\(write)")
    }
  }

  /// A process that was stopped holds its locks for ever.
  @Test(arguments: ["write", "build", "note"])
  func aLockThatIsNeverGivenBackIsNotWaitedForForEver(_ lock: String) throws {
    let folder = try folder()
    if lock != "build" { _ = try search(folder, "koala") }
    try folder.write(
      "hold.py",
      text: """
        import fcntl, glob, os, signal, sqlite3, sys
        if sys.argv[1] == "write":
            held = sqlite3.connect(glob.glob("brain/.index/*.sqlite")[0], isolation_level=None)
            held.execute("BEGIN IMMEDIATE")
        else:
            os.makedirs("brain/.index", exist_ok=True)
            held = open("brain/.index/" + ("build" if sys.argv[1] == "build" else "write") + ".lock", "w")
            fcntl.flock(held, fcntl.LOCK_EX)
        print("held", flush=True)
        os.kill(os.getpid(), signal.SIGSTOP)
        """)
    let result = try folder.shell(
      """
      mkfifo ready
      python3 hold.py \(lock) > ready & PID=$!
      trap 'kill -9 $PID' EXIT
      read LINE < ready
      echo 'The koala eats dates.' > brain/knowledge/d.md
      hg-brain search koala | jq -r .path | sort
      echo '{"content":"new","filename":"new"}' | hg-brain write
      """)
    #expect(result.status == 0, "\(result)")
    #expect(Set(result.lines).isSuperset(of: Self.all), "\(result)")
    #expect(result.lines.last == #"{"path":"knowledge/new.md"}"#, "\(result)")
    #expect(lock == "note" || result.errors.contains("hg-brain: the index cannot be"), "\(result)")
  }

  /// A brain that is mounted at two paths built its index anew at each search.
  @Test func aBrainWithTwoPathsHasOneIndex() throws {
    let folder = try folder()
    let result = try folder.shell(
      """
      state() { cat brain/.index/current; python3 -c '
      import glob, sqlite3
      print(sqlite3.connect(glob.glob("brain/.index/*.sqlite")[0]).execute("SELECT revision FROM state").fetchone()[0])'; }
      hg-brain search koala | wc -l
      state > first
      ln -s brain other
      mkdir one && cp -al brain/knowledge one/
      for turn in 1 2 3; do
        hg-brain search --brain other koala | wc -l
        hg-brain search --brain brain koala | wc -l
      done
      state | cmp - first && echo same
      mv brain moved && hg-brain search --brain moved koala | wc -l && mv moved brain
      state | cmp - first && echo same
      """)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(result.lines == ["3", "3", "3", "3", "3", "3", "3", "same", "3", "same"], "\(result)")
  }
}
