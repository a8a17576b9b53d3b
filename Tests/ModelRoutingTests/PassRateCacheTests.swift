import Foundation
import ModelRouting
import SessionLog
import SystemPackage
import TestSupport
import Testing

@Suite struct PassRateCacheTests {
  let folder: TestFolder
  let cache: PassRateCache
  let table: PassRateTable

  init() throws {
    folder = try TestFolder()
    cache = PassRateCache(directory: FilePath(folder.path + "/a/b"), source: "logs 7d /x", lifetime: 60)
    table = PassRateTable([
      .init(skill: "review", model: "qwen35"): PassRate(pass: 9, fail: 1),
      .init(skill: nil, model: nil): PassRate(pass: 0, fail: 2),
      .init(skill: "\"\n", model: "é"): PassRate(pass: 1, fail: 0),
    ])
  }

  /// The one file that the cache wrote.
  private var file: String {
    get throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/a/b")
      #expect(names.count == 1)
      return "a/b/" + (names.first ?? "")
    }
  }

  @Test func whatIsWrittenIsReadForItsLifetime() throws {
    #expect(cache.read(now: 1000) == nil)
    cache.write(table, now: 1000.5)
    #expect(cache.read(now: 1000.5)?.table == table)
    #expect(cache.read(now: 1060.4)?.counted == 1000.5)
    #expect(cache.read(now: 1060.5) == nil)
    #expect(cache.read(now: 1000) == nil, "it is from the future")
    let other = PassRateCache(directory: FilePath(folder.path + "/a/b"), source: "logs 8d /x", lifetime: 60)
    #expect(other.read(now: 1001) == nil)
  }

  @Test func onlyTheUserMayReadIt() throws {
    cache.write(table, now: 0)
    let mode = { (path: String) in
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(folder.path + "/a/b") == 0o700)
    #expect(try mode(folder.file(try file)) == 0o600)
  }

  @Test func tornAnywhereItIsAsGoodAsNone() throws {
    cache.write(table, now: 0)
    let name = try file
    let whole = try folder.read(name)
    #expect(cache.read(now: 1)?.table == table)
    // Its last byte is a line end, which a torn file may well lack without harm.
    for length in 0..<whole.count - 1 {
      try folder.write(name, whole.prefix(length))
      #expect(cache.read(now: 1) == nil, "cut off after \(length) bytes")
    }
  }

  @Test func anyChangedByteIsRefusedOrHarmless() throws {
    cache.write(table, now: 0)
    let name = try file
    let whole = try folder.read(name)
    for index in whole.indices {
      var bytes = whole
      bytes[index] = 0
      try folder.write(name, bytes)
      #expect(cache.read(now: 1) == nil, "a zero at byte \(index)")
    }
  }

  @Test func writableByOthersItIsNotTrusted() throws {
    cache.write(table, now: 0)
    let path = folder.file(try file)
    for mode in [0o620, 0o602, 0o666] {
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      #expect(cache.read(now: 1) == nil)
    }
  }

  @Test func ownedByAnotherItIsNotTrusted() throws {
    cache.write(table, now: 0)
    // Only root can give a file away; for everyone else the check below is of a file that is still their own.
    let isGivenAway = chown(folder.file(try file), 65_534, 65_534) == 0
    #expect((cache.read(now: 1) == nil) == isGivenAway)
  }

  @Test func aLinkOrAFolderOrAPipeIsNotFollowed() throws {
    cache.write(table, now: 0)
    let path = folder.file(try file)
    let moved = folder.file("moved")
    try FileManager.default.moveItem(atPath: path, toPath: moved)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: moved)
    #expect(cache.read(now: 1) == nil)
    cache.write(table, now: 1)
    #expect(cache.read(now: 1)?.table == table, "the link is replaced")
    for make in [{ mkdir(path, 0o700) }, { mkfifo(path, 0o600) }] {
      try FileManager.default.removeItem(atPath: path)
      #expect(make() == 0)
      #expect(cache.read(now: 1) == nil)
    }
  }

  @Test func whereNothingCanBeWrittenNothingHappens() throws {
    try folder.write("a", text: "a file in the way")
    cache.write(table, now: 0)
    #expect(cache.read(now: 0) == nil)
    #expect(try folder.read("a") == Array("a file in the way".utf8))
  }
}
