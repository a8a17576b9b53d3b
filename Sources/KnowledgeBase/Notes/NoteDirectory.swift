import CKnowledgeBase
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The notes of a brain as files, without the index.
///
/// A class because it owns a descriptor.
public final class NoteDirectory {
  /// What a note says about itself.
  public struct Summary: Sendable, Equatable {
    /// Relative to the brain.
    public let path: String
    /// The front matter's title, the first heading, or the file's name.
    public let title: String
    /// What kind of note, if it says.
    public let type: String?
    /// The field it belongs to, if it says.
    public let domain: String?
    /// Its labels.
    public let tags: [String]
    /// The file's size.
    public let bytes: Int
    /// When the file was changed, RFC 3339, UTC.
    public let modified: String
  }

  let root: String
  let descriptor: FileDescriptor
  private let brain: String
  /// Notes and folders that could not be looked at so far, relative to the brain.
  public private(set) var unreadable: [String] = []

  /// Opens the notes of a brain.
  ///
  /// - Parameter brain: The directory that holds `knowledge/`.
  /// - Throws: ``KnowledgeError``.
  public init(brain: String) throws(KnowledgeError) {
    self.brain = brain
    let path = brain + "/knowledge"
    guard let root = FileTree.resolve(path), Files.isDirectory(root) else { throw .noKnowledge(path) }
    self.root = root
    descriptor = try Files.openDirectory(root)
  }

  deinit { closeQuietly(descriptor) }

  /// The paths of all notes, relative to the brain, in their order.
  ///
  /// - Returns: Paths as `search` prints them.
  /// - Throws: ``KnowledgeError``.
  public func paths() throws(KnowledgeError) -> [String] {
    let tree = try FileTree(root: descriptor, path: root)
    for hidden in tree.unreadable { note(unreadable: "knowledge/" + hidden.path) }
    return tree.files.map { "knowledge/" + tree.path($0) }.sorted()
  }

  private func note(unreadable path: String) {
    if !unreadable.contains(path) { unreadable.append(path) }
  }

  /// What a note says about itself.
  ///
  /// - Parameter path: As `search` prints it.
  /// - Returns: Nil when there is no such note any more, or when it cannot be read, which `unreadable` says then.
  public func summary(of path: String) -> Summary? {
    guard let inside = try? inside(path) else { return nil }
    let bytes: [UInt8]
    do throws(KnowledgeError) { bytes = try Files.read(inside, in: descriptor) } catch {
      if !error.isAbsence { note(unreadable: "knowledge/" + inside) }
      return nil
    }
    var info = stat()
    guard fstatat(descriptor.rawValue, NotePath.cString(inside), &info, 0) == 0 else { return nil }
    let note = Note(bytes, path: inside)
    return Summary(
      path: "knowledge/" + inside, title: note.title, type: note.frontMatter.type, domain: note.frontMatter.domain,
      tags: note.frontMatter.tags, bytes: Int(info.st_size), modified: Self.format(info.st_mtim.tv_sec))
  }

  /// The bytes of a note.
  ///
  /// - Parameter path: As `search` prints it, or relative to `knowledge/`, or a path of the file system.
  /// - Returns: The file as it is.
  /// - Throws: ``KnowledgeError``; `noSuchNote` also for a path that leads out of the knowledge directory.
  public func bytes(of path: String) throws(KnowledgeError) -> [UInt8] {
    try Files.read(inside(path), in: descriptor)
  }

  /// Removes a note.
  ///
  /// - Parameter path: As for `bytes`.
  /// - Throws: ``KnowledgeError``.
  public func remove(_ path: String) throws(KnowledgeError) {
    let name = NotePath.cString(try inside(path))
    _ = try Files.naming(path) { () throws(Errno) in try systemCall { unlinkat(descriptor.rawValue, name, 0) } }
  }

  /// Where an ingested note came from; nil for all others.
  func source(of path: String) -> String? {
    guard let inside = try? inside(path), let head = try? Files.read(inside, in: descriptor, maximum: 64 << 10)
    else {
      return nil
    }
    return FrontMatter(TextDecoding.utf8(head)).source
  }

  /// The path of an existing note relative to the knowledge directory.
  ///
  /// A name is found in any form of Unicode, and one that is not UTF-8 as ``NotePath`` writes it or as it is.
  func inside(_ path: String) throws(KnowledgeError) -> String {
    let prefix = "knowledge/"
    let spellings = path.contains("\\") ? [path, NotePath.text(Array(path.utf8))] : [path]
    for path in spellings {
      let named = path.hasPrefix(prefix) ? [String(path.dropFirst(prefix.count)), path] : [path]
      let candidates = path.hasPrefix("/") ? [path] : named.map { root + "/" + $0 } + [path]
      for candidate in candidates {
        guard let found = FileTree.resolve(candidate), found.hasPrefix(root + "/") else { continue }
        // A link keeps its own name: removing it must not remove what it leads to.
        let lexical = candidate.hasPrefix(root + "/") ? String(candidate.dropFirst(root.count + 1)) : nil
        let relative = lexical.flatMap { $0.split(separator: "/").contains("..") ? nil : $0 }
        return relative ?? String(found.dropFirst(root.count + 1))
      }
    }
    if let same = try same(as: path) { return same }
    throw .noSuchNote(path)
  }

  /// The one note whose name is the same to Unicode, or to someone who sees a replacement character in it.
  private func same(as path: String) throws(KnowledgeError) -> String? {
    guard path.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
    var wanted = path
    for prefix in ["knowledge/", root + "/"] where path.hasPrefix(prefix) {
      wanted = String(path.dropFirst(prefix.count))
    }
    // Strings are equal when they are canonically equivalent.
    let found = try FileTree(root: descriptor, path: root).paths.filter { candidate in
      candidate == wanted || String(decoding: NotePath.bytes(candidate), as: UTF8.self) == wanted
    }
    return found.count == 1 ? found.first : nil
  }

  private static func format(_ time: Int) -> String {
    var seconds = time_t(time)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
