import CKnowledgeBase

#if canImport(Glibc)
  import Glibc
#endif

/// Takes files of other places into a brain. What a source wrote before is replaced when it is ingested again.
///
/// A note's name is made of the source's name and path, so the same source always writes the same files; a long source becomes
/// several notes, cut at headings.
public struct Ingestion {
  /// What became of a source.
  public struct Written: Sendable, Equatable {
    /// Where the text came from.
    public let source: String
    /// The note, relative to the brain.
    public let path: String
  }

  private let brain: String
  private let type: String?
  private let domain: String?
  private let tags: [String]

  /// Describes an ingestion.
  ///
  /// - Parameters:
  ///   - brain: The brain's directory.
  ///   - type: For notes whose source says none.
  ///   - domain: For notes whose source says none.
  ///   - tags: Added to those of the source.
  public init(brain: String, type: String? = nil, domain: String? = nil, tags: [String] = []) {
    self.brain = brain
    self.type = type
    self.domain = domain
    self.tags = tags
  }

  /// Ingests a file, or all Markdown and text files of a tree.
  ///
  /// - Parameter path: A file or a directory.
  /// - Returns: The notes, in the order of their sources.
  /// - Throws: ``KnowledgeError``; `noSuchNote` when there is nothing at that path.
  public func ingest(_ path: String) throws(KnowledgeError) -> [Written] {
    guard let source = FileTree.resolve(path) else { throw .noSuchNote(path) }
    let writer = try NoteWriter(brain: brain, force: true)
    let isTree = Files.isDirectory(source)
    let files = isTree ? try SourceFiles.list(source) : [source]
    var written: [Written] = []
    for file in files { written += try ingest(file: file, writer) }
    try removeOthers(of: source, isTree: isTree, keeping: Set(written.map(\.path)))
    return written
  }

  private func ingest(file: String, _ writer: NoteWriter) throws(KnowledgeError) -> [Written] {
    let note = Note(try Files.read(file), path: file)
    guard !note.text.contains(0) else { throw .invalid("\(file): not a text") }
    let pieces = note.pieces.filter { !note.text[$0].allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 } }
    var written: [Written] = []
    for (position, piece) in pieces.enumerated() {
      let draft = NoteDraft(
        content: String(decoding: note.text[piece], as: UTF8.self), title: title(note, piece, position, pieces.count),
        type: note.frontMatter.type ?? type, domain: note.frontMatter.domain ?? domain,
        tags: note.frontMatter.tags + tags.filter { !note.frontMatter.tags.contains($0) },
        filename: Self.name(of: file, part: pieces.count > 1 ? position + 1 : nil), source: file)
      written.append(Written(source: file, path: try writer.replace(draft)))
    }
    return written
  }

  private func title(_ note: Note, _ piece: Range<Int>, _ position: Int, _ count: Int) -> String {
    guard count > 1, position > 0 else { return note.title }
    guard let heading = note.headings.first(where: { piece.contains($0.lowerBound) }) else {
      return "\(note.title) (\(position + 1) of \(count))"
    }
    return "\(note.title): \(String(decoding: note.text[heading], as: UTF8.self))"
  }

  /// The name of a source's notes: what it is called, and eight digits of where it is.
  private static func name(of source: String, part: Int?) -> String {
    let hash = Array(source.utf8).withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
    let digits = String(hash, radix: 16)
    let mark = String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(8))
    var words = ""
    for character in Note.name(of: source).lowercased() {
      if character.isLetter || character.isNumber {
        words.append(character)
      } else if words.last != "-" {
        words.append("-")
      }
    }
    let number = part.map { $0 < 10 ? "-0\($0)" : "-\($0)" } ?? ""
    return "\(words.prefix(60))-\(mark)\(number).md"
  }

  /// Removes notes that this source wrote before and did not write now.
  private func removeOthers(of source: String, isTree: Bool, keeping: Set<String>) throws(KnowledgeError) {
    let notes = try NoteDirectory(brain: brain)
    for path in try notes.paths() where !keeping.contains(path) {
      guard let from = notes.source(of: path) else { continue }
      if from == source || (isTree && from.hasPrefix(source + "/")) { try notes.remove(path) }
    }
  }
}

/// The files of a tree that can be ingested.
enum SourceFiles {
  private static let suffixes = [".md", ".markdown", ".txt", ".text", ".rst", ".org", ".adoc"]

  /// Markdown and text files, in the order of their paths; hidden ones and symbolic links are left out.
  static func list(_ directory: String) throws(KnowledgeError) -> [String] {
    guard let stream = opendir(directory) else { throw .system(directory, errno: errno) }
    defer { closedir(stream) }
    var files: [String] = []
    var folders: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      var info = stat()
      guard !name.hasPrefix("."), lstat(directory + "/" + name, &info) == 0 else { continue }
      if info.st_mode & S_IFMT == S_IFDIR { folders.append(directory + "/" + name) }
      let isText = suffixes.contains { name.lowercased().hasSuffix($0) }
      if isText && info.st_mode & S_IFMT == S_IFREG { files.append(directory + "/" + name) }
    }
    for folder in folders { files += try list(folder) }
    return files.sorted()
  }
}
