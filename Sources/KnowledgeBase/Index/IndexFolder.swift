import CKnowledgeBase

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
    let home = Files.environment("HOME").flatMap { $0.isEmpty ? nil : $0 + "/.cache" }
    guard let cache = Files.environment("XDG_CACHE_HOME").flatMap({ $0.hasPrefix("/") ? $0 : nil }) ?? home else {
      return nil
    }
    let name = Array(root.utf8).withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
    return make("\(cache)/hyperguild/index-\(String(name, radix: 16))")
  }

  private static func make(_ path: String) -> IndexFolder? {
    let existed = Files.isDirectory(path)
    if !existed { guard (try? Files.makeDirectories(path)) != nil else { return nil } }
    guard access(path, W_OK | X_OK) == 0 else { return nil }
    if !existed {
      // Brains are often Git repositories; a cache does not belong in them.
      try? Files.write(Array("*\n".utf8), to: path + "/.gitignore", sync: false)
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
    "knowledge-\(String(UInt64(FileTree.now()), radix: 36))-\(getpid()).sqlite"
  }

  /// Makes a database the one that counts, and removes the others.
  func install(_ name: String) throws(KnowledgeError) {
    let pointer = "\(path)/current.\(getpid())"
    unlink(pointer)
    try Files.write(Array((name + "\n").utf8), to: pointer)
    if rename(pointer, path + "/current") != 0 && errno == EISDIR { rmdir(path + "/current") }
    guard access(pointer, F_OK) != 0 || rename(pointer, path + "/current") == 0
    else {
      throw .system(path + "/current", errno: errno)
    }
    removeOthers(than: name)
  }

  /// Removes databases that do not count. Processes that have one open keep it until they end.
  private func removeOthers(than name: String) {
    guard let directory = opendir(path) else { return }
    defer { closedir(directory) }
    var doomed: [String] = []
    while let entry = readdir(directory) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if found.hasPrefix("knowledge-") && !found.hasPrefix(name) { doomed.append(found) }
    }
    // The log first: a database without its log is an older state, a log without its database is nothing.
    for found in doomed.sorted(by: >) { unlink(path + "/" + found) }
  }
}
