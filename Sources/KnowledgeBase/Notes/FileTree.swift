import CKnowledgeBase
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The Markdown files below a directory, as they were at one moment.
///
/// A class because it owns C memory.
final class FileTree {
  /// Digests are kept by bucket, so that one changed file means comparing the files of one bucket and not all.
  static let buckets = 1024

  private var tree = hg_tree()
  /// When the walk began, in nanoseconds of CLOCK_REALTIME.
  let startedAt: Int64

  /// Looks at every file.
  ///
  /// - Parameters:
  ///   - root: A descriptor of the directory.
  ///   - path: Its path, for symbolic links.
  /// - Throws: ``KnowledgeError`` when the directory cannot be read.
  init(root: FileDescriptor, path: String) throws(KnowledgeError) {
    startedAt = WallClock.nanoseconds
    let code = hg_tree_read(root.rawValue, &tree)
    guard code == 0 else { throw .system(path, errno: code) }
    settleLinks(root: path)
  }

  deinit { hg_tree_free(&tree) }

  var files: UnsafeBufferPointer<hg_file> { UnsafeBufferPointer(start: tree.files, count: Int(tree.count)) }

  /// What could not be looked at: files by their paths, directories with a slash at the end, the root as an empty path.
  private(set) lazy var unreadable: [UnreadableNote] = UnsafeBufferPointer(
    start: tree.unreadable, count: Int(tree.unreadable_count)
  ).map { hidden in
    let bytes = UnsafeRawBufferPointer(start: tree.paths + Int(hidden.path), count: Int(hidden.path_length))
    let path = NotePath.text(bytes)
    return UnreadableNote(path: path, error: .system(path, errno: hidden.error), isKnown: false)
  }

  /// Whether a note may be there all the same, because it or a directory above it could not be looked at.
  func hides(_ path: String) -> Bool {
    unreadable.contains { $0.path.isEmpty || $0.path == path || $0.path.hasSuffix("/") && path.hasPrefix($0.path) }
  }

  func pathBytes(_ file: hg_file) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: tree.paths + Int(file.path), count: Int(file.path_length))
  }

  func path(_ file: hg_file) -> String { NotePath.text(pathBytes(file)) }

  /// The paths of all files.
  var paths: [String] { files.map { path($0) } }

  static func bucket(_ file: hg_file) -> Int { bucket(file.path_hash) }

  static func bucket(_ pathHash: UInt64) -> Int { Int(pathHash % UInt64(buckets)) }

  /// The hash of a path as ``NotePath`` has it.
  static func hash(_ path: String) -> UInt64 {
    NotePath.bytes(path).withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
  }

  /// What the index stores of a file's state. A file that changed while or just before the walk might change again within
  /// one tick of the kernel's clock, with the same times: its signature is 0, which never matches.
  func signature(_ file: hg_file) -> UInt64 {
    file.changed_ns > startedAt - 50_000_000 ? 0 : file.signature
  }

  /// The digest of each bucket.
  func digests() -> [UInt64] {
    var digests = [UInt64](repeating: 0, count: Self.buckets)
    for file in files { digests[Self.bucket(file)] &+= hg_digest(file.path_hash, file.signature) }
    return digests
  }

  /// A link to a file inside the tree counts when the file would not be found otherwise, and once; other links do not.
  private func settleLinks(root: String) {
    let links = files.indices.filter { files[$0].is_link != 0 }.sorted { path(files[$0]) < path(files[$1]) }
    guard !links.isEmpty else { return }
    let inside = (Self.resolve(root) ?? root) + "/"
    var seen = Set(files.lazy.filter { $0.is_link == 0 }.map { $0.identity })
    var dropped = Set<Int>()
    for link in links {
      let isInside = Self.resolve(root + "/" + path(files[link]))?.hasPrefix(inside) ?? false
      if !isInside || !seen.insert(files[link].identity).inserted { dropped.insert(link) }
    }
    var kept = 0
    for index in 0..<Int(tree.count) where !dropped.contains(index) {
      tree.files[kept] = tree.files[index]
      kept += 1
    }
    tree.count = Int64(kept)
  }

  /// A path without links, as ``NotePath`` has paths; nil when there is nothing.
  static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(NotePath.cString(path), nil) else { return nil }
    defer { free(resolved) }
    return NotePath.text(cString: resolved)
  }
}

extension hg_file {
  fileprivate var identity: FileIdentity { FileIdentity(device: device, inode: inode) }
}
