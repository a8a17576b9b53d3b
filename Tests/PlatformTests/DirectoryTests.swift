import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct DirectoryTests {
  @Test func allThatIsMissingIsMadeForTheUserAlone() throws {
    let folder = try TestFolder()
    let path = FilePath(folder.file("a/b/c"))
    try Directory.make(path, synced: true)
    try Directory.make(path)
    #expect(try Stat(path).permissions == [.ownerReadWriteExecute])
    #expect(try Stat(path.removingLastComponent()).permissions == [.ownerReadWriteExecute])
  }

  @Test(arguments: ["ln -s /nonexistent/x d", "ln -s d d", "mkfifo d", "touch d"])
  func whatIsNoDirectoryIsAnErrorAtOnce(command: String) throws {
    let folder = try TestFolder()
    #expect(try folder.shell(command).status == 0)
    #expect(throws: Errno.self) { try Directory.make(FilePath(folder.file("d"))) }
    #expect(throws: Errno.self) { try Directory.make(FilePath(folder.file("d/e"))) }
  }

  @Test func aLinkToADirectoryIsOne() throws {
    let folder = try TestFolder()
    #expect(try folder.shell("mkdir real; ln -s real d").status == 0)
    try Directory.make(FilePath(folder.file("d/e")))
    #expect(try Stat(FilePath(folder.file("real/e"))).type == .directory)
  }

  @Test func namesNeedNotBeUTF8() throws {
    let folder = try TestFolder()
    #expect(try folder.shell("touch $'\\xff' .hidden 'a b'").status == 0)
    let names = try Directory.names(in: FilePath(folder.path))
    #expect(names.count == 3)
    for name in names { #expect(try Stat(FilePath(folder.path).appending(name)).isRegular) }
    #expect(throws: Errno.noSuchFileOrDirectory) { try Directory.names(in: FilePath(folder.file("nosuch"))) }
    #expect(throws: Errno.notDirectory) { try Directory.names(in: FilePath(folder.file(".hidden"))) }
  }

  @Test func aFileIsTheSameByAnyName() throws {
    let folder = try TestFolder()
    #expect(try folder.shell("echo 1 > a; ln a b; ln -s a c; echo 1 > d").status == 0)
    func identity(_ name: String, _ follows: Bool = true) throws -> FileIdentity {
      try FileIdentity(at: FilePath(folder.file(name)), followingLinks: follows)
    }
    #expect(try identity("a") == identity("b"))
    #expect(try identity("a") == identity("c"))
    #expect(try identity("a") != identity("c", false))
    #expect(try identity("a") != identity("d"))
    let one = try openFile(FilePath(folder.file("a")), .readOnly)
    let other = try openFile(FilePath(folder.file("c")), .readOnly)
    defer { [one, other].forEach(closeQuietly) }
    #expect(isSameFile(one, other))
    #expect(!isSameFile(one, FileDescriptor(rawValue: -1)))
  }

  @Test func aFileOfTheYear3000IsNoTrap() throws {
    let folder = try TestFolder()
    #expect(try folder.shell("touch -d 3000-01-01 a; touch -d 1600-01-01 b").status == 0)
    #expect(try Stat(FilePath(folder.file("a"))).modifiedNanoseconds == .max)
    #expect(try Stat(FilePath(folder.file("b"))).modifiedNanoseconds < 0)
  }
}
