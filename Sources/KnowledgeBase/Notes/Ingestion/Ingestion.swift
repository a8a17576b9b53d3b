import CKnowledgeBase

/// Takes files of other places into a brain. What a source wrote before is replaced when it is ingested again.
///
/// A note's name is made of the source's name and path, so the same source always writes the same files; a long source becomes
/// several notes, cut at headings. What cannot be taken in is reported, and the notes that it gave before stay.
public struct Ingestion {
  /// A note that came from a source.
  public struct Written: Sendable, Equatable {
    /// Where the text came from.
    public let source: String
    /// The note, relative to the brain.
    public let path: String
  }

  /// What became of a path.
  public struct Report: Sendable, Equatable {
    /// The notes, in the order of their sources.
    public internal(set) var written: [Written] = []
    /// What could not be taken in, a line for each: the source, and why.
    public internal(set) var problems: [String] = []
  }

  private let brain: String
  private let type: String?
  private let domain: String?
  private let tags: [String]
  private let force: Bool

  /// Describes an ingestion.
  ///
  /// - Parameters:
  ///   - brain: The brain's directory.
  ///   - type: For notes whose source says none.
  ///   - domain: For notes whose source says none.
  ///   - tags: Added to those of the source.
  ///   - force: Whether a source that is empty now takes the notes with it that it gave before.
  public init(
    brain: String, type: String? = nil, domain: String? = nil, tags: [String] = [], force: Bool = false
  ) {
    self.brain = brain
    self.type = type
    self.domain = domain
    self.tags = tags
    self.force = force
  }

  /// Ingests a file, or all Markdown and text files of a tree.
  ///
  /// - Parameter path: A file or a directory.
  /// - Returns: What was written, and what could not be.
  /// - Throws: ``KnowledgeError``; `noSuchNote` when there is nothing at that path.
  public func ingest(_ path: String) throws(KnowledgeError) -> Report {
    guard let source = FileTree.resolve(path) else { throw .noSuchNote(path) }
    let writer = try NoteWriter(brain: brain, force: true)
    let isTree = Files.isDirectory(source)
    var report = Report()
    /// Sources whose notes stay, whatever was written.
    var kept: Set<String> = []
    var files = [source]
    if isTree {
      let found = SourceFiles(in: source)
      files = found.files
      for (folder, error) in found.unreadable {
        report.problems.append("\(folder): \(error.reason)")
        kept.insert(folder)
      }
    }
    for file in files {
      do throws(IngestionProblem) {
        report.written += try ingest(file: file, writer)
      } catch {
        if case .writing(let error) = error { throw error }
        kept.insert(file)
        report.problems.append("\(file): \(error)")
      }
    }
    try removeOthers(of: source, isTree: isTree, kept, &report)
    return report
  }

  /// Why a file was not taken in.
  private enum IngestionProblem: Error, CustomStringConvertible {
    case reading(KnowledgeError)
    case content(String)
    /// The brain cannot be written: nothing else can be taken in either.
    case writing(KnowledgeError)

    var description: String {
      switch self {
      case .reading(let error), .writing(let error): error.reason
      case .content(let problem): problem
      }
    }
  }

  private func ingest(file: String, _ writer: NoteWriter) throws(IngestionProblem) -> [Written] {
    let bytes: [UInt8]
    do throws(KnowledgeError) { bytes = try Files.read(file) } catch { throw .reading(error) }
    if let problem = TextDecoding.problem(bytes) { throw .content(problem) }
    let note = Note(bytes, path: file)
    let pieces = note.pieces.filter { !note.text[$0].allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 } }
    var written: [Written] = []
    for (position, piece) in pieces.enumerated() {
      let draft = NoteDraft(
        content: String(decoding: note.text[piece], as: UTF8.self), title: title(note, piece, position, pieces.count),
        type: note.frontMatter.type ?? type, domain: note.frontMatter.domain ?? domain,
        tags: note.frontMatter.tags + tags.filter { !note.frontMatter.tags.contains($0) },
        filename: Self.name(of: file, part: pieces.count > 1 ? position + 1 : nil), source: file)
      do throws(KnowledgeError) {
        written.append(Written(source: file, path: try writer.replace(draft)))
      } catch { throw .writing(error) }
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
    let digits = String(FileTree.hash(source), radix: 16)
    let mark = String((String(repeating: "0", count: 16 - digits.count) + digits).prefix(8))
    let number = part.map { $0 < 10 ? "-0\($0)" : "-\($0)" } ?? ""
    return "\(NoteName.words(of: Note.name(of: source)).prefix(60))-\(mark)\(number).md"
  }

  /// Removes notes that this source wrote before and did not write now, unless that looks like an accident: nothing of the
  /// source could be read, or a file or a folder of it is empty that was not.
  private func removeOthers(of source: String, isTree: Bool, _ kept: Set<String>, _ report: inout Report)
    throws(KnowledgeError)
  {
    let notes = try NoteDirectory(brain: brain)
    let written = Set(report.written.map(\.path))
    let stale = try notes.paths().compactMap { path -> (path: String, source: String)? in
      guard !written.contains(path), let from = notes.source(of: path) else { return nil }
      guard from == source || (isTree && from.hasPrefix(source + "/")) else { return nil }
      return kept.contains(from) || kept.contains { from.hasPrefix($0 + "/") } ? nil : (path, from)
    }
    let sources = Set(report.written.map(\.source))
    var refused: [String: Int] = [:]
    for (path, from) in stale {
      if !force, !sources.contains(from), let empty = emptied(from, in: source, report) {
        refused[empty, default: 0] += 1
      } else {
        try notes.remove(path)
      }
    }
    for (empty, count) in refused.sorted(by: { $0.key < $1.key }) {
      report.problems.append(
        "\(empty): has nothing to take in any more; \(count == 1 ? "a note" : "\(count) notes") that came from it "
          + "\(count == 1 ? "stays" : "stay"), --force removes \(count == 1 ? "it" : "them")")
    }
  }

  /// What is empty now and should not be: the source, the file that a note came from, or the folder that the file was in.
  private func emptied(_ file: String, in source: String, _ report: Report) -> String? {
    if report.written.isEmpty { return source }
    if Files.kind(of: file) == .file { return file }
    var folder = file
    while folder.count > source.count, let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) {
      folder = String(folder[..<slash])
      // A disk that is not mounted leaves an empty folder behind.
      if Files.kind(of: folder) == .directory { return (try? Files.names(in: folder))?.isEmpty == true ? folder : nil }
    }
    return nil
  }
}
