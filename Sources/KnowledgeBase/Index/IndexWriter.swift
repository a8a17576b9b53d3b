import CKnowledgeBase
import Platform
import SQLite
import SystemPackage

/// Brings an index up to the state of a tree, inside a transaction that the caller began.
///
/// What cannot be read keeps what was known of it. It counts as changed until it can be, so that each call tries again.
struct IndexWriter {
  private let database: Database
  private let root: FileDescriptor
  private let tree: FileTree
  private var state: IndexState
  private var lengths: RowLengths
  private var common: Set<String>?
  private var hasChanges = false
  /// Notes that could not be read.
  private(set) var unreadable: [UnreadableNote] = []

  /// What the index knows of a file.
  private struct Known {
    let id: Int64
    let rows: Int64
    let path: String
    let signature: UInt64
    let hash: UInt64
  }

  init(_ database: Database, root: FileDescriptor, tree: FileTree, state: IndexState) throws(DatabaseError) {
    self.database = database
    self.root = root
    self.tree = tree
    self.state = state
    lengths = try RowLengths.load(database, rows: state.nextRow)
  }

  /// Compares the files of the buckets that differ, and reads what changed.
  ///
  /// - Parameter isNew: Whether the index is being built: nothing to compare.
  /// - Throws: What SQLite says.
  mutating func run(isNew: Bool) throws(DatabaseError) {
    let digests = tree.digests()
    let changed = Set(digests.indices.filter { digests[$0] != state.digests[$0] })
    if changed.isEmpty && !isNew { return }
    let before = state.digests
    var known = isNew ? [:] : try loadKnown(changed)
    for bucket in changed { state.digests[bucket] = 0 }
    for file in tree.files where changed.contains(FileTree.bucket(file)) {
      let signature = try update(file, known.removeValue(forKey: file.path_hash))
      state.digests[FileTree.bucket(file)] &+= hg_digest(file.path_hash, signature)
    }
    for (hash, gone) in known {
      if tree.hides(gone.path) {
        state.digests[FileTree.bucket(hash)] &+= hg_digest(hash, gone.signature)
      } else {
        try tombstone(gone)
      }
    }
    if hasChanges || isNew {
      try lengths.save(database)
      if state.nextRow > 2_000 && state.nextRow > 2 * state.countedRows { try countCommonWords() }
      state.revision += 1
    }
    // With a note that cannot be read each call comes here; most have nothing to write.
    guard hasChanges || isNew || state.digests != before else { return }
    state.walkedAt = tree.startedAt
    try state.save(database)
  }

  /// By the hash of the path's bytes: two names that Unicode takes for the same are two files.
  private func loadKnown(_ buckets: Set<Int>) throws(DatabaseError) -> [UInt64: Known] {
    var known: [UInt64: Known] = [:]
    for bucket in buckets {
      let rows = try database.statement("SELECT id, rows, path, signature, hash FROM note WHERE bucket = ?1")
      rows.bind(1, Int64(bucket))
      while try rows.step() {
        let path = rows.text(2)
        known[FileTree.hash(path)] = Known(
          id: rows.int(0), rows: rows.int(1), path: path, signature: UInt64(bitPattern: rows.int(3)),
          hash: UInt64(bitPattern: rows.int(4)))
      }
      rows.reset()
    }
    return known
  }

  /// Brings the rows of a file up to date.
  ///
  /// - Returns: The signature that the index has of it now: of what was read last, 0 when it never could be read.
  private mutating func update(_ file: hg_file, _ known: Known?) throws(DatabaseError) -> UInt64 {
    let signature = tree.signature(file)
    if let known, known.signature == signature, signature != 0 { return signature }
    let path = tree.path(file)
    let bytes: [UInt8]
    do throws(KnowledgeError) {
      bytes = try Files.read(path, in: root)
    } catch {
      // One that went away this moment is missed by the next walk.
      if !error.isAbsence { unreadable.append(UnreadableNote(path: path, error: error, isKnown: known != nil)) }
      return known?.signature ?? 0
    }
    let hash = bytes.withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
    if let known, known.hash == hash {
      if known.signature != signature { try touch(known, signature) }
      return signature
    }
    if let known { try tombstone(known) }
    hasChanges = true
    let first = state.nextRow
    try insertRows(of: Note(bytes, path: path), path)
    let insert = try database.statement("INSERT INTO note VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
    insert.bind(1, first)
    insert.bind(2, state.nextRow - first)
    insert.bind(3, path)
    insert.bind(4, Int64(bitPattern: signature))
    insert.bind(5, Int64(bitPattern: hash))
    insert.bind(6, Int64(FileTree.bucket(file)))
    try insert.run()
    return signature
  }

  private func touch(_ known: Known, _ signature: UInt64) throws(DatabaseError) {
    let touch = try database.statement("UPDATE note SET signature = ?2 WHERE id = ?1")
    touch.bind(1, known.id)
    touch.bind(2, Int64(bitPattern: signature))
    try touch.run()
  }

  private mutating func insertRows(of note: Note, _ path: String) throws(DatabaseError) {
    let labels = note.labels(path: path)
    let title = Array(note.title.utf8)
    for piece in note.pieces {
      let body = note.searched(piece)
      hg_reset_counts(database.tokenizer)
      try insertRow(title, labels, body)
      let counts = (0..<Int32(HG_COLUMNS)).map { hg_column_words(database.tokenizer, $0) }
      lengths.append(counts)
      for column in 0..<counts.count { state.words[column] += Int64(counts[column]) }
      state.nextRow += 1
      if state.countedRows > 0 { try countWords(title, labels, body) }
    }
  }

  private func insertRow(_ title: [UInt8], _ labels: [UInt8], _ body: [UInt8]) throws(DatabaseError) {
    let insert = try database.statement("INSERT INTO words(rowid, body, title, labels) VALUES(?1, ?2, ?3, ?4)")
    insert.bind(1, state.nextRow)
    // The bytes stay where they are until the statement is reset, so SQLite need not copy them.
    try title.withBytes { title throws(DatabaseError) in
      try labels.withBytes { labels throws(DatabaseError) in
        try body.withBytes { body throws(DatabaseError) in
          insert.bind(2, staying: body)
          insert.bind(3, staying: title)
          insert.bind(4, staying: labels)
          defer { insert.reset() }
          try insert.run()
        }
      }
    }
  }

  private mutating func tombstone(_ known: Known) throws(DatabaseError) {
    hasChanges = true
    for row in known.id..<(known.id + known.rows) { lengths.tombstone(row) }
    state.deadRows += known.rows
    let delete = try database.statement("DELETE FROM note WHERE id = ?1")
    delete.bind(1, known.id)
    try delete.run()
  }

  // How many rows hold a word is counted by the query itself, unless the word is common: then counting would take longer than
  // ranking does.

  private mutating func countCommonWords() throws(DatabaseError) {
    try database.execute(
      """
      CREATE VIRTUAL TABLE IF NOT EXISTS temp.counted USING fts5vocab(main, words, row);
      DELETE FROM vocabulary;
      INSERT INTO vocabulary SELECT term, doc FROM temp.counted WHERE doc >= \(max(64, state.nextRow / 200));
      """)
    state.countedRows = state.nextRow
    common = nil
  }

  private mutating func countWords(_ title: [UInt8], _ labels: [UInt8], _ body: [UInt8]) throws(DatabaseError) {
    let words: Set<String>
    if let common {
      words = common
    } else {
      var loaded: Set<String> = []
      let rows = try database.statement("SELECT stem FROM vocabulary")
      while try rows.step() { loaded.insert(rows.text(0)) }
      rows.reset()
      common = loaded
      words = loaded
    }
    let text = title + [0x0A] + labels + [0x0A] + body
    for stem in Set(TokenizedText(text, database.tokenizer).stems).intersection(words) {
      let count = try database.statement("UPDATE vocabulary SET rows = rows + 1 WHERE stem = ?1")
      count.bind(1, stem)
      try count.run()
    }
  }
}

extension Note {
  /// The text of a piece as it is searched: without the line that is searched as title already.
  func searched(_ piece: Range<Int>) -> [UInt8] {
    guard let titleLine, piece.contains(titleLine.lowerBound), titleLine.upperBound <= piece.upperBound else {
      return Array(text[piece])
    }
    return Array(text[piece.lowerBound..<titleLine.lowerBound]) + text[titleLine.upperBound..<piece.upperBound]
  }
}
