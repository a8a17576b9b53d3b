import CKnowledgeBase
import Platform
import SQLite

/// A note that was found.
public struct SearchResult: Sendable, Equatable {
  /// Relative to the brain: `knowledge/deploy.md`.
  public let path: String
  /// The note's title.
  public let title: String
  /// The passage that matches, at most as long as was asked for.
  public let excerpt: String
  /// The higher the better; comparable within one query only.
  public let score: Double
}

/// A brain's knowledge: Markdown files, and the index that finds them.
///
///     let knowledge = try KnowledgeBase(brain: "brain")
///     for result in try knowledge.search("how do we deploy", limit: 3) { print(result.path) }
///
/// A class because it owns the index's connection.
public final class KnowledgeBase {
  let brain: String
  let index: NoteIndex
  private var checkedAt: Int64
  private let isChecked: Bool
  private let embeddings: EmbeddingServer?
  private var warnings: [String] = []
  private var failures = ServerFailures()

  /// Opens the knowledge of a brain, and brings its index up to date.
  ///
  /// - Parameters:
  ///   - brain: The directory that holds `knowledge/`.
  ///   - checked: Whether to look for changed files; without, an existing index is used as it is.
  ///   - embeddings: Searches by meaning too, with the vectors of this server; without it answering, by words alone.
  /// - Throws: ``KnowledgeError``; `noKnowledge` when there is no such directory.
  public init(brain: String, checked: Bool = true, embeddings: EmbeddingServer? = nil) throws(KnowledgeError) {
    self.brain = brain
    isChecked = checked
    self.embeddings = embeddings
    index = try NoteIndex(brain: brain, checked: checked)
    checkedAt = WallClock.nanoseconds
  }

  /// Finds the notes that answer a text best.
  ///
  /// - Parameters:
  ///   - text: Any text; nothing in it is an operator.
  ///   - limit: The most notes to return.
  ///   - excerptBytes: The longest excerpt, in bytes of UTF-8.
  /// - Returns: Best first; equal scores in the order of their paths.
  /// - Throws: ``KnowledgeError`` when the index can be neither read nor built again.
  public func search(_ text: String, limit: Int, excerptBytes: Int = 400) throws(KnowledgeError) -> [SearchResult] {
    try search(text, limit: limit, excerptBytes: { _ in excerptBytes })
  }

  /// As above, with a length for each excerpt: given the number of notes found.
  func search(_ text: String, limit: Int, excerptBytes: (Int) -> Int) throws(KnowledgeError) -> [SearchResult] {
    guard Self.asks(text) else { return [] }
    try refreshIfOld()
    let vector = vector(of: text)
    let found = try index.reading { index throws(DatabaseError) in
      try Search(index).run(text, limit: limit, vector: vector)
    }
    let length = excerptBytes(found.hits.count)
    return found.hits.compactMap { hit in result(of: hit, found.weights, excerptBytes: length) }
  }

  /// Nil when the note is gone. One that cannot be read is found, without an excerpt.
  private func result(of hit: Search.Hit, _ weights: [Search.TermWeight], excerptBytes: Int) -> SearchResult? {
    let path = "knowledge/" + hit.path
    let score = (Double(hit.score) * 10_000).rounded() / 10_000
    do throws(KnowledgeError) {
      guard let note = try index.note(at: hit.path) else { return nil }
      let excerpt = index.excerpt(of: note, piece: hit.piece, weights: weights, maximum: excerptBytes)
      return SearchResult(path: path, title: note.title, excerpt: excerpt, score: score)
    } catch {
      warnings += UnreadableNote.warnings([UnreadableNote(path: hit.path, error: error, isKnown: true)])
      return SearchResult(path: path, title: Note.name(of: hit.path), excerpt: "", score: score)
    }
  }

  /// Whether a text asks for anything: not when it is empty, white space, or characters that are not seen.
  ///
  /// - Parameter text: A query.
  /// - Returns: False when nobody need be asked.
  public static func asks(_ text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
      !scalar.properties.isWhitespace && !scalar.properties.isDefaultIgnorableCodePoint
        && scalar.properties.generalCategory != .format && scalar.properties.generalCategory != .control
    }
  }

  /// What the user should be told, once each.
  public func takeWarnings() -> [String] {
    defer { warnings = [] }
    return index.takeWarnings() + warnings
  }

  private func vector(of text: String) -> Search.Vector? {
    guard let embeddings else { return nil }
    let values: [Float]?
    do throws(KnowledgeError) {
      values = try failures.ask { () throws(KnowledgeError) in try embeddings.embed([String(text.prefix(8_000))]).first
      }
    } catch {
      warnings.append("searching by words alone: \(error)")
      return nil
    }
    guard let values else { return nil }
    do throws(KnowledgeError) {
      try index.embedMissing(embeddings, dimension: values.count)
    } catch {
      warnings.append("some notes have no vector: \(error)")
    }
    return Search.Vector(model: embeddings.model, values: values)
  }

  /// A filter that runs for hours sees new notes; one that runs fast does not look at all files for each record.
  private func refreshIfOld() throws(KnowledgeError) {
    let now = WallClock.nanoseconds
    guard isChecked, now > checkedAt + 1_000_000_000 || now < checkedAt else { return }
    try index.refresh()
    checkedAt = WallClock.nanoseconds
  }
}

extension NoteIndex {
  /// Reads a note; nil when it went away since the index saw it.
  func note(at path: String) throws(KnowledgeError) -> Note? {
    do throws(KnowledgeError) {
      return Note(try Files.read(path, in: rootDescriptor), path: path)
    } catch {
      if error.isAbsence { return nil }
      throw error
    }
  }

  func excerpt(of note: Note, piece: Int, weights: [Search.TermWeight], maximum: Int) -> String {
    let range = note.piece(piece)
    let body = afterTitle(note, range)..<range.upperBound
    let places = TokenizedText.places(of: weights.map(\.stem), in: note.text, body, database.tokenizer)
    return Excerpt(note.text, body, places: places, weights: weights.map(\.weight)).best(maximum: maximum)
  }

  /// Where a piece goes on after a first heading that says no more than the title, which is shown anyway.
  private func afterTitle(_ note: Note, _ piece: Range<Int>) -> Int {
    guard let heading = note.titleLine ?? note.headings.first, piece.contains(heading.lowerBound),
      note.text[piece.lowerBound..<heading.lowerBound].allSatisfy({ $0 <= 0x20 || $0 == UInt8(ascii: "#") }),
      note.text[heading].elementsEqual(note.title.utf8), heading.upperBound <= piece.upperBound
    else { return piece.lowerBound }
    // The line of an underlined heading goes too.
    let underline = note.text[heading.upperBound..<piece.upperBound].drop { $0 == 0x0A }.prefix { $0 != 0x0A }
    let isUnderline =
      underline.allSatisfy { $0 == UInt8(ascii: "=") } || underline.allSatisfy { $0 == UInt8(ascii: "-") }
    let end = isUnderline && !underline.isEmpty ? underline.endIndex : heading.upperBound
    // A note of nothing but its title shows that.
    return note.text[end..<piece.upperBound].allSatisfy({ $0 <= 0x20 }) ? piece.lowerBound : end
  }
}
