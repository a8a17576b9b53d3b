import Platform
import SystemPackage
import TestSupport
import Testing

@Suite struct FileLockTests {
  @Test func whoeverOpensTheFileAgainIsLockedOut() throws {
    let folder = try TestFolder()
    let path = FilePath(try folder.write("f", text: ""))
    let first = try openFile(path, .readWrite)
    let second = try openFile(path, .readWrite)
    defer { closeQuietly(second) }
    #expect(try FileLock.take(first))
    #expect(try !FileLock.tryToTake(second))
    // Another descriptor of the file that is closed takes no lock away, as it would with `fcntl(2)`.
    closeQuietly(try openFile(path, .readWrite))
    #expect(try !FileLock.tryToTake(second))
    FileLock.release(first)
    #expect(try FileLock.tryToTake(second))
    FileLock.release(second)
    #expect(try FileLock.take(first))
    closeQuietly(first)
    #expect(try FileLock.tryToTake(second))
  }

  @Test func scriptsTakePart() throws {
    let folder = try TestFolder()
    let file = try openFile(FilePath(try folder.write("f", text: "")), .readWrite)
    defer { closeQuietly(file) }
    #expect(try FileLock.take(file))
    #expect(try folder.run("flock", ["-n", "f", "true"]).status == 1)
    FileLock.release(file)
    #expect(try folder.run("flock", ["-n", "f", "true"]).status == 0)
  }

  @Test func aProcessThatIsKilledHoldsNoLock() throws {
    let folder = try TestFolder()
    try folder.write("f", text: "")
    // The shell holds the lock and is killed with it.
    #expect(try folder.run("bash", ["-c", "exec 9<>f; flock 9; kill -9 $$"]).status == 137)
    let file = try openFile(FilePath(folder.file("f")), .readWrite)
    defer { closeQuietly(file) }
    #expect(try FileLock.tryToTake(file))
  }
}
