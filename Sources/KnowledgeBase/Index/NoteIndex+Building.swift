import CKnowledgeBase
import Platform
import SQLite
import SystemPackage

extension NoteIndex {
  /// How long one who needs an index waits for another one who builds it, in seconds.
  private static let buildTimeout: Double = 10

  /// Opens the database that counts, if it is one of ours. Of which directory it is need not be asked: each file's inode and
  /// times are compared anyway, and a brain has several paths when it is mounted twice.
  static func openCurrent(_ folder: IndexFolder?) -> (Database, IndexState)? {
    guard let path = folder?.current else { return nil }
    do throws(DatabaseError) {
      let database = try Database(path: path, create: false)
      database.configure()
      return (database, try IndexState.load(database))
    } catch {
      return nil
    }
  }

  /// Builds a database from all files and makes it the one that counts.
  ///
  /// - Parameters:
  ///   - folder: Where it is kept; nil keeps it in memory.
  ///   - root: The knowledge directory.
  ///   - descriptor: Of that directory.
  ///   - replacing: The database that must not be used again; another one that has appeared meanwhile is as good as the one
  ///     that would be built here.
  ///   - isTrusted: Whether the database that counts so far is sound: vectors of unchanged notes are taken from it.
  ///   - warnings: Gets what the user should know.
  /// - Returns: The open database and its state.
  /// - Throws: ``KnowledgeError`` when it cannot be built.
  static func build(
    _ folder: IndexFolder?, root: String, descriptor: FileDescriptor, replacing: String?, isTrusted: Bool,
    _ warnings: inout [String]
  ) throws(KnowledgeError) -> (Database, IndexState) {
    guard let folder else { return try fill(path: nil, nil, root: root, descriptor: descriptor, &warnings) }
    do throws(KnowledgeError) {
      return try build(in: folder, root: root, descriptor: descriptor, replacing: replacing, isTrusted, &warnings)
    } catch {
      // A full disk, a lock that is never given back: what is known can still be found.
      warnings.append("the index cannot be kept, it is in memory this time: \(error)")
      return try fill(path: nil, nil, root: root, descriptor: descriptor, &warnings)
    }
  }

  private static func build(
    in folder: IndexFolder, root: String, descriptor: FileDescriptor, replacing: String?, _ isTrusted: Bool,
    _ warnings: inout [String]
  ) throws(KnowledgeError) -> (Database, IndexState) {
    // One builds, the others wait for it.
    let lock = try IndexLock(folder.path + "/build.lock", timeout: buildTimeout)
    defer { withExtendedLifetime(lock) {} }
    if folder.current != replacing, let found = openCurrent(folder) { return found }
    let name = folder.newName()
    let path = folder.path + "/" + name
    let kept = isTrusted ? folder.current.flatMap { KeptVectors(of: $0) } : nil
    _ = try fill(path: path, kept, root: root, descriptor: descriptor, &warnings)
    try Files.naming(path) { () throws(Errno) in try sync(path) }
    try folder.install(name)
    guard let found = openCurrent(folder) else {
      throw .index("\(path): the index that was just built cannot be opened")
    }
    return found
  }

  private static func fill(
    path: String?, _ kept: KeptVectors?, root: String, descriptor: FileDescriptor, _ warnings: inout [String]
  ) throws(KnowledgeError) -> (Database, IndexState) {
    let tree = try FileTree(root: descriptor, path: root)
    do throws(DatabaseError) {
      let database = try Database(path: path, create: true)
      // Nobody reads it before it is whole, and a build that is cut short is thrown away: no journal, no syncing, and
      // merging once, at the end.
      try database.execute(
        """
        PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;
        BEGIN; \(IndexState.schema)
        INSERT INTO words(words, rank) VALUES('hashsize', 67108864), ('automerge', 0);
        """)
      var writer = try IndexWriter(database, root: descriptor, tree: tree, state: IndexState())
      try writer.run(isNew: true)
      try kept?.copy(to: database)
      let unreadable = UnreadableNote.warnings(tree.unreadable + writer.unreadable)
      try database.execute(
        """
        INSERT INTO words(words) VALUES('optimize');
        INSERT INTO words(words, rank) VALUES('hashsize', 1048576), ('automerge', 4);
        COMMIT; PRAGMA incremental_vacuum; PRAGMA locking_mode = NORMAL; PRAGMA cache_size = -8192;
        """)
      if path != nil { try database.execute("PRAGMA journal_mode = WAL") }
      let state = try IndexState.load(database)
      warnings += unreadable
      return (database, state)
    } catch {
      if let path { WholeFile.remove(FilePath(path)) }
      throw .index("\(path ?? "the index"): \(error)")
    }
  }

  private static func sync(_ path: String) throws(Errno) {
    let descriptor = try openFile(FilePath(path), .readOnly)
    defer { closeQuietly(descriptor) }
    try syncFile(descriptor)
  }
}
