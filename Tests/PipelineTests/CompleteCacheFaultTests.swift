import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A cache that is broken, full, locked or somebody else's breaks nothing.
@Suite("hg-complete and a broken cache")
struct CompleteCacheFaultTests {
  /// What is wrong with the cache, as a script, and what is said of it; the server is asked in any case.
  private static let broken = [
    ("printf 'not a database, but a text' > cache/answers.db", "not a cache of hg-complete's; it stays as it is"),
    (": > cache/answers.db", "not a cache of hg-complete's; it stays as it is"),
    ("rm cache/answers.db; mkfifo cache/answers.db", "not a cache of hg-complete's; it stays as it is"),
    ("rm cache/answers.db; mkdir cache/answers.db", "not a cache of hg-complete's; it stays as it is"),
    ("rm -r cache; : > cache", "Not a directory"),
    (
      "python3 -c 'import os; s=os.path.getsize(\"cache/answers.db\"); f=open(\"cache/answers.db\",\"r+b\"); f.seek(200); f.write(b\"x\"*(s-200))'",
      "malformed"
    ),
    ("truncate -s 5000 cache/answers.db", "malformed"),
  ]

  @Test("what is wrong with the file is said once, and the server is asked", arguments: 0..<broken.count)
  func brokenFile(_ number: Int) throws {
    let (folder, server) = (try TestFolder(), try CompleteCacheTests.counting())
    let (script, words) = Self.broken[number]
    let tasks = (1...3).map { "{\"user\":\"u\($0)\"}\n" }.joined()
    _ = try CompleteCacheTests.run(folder, server, ["-j", "1"], tasks)
    _ = try folder.shell(script)
    let before = try? folder.read("cache/answers.db")
    let result = try CompleteCacheTests.run(folder, server, ["-j", "1"], tasks)
    #expect(result.status == 0)
    #expect(try CompleteCacheTests.texts(result) == ["a3", "a4", "a5"], "\(result)")
    #expect(result.errors.contains(words), "\(result)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
    if words.hasPrefix("not a cache"), let before { #expect(try folder.read("cache/answers.db") == before) }
  }

  @Test("a database of somebody else's is not touched")
  func foreign() throws {
    let (folder, server) = (try TestFolder(), try CompleteCacheTests.counting())
    _ = try folder.shell(
      "mkdir cache; python3 -c 'import sqlite3; c=sqlite3.connect(\"cache/answers.db\"); c.execute(\"create table answers(id)\"); c.commit()'"
    )
    let before = try folder.read("cache/answers.db")
    let result = try CompleteCacheTests.run(folder, server, [], "{\"user\":\"u\"}\n")
    #expect(result.status == 0)
    #expect(result.errors.contains("not a cache of hg-complete's"))
    #expect(try folder.read("cache/answers.db") == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("cache")) == ["answers.db"])
  }

  @Test("a lock that another process holds costs a warning, not the answers")
  func locked() throws {
    let (folder, server) = (try TestFolder(), try CompleteCacheTests.counting())
    _ = try CompleteCacheTests.run(folder, server, [], "{\"user\":\"u\"}\n")
    let result = try folder.shell(
      """
      python3 -c 'import sqlite3, subprocess
      c = sqlite3.connect("cache/answers.db", isolation_level=None)
      c.execute("begin immediate")
      subprocess.run(["hg-complete", "--cache", "cache"], check=True)'
      """, text: "{\"user\":\"u\"}\n{\"user\":\"v\"}\n", environment: ["LITELLM_BASE_URL": server.url])
    #expect(try CompleteCacheTests.texts(result) == ["a0", "a1"], "\(result)")
    #expect(result.errors.contains("database is locked; no more answers are kept"), "\(result)")
  }

  /// A call that fails on the cache's files, with which error, and what is said.
  private static let failing: [(String, Int32, String)] = [
    ("open", EACCES, "Permission denied; the server is asked"),
    ("create", EROFS, "the server is asked"),
    ("write", ENOSPC, "the server is asked"),
  ]

  @Test("a disk that is full or may not be written costs a warning", arguments: 0..<failing.count)
  func failingCalls(_ number: Int) throws {
    let (folder, server) = (try TestFolder(), try CompleteCacheTests.counting())
    try FaultLibrary.build(in: folder)
    let (call, error, words) = Self.failing[number]
    let task = "{\"user\":\"u\"}\n"
    _ = try CompleteCacheTests.run(folder, server, [], task)
    let environment = FaultLibrary.environment(folder, call, on: "cache/answers.db", error)
    let result = try CompleteCacheTests.run(folder, server, [], task + task, environment: environment)
    #expect(result.status == 0)
    #expect(try CompleteCacheTests.texts(result).allSatisfy { ["a1", "a2"].contains($0) }, "\(result)")
    #expect(result.errors.contains(words), "\(result)")
    #expect(result.errors.split(separator: "\n").count == 1, "\(result)")
    // What was kept before is there again when the fault has gone.
    #expect(try CompleteCacheTests.texts(try CompleteCacheTests.run(folder, server, [], task)) == ["a0"])
  }
}
