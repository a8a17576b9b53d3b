import CKnowledgeBase
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Where the index of a brain lies: beside `knowledge/`, else in the cache directory, else nowhere.
///
/// The database has a new name each time it is built anew, and the file `current` says which one counts. So readers go on with
/// the old one undisturbed, and a damaged file never shares its write-ahead log with its successor.
struct IndexFolder {
  /// The format of the database; another one is built anew.
  static let format = 3

  let path: String

  /// Finds or makes the folder.
  ///
  /// - Returns: Nil when nothing can be written anywhere: the index is in memory then.
  static func find(brain: String, root: String) -> IndexFolder? {
    if let folder = make(brain + "/.index") { return folder }
    let home = Environment.variable("HOME").map { $0 + "/.cache" }
    guard let cache = Environment.variable("XDG_CACHE_HOME").flatMap({ $0.hasPrefix("/") ? $0 : nil }) ?? home else {
      return nil
    }
    let name = Array(root.utf8).withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
    return make("\(cache)/hyperguild/index-\(String(name, radix: 16))")
  }

  private static func make(_ path: String) -> IndexFolder? {
    let existed = Files.isDirectory(path)
    if !existed { guard (try? Directory.make(FilePath(path))) != nil else { return nil } }
    guard access(path, W_OK | X_OK) == 0 else { return nil }
    if !existed {
      // Brains are often Git repositories; a cache does not belong in them.
      try? WholeFile.write(Array("*\n".utf8), to: FilePath(path + "/.gitignore"), existing: .stays, isSynced: false)
    }
    return IndexFolder(path: path)
  }

  /// The path of the database that counts, if there is one.
  var current: String? {
    guard let bytes = try? Files.read(path + "/current", maximum: 256) else { return nil }
    let name = String(decoding: bytes, as: UTF8.self).trimming { $0.isWhitespace }
    return Self.isDatabase(name) ? path + "/" + name : nil
  }

  private static func isDatabase(_ name: String) -> Bool {
    name.hasPrefix("knowledge-") && name.hasSuffix(".sqlite") && !name.contains("/")
  }

  /// A name no database had before.
  func newName() -> String {
    "knowledge-\(String(UInt64(max(WallClock.nanoseconds, 0)), radix: 36))-\(getpid()).sqlite"
  }

  /// Makes a database the one that counts, and removes the others.
  func install(_ name: String) throws(KnowledgeError) {
    let pointer = FilePath(path + "/current")
    try Files.naming(path + "/current") { () throws(Errno) in
      do throws(Errno) {
        try WholeFile.write(Array((name + "\n").utf8), to: pointer)
      } catch .isDirectory {
        try systemCall { pointer.withPlatformString { rmdir($0) } }
        try WholeFile.write(Array((name + "\n").utf8), to: pointer)
      }
    }
    removeOthers(than: name)
  }

  /// Removes databases that do not count. Processes that have one open keep it until they end.
  private func removeOthers(than name: String) {
    let doomed = ((try? Files.names(in: path)) ?? []).filter { $0.hasPrefix("knowledge-") && !$0.hasPrefix(name) }
    // The log first: a database without its log is an older state, a log without its database is nothing.
    for found in doomed.sorted(by: >) { WholeFile.remove(FilePath(path + "/" + found)) }
  }
}
