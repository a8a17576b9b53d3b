import CKnowledgeBase
import Platform
import SQLite
import SystemPackage

/// The index of one knowledge directory: opened, checked against the files, and built again when it must be.
///
/// A class because it owns the connection.
final class NoteIndex {
  /// A search does not pay for what only a writer needs.
  private static let beginWriting = "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE"

  private let folder: IndexFolder?
  /// The knowledge directory, links resolved.
  let root: String
  let rootDescriptor: FileDescriptor
  private(set) var database: Database
  private(set) var state: IndexState
  private var lengthsCache: (revision: Int64, lengths: RowLengths)?
  /// What the user should know, once: files that cannot be read, an index that had to be built again.
  private(set) var warnings: [String] = []

  /// Opens the index of `brain`.
  ///
  /// - Parameters:
  ///   - brain: The brain's directory.
  ///   - checked: Whether to look at the files; else the index is used as it is, and built only when there is none.
  /// - Throws: ``KnowledgeError``.
  init(brain: String, checked: Bool = true) throws(KnowledgeError) {
    let path = brain + "/knowledge"
    guard let root = FileTree.resolve(path), Files.isDirectory(root) else { throw .noKnowledge(path) }
    self.root = root
    let opened = try Files.openDirectory(root)
    rootDescriptor = opened
    folder = IndexFolder.find(brain: brain, root: root)
    if let found = Self.openCurrent(folder) {
      (database, state) = found
      if checked { try refresh() }
    } else {
      (database, state) = try Self.build(
        folder, root: root, descriptor: opened, replacing: nil, isTrusted: true, &warnings)
    }
  }

  deinit { closeQuietly(rootDescriptor) }

  /// Brings the index up to date with the files.
  func refresh() throws(KnowledgeError) {
    let tree = try FileTree(root: rootDescriptor, path: root)
    warnings += UnreadableNote.warnings(tree.unreadable)
    do throws(DatabaseError) {
      state = try IndexState.load(database)
      if tree.digests() == state.digests { return }
      if !isWorthRebuilding(tree) { return try update(tree) }
    } catch {
      if error.isDamage || (try? IndexState.load(database)) == nil { return try recover(from: error) }
      warnings.append("the index cannot be brought up to date (\(error)): searching what it has")
      return
    }
    try rebuild(isTrusted: true)
  }

  /// Whether a new index is built sooner than this one is brought up to date, or most of this one is waste.
  private func isWorthRebuilding(_ tree: FileTree) -> Bool {
    let live = state.nextRow - state.deadRows
    // What cannot be read now is only in the old one.
    guard tree.unreadable.isEmpty else { return false }
    return folder != nil && (state.deadRows > 1_000 + live || Int64(tree.files.count) > 5_000 + 2 * live)
  }

  /// Runs something that reads the database; when that proves damaged, builds it again and runs it once more.
  func reading<Result>(_ body: (NoteIndex) throws(DatabaseError) -> Result) throws(KnowledgeError) -> Result {
    do throws(DatabaseError) {
      return try transaction("BEGIN", body)
    } catch {
      try recover(from: error)
      do throws(DatabaseError) { return try transaction("BEGIN", body) } catch { throw .index("the index: \(error)") }
    }
  }

  /// Runs something that writes the database.
  func writing<Result>(_ body: (NoteIndex) throws(DatabaseError) -> Result) throws(KnowledgeError) -> Result {
    do throws(DatabaseError) {
      return try transaction(Self.beginWriting, body)
    } catch {
      throw .index("the index: \(error)")
    }
  }

  /// The lengths of the rows, as of the state of the transaction.
  func lengths() throws(DatabaseError) -> RowLengths {
    state = try IndexState.load(database)
    if let cache = lengthsCache, cache.revision == state.revision { return cache.lengths }
    let lengths = try RowLengths.load(database, rows: state.nextRow)
    lengthsCache = (state.revision, lengths)
    return lengths
  }

  /// What has to be told, once.
  func takeWarnings() -> [String] {
    defer { warnings = [] }
    return warnings
  }

  private func transaction<Result>(_ begin: String, _ body: (NoteIndex) throws(DatabaseError) -> Result)
    throws(DatabaseError) -> Result
  {
    try database.execute(begin)
    do throws(DatabaseError) {
      let result = try body(self)
      try database.execute("COMMIT")
      if begin == Self.beginWriting { database.emptyLog() }
      return result
    } catch {
      try? database.execute("ROLLBACK")
      throw error
    }
  }

  private func update(_ seen: FileTree) throws(DatabaseError) {
    var failure: KnowledgeError?
    var unreadable: [UnreadableNote] = []
    try transaction(Self.beginWriting) { index throws(DatabaseError) in
      index.state = try IndexState.load(index.database)
      var tree = seen
      if index.state.walkedAt >= seen.startedAt {
        // Another process looked later than we did, and wrote first: what we saw is old.
        do throws(KnowledgeError) { tree = try FileTree(root: rootDescriptor, path: root) } catch { failure = error }
      }
      var writer = try IndexWriter(index.database, root: rootDescriptor, tree: tree, state: index.state)
      try writer.run(isNew: false)
      unreadable = writer.unreadable
    }
    state = try IndexState.load(database)
    warnings += UnreadableNote.warnings(unreadable)
    if let failure { warnings.append("\(failure)") }
  }

  private func recover(from error: DatabaseError) throws(KnowledgeError) {
    warnings.append("the index was damaged (\(error)): built again")
    try rebuild(isTrusted: false)
  }

  private func rebuild(isTrusted: Bool) throws(KnowledgeError) {
    let damaged = database
    (database, state) = try Self.build(
      folder, root: root, descriptor: rootDescriptor, replacing: folder?.current, isTrusted: isTrusted,
      &warnings)
    lengthsCache = nil
    _ = damaged
  }
}
