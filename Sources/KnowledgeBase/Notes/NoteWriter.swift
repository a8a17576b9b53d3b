import CKnowledgeBase
import Platform
import SQLite
import SystemPackage

/// Writes notes into a brain. A note that is there already is found and not written again.
///
/// A class because it owns descriptors and what it knows of the files.
public final class NoteWriter {
  private let brain: String
  private let root: String
  private let rootDescriptor: FileDescriptor
  private let force: Bool
  /// Paths by the hash of their content, as the index had them, and as this writer added.
  private var paths: [UInt64: String] = [:]
  private var seenCounter: UInt64?
  /// In seconds.
  private static let lockTimeout: Double = 5

  /// Makes the brain's directories if need be.
  ///
  /// - Parameters:
  ///   - brain: The brain's directory.
  ///   - force: Whether a note may take the place of one with its name.
  /// - Throws: ``KnowledgeError``.
  public init(brain: String, force: Bool = false) throws(KnowledgeError) {
    self.brain = brain
    self.force = force
    try Files.naming(brain + "/knowledge") { () throws(Errno) in
      try Directory.make(NotePath.file(brain + "/knowledge"))
    }
    guard let root = FileTree.resolve(brain + "/knowledge") else { throw .noKnowledge(brain + "/knowledge") }
    self.root = root
    rootDescriptor = try Files.openDirectory(root)
  }

  deinit { closeQuietly(rootDescriptor) }

  /// Writes a note: to a temporary file, synced, and given its name in one step.
  ///
  /// - Parameter draft: The note.
  /// - Returns: Its path relative to the brain; of the note with the same content, if there is one.
  /// - Throws: ``KnowledgeError``; `exists` when the wanted name is taken by another content.
  public func write(_ draft: NoteDraft) throws(KnowledgeError) -> String {
    guard draft.content.contains(where: { !$0.isWhitespace }) else { throw .invalid("a note needs content") }
    let wanted = try draft.wantedName()
    let bytes = draft.file
    let hash = bytes.withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
    // Two writers with the same note at the same moment: the second sees what the first did.
    // Without a lock, as when a process that holds it was stopped, a note may come to be there twice, which is less bad
    // than none.
    let folder = IndexFolder.find(brain: brain, root: root)
    let lock = folder.flatMap { try? IndexLock($0.path + "/write.lock", timeout: Self.lockTimeout) }
    if seenCounter == nil || lock?.counter != seenCounter { try loadPaths() }
    if let path = paths[hash], (try? Files.read(path, in: rootDescriptor)) == bytes {
      seenCounter = lock?.counter
      return "knowledge/" + path
    }
    let name = try place(bytes, wanted, draft)
    paths[hash] = name
    lock?.counter = (lock?.counter ?? 0) &+ 1
    seenCounter = lock?.counter
    return "knowledge/" + name
  }

  /// Writes a note under its own name, whatever is there, unless it is the same already.
  ///
  /// - Parameter draft: A note with a name.
  /// - Returns: Its path relative to the brain.
  /// - Throws: ``KnowledgeError``.
  func replace(_ draft: NoteDraft) throws(KnowledgeError) -> String {
    guard let wanted = try draft.wantedName() else { throw .invalid("a note that replaces another needs a name") }
    let bytes = draft.file
    let name = existing(wanted)
    if (try? Files.read(name, in: rootDescriptor)) != bytes { _ = try place(bytes, name, draft) }
    return "knowledge/" + name
  }

  private func loadPaths() throws(KnowledgeError) {
    let index = try NoteIndex(brain: brain)
    paths = try index.reading { index throws(DatabaseError) in
      var paths: [UInt64: String] = [:]
      let rows = try index.database.statement("SELECT hash, path FROM note ORDER BY path DESC")
      defer { rows.reset() }
      while try rows.step() { paths[UInt64(bitPattern: rows.int(0))] = rows.text(1) }
      return paths
    }
  }

  /// The name of the file that has this one, in whichever form of Unicode; the name itself when there is none.
  private func existing(_ name: String) -> String {
    guard name.utf8.contains(where: { $0 >= 0x80 }), let names = try? Files.names(in: root) else { return name }
    let same = names.filter { $0 == name }
    return same.first { $0.utf8.elementsEqual(name.utf8) } ?? same.first ?? name
  }

  private func place(_ bytes: [UInt8], _ wanted: String?, _ draft: NoteDraft) throws(KnowledgeError) -> String {
    let wanted = wanted.map { existing($0) }
    let made = wanted ?? draft.madeName(at: WallClock.nanoseconds)
    for attempt in 1...10_000 {
      let name = attempt == 1 ? made : "\(made.dropLast(3))-\(attempt).md"
      do throws(Errno) {
        let isReplacing = wanted != nil && force
        try WholeFile.write(
          bytes, to: NotePath.file(name), in: rootDescriptor, existing: isReplacing ? .isReplaced : .stays)
        return name
      } catch .fileExists {
        if wanted != nil { throw .exists("knowledge/" + name) }
      } catch {
        throw .system("\(root)/\(name)", errno: error.rawValue)
      }
    }
    throw .exists("knowledge/" + made)
  }
}
