import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct WholeFileTests {
  @Test(arguments: [0, 1, 4095, 4096, 4097, 200_000])
  func whatIsWrittenIsReadAgain(count: Int) throws {
    let folder = try TestFolder()
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let path = FilePath(folder.file("f"))
    try WholeFile.write(bytes, to: path)
    #expect(try WholeFile.read(path) == bytes)
    #expect(try WholeFile.read(path, source: .regular, limit: count) == bytes)
    #expect(try Stat(path).permissions == [.ownerReadWrite])
    #expect(try Directory.names(in: FilePath(folder.path)) == ["f"], "a temporary file is left")
  }

  @Test func aLimitIsALimit() throws {
    let folder = try TestFolder()
    let path = FilePath(try folder.write("f", text: "0123456789"))
    #expect(throws: Errno.fileTooLarge) { try WholeFile.read(path, limit: 9) }
    #expect(try WholeFile.read(path, limit: 10).count == 10)
    #expect(try WholeFile.read(path, limit: 3, excess: .isCutOff) == Array("012".utf8))
    #expect(try WholeFile.read(path, limit: 0, excess: .isCutOff) == [])
  }

  /// Files of /proc say that they are empty.
  @Test func aFileThatDoesNotSayHowLongItIsIsReadWhole() throws {
    #expect(try WholeFile.read("/proc/self/status", source: .regular).count > 100)
  }

  @Test func whatIsNoRegularFileIsRefusedAndNotWaitedFor() throws {
    let folder = try TestFolder()
    #expect(try folder.run("mkfifo", ["fifo"]).status == 0)
    #expect(throws: Errno.invalidArgument) { try WholeFile.read(FilePath(folder.file("fifo")), source: .regular) }
    #expect(throws: Errno.isDirectory) { try WholeFile.read(FilePath(folder.path), source: .regular) }
    #expect(throws: Errno.isDirectory) { try WholeFile.read(FilePath(folder.path)) }
    #expect(throws: Errno.noSuchFileOrDirectory) { try WholeFile.read(FilePath(folder.file("nosuch"))) }
  }

  @Test func aFileThatIsThereStaysWhenItShall() throws {
    let folder = try TestFolder()
    let path = FilePath(try folder.write("f", text: "old"))
    #expect(throws: Errno.fileExists) { try WholeFile.write(Array("new".utf8), to: path, existing: .stays) }
    #expect(try folder.read("f") == Array("old".utf8))
    try WholeFile.write(Array("new".utf8), to: path)
    #expect(try folder.read("f") == Array("new".utf8))
    try WholeFile.write([], to: FilePath(folder.file("g")), existing: .stays)
    #expect(try Set(Directory.names(in: FilePath(folder.path))) == ["f", "g"])
  }

  @Test func whatCannotBeWrittenLeavesTheOldFile() throws {
    let folder = try TestFolder()
    let path = FilePath(try folder.write("f", text: "old"))
    let directory = try openFile(FilePath(folder.path), .readOnly, options: [.directory])
    defer { closeQuietly(directory) }
    #expect(throws: Errno.self) { try WholeFile.write([1], to: path.appending("below"), isSynced: false) }
    #expect(throws: Errno.self) { try WholeFile.write([1], to: "nosuch/f", in: directory) }
    #expect(try folder.read("f") == Array("old".utf8))
    try WholeFile.write([1], to: "f", in: directory)
    #expect(try WholeFile.read("f", in: directory) == [1])
    #expect(try Directory.names(in: FilePath(folder.path)) == ["f"])
  }
}
