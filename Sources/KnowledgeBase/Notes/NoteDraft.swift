import NDJSON

#if canImport(Glibc)
  import Glibc
#endif

/// A note to be written.
public struct NoteDraft: Sendable, Equatable {
  /// The Markdown text.
  public var content: String
  /// The title; nil leaves it to the first heading or the file's name.
  public var title: String?
  /// What kind of note: `decision`, `howto`, ...
  public var type: String?
  /// The field it belongs to.
  public var domain: String?
  /// Labels.
  public var tags: [String]
  /// The wanted name; a directory in it is ignored, `.md` is added. Nil makes one from title and time.
  public var filename: String?
  /// Where an ingested note came from.
  public var source: String?

  /// Makes a draft.
  ///
  /// - Parameters:
  ///   - content: The Markdown text.
  ///   - title: The title.
  ///   - type: What kind of note.
  ///   - domain: The field it belongs to.
  ///   - tags: Labels.
  ///   - filename: The wanted name.
  ///   - source: Where it came from.
  public init(
    content: String, title: String? = nil, type: String? = nil, domain: String? = nil, tags: [String] = [],
    filename: String? = nil, source: String? = nil
  ) {
    self.content = content
    self.title = title
    self.type = type
    self.domain = domain
    self.tags = tags
    self.filename = filename
    self.source = source
  }

  /// The bytes of the file. They hold no time, so that the same note is the same file.
  ///
  /// Front matter that the content brings along stays; what the draft says goes in front of it, and takes the place
  /// of what it says of the same.
  var file: [UInt8] {
    var head = ""
    var names: [String] = []
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      head += "\(name): \(value)\n"
      names.append(name)
    }
    func quoted(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : Self.quoted($0) } }
    add("title", quoted(title))
    add("type", quoted(type))
    add("domain", quoted(domain))
    add("tags", tags.isEmpty ? nil : "[\(tags.map { Self.quoted($0) }.joined(separator: ", "))]")
    add("source", quoted(source))
    var text = Array(content.utf8)
    if text.starts(with: TextDecoding.byteOrderMark) { text.removeFirst(TextDecoding.byteOrderMark.count) }
    if text.last != 0x0A { text.append(0x0A) }
    let brought = FrontMatter(text)
    let hasHead = brought.end > 0 && brought.problem == nil
    // One that is not YAML is read as well as can be, as long as nothing is put in front of it.
    if brought.end > 0 && head.isEmpty { return text }
    let rest = hasHead ? Self.lines(of: text[..<brought.end], without: names) + text[brought.end...] : text[...]
    // A text that only looks like front matter would be taken for it.
    let needsHead = !head.isEmpty || text.starts(with: "---".utf8)
    return needsHead ? Array("---\n\(head)".utf8) + (hasHead ? [] : Array("---\n".utf8)) + rest : text
  }

  /// The lines of a head behind its first one, without those that say what `names` name.
  private static func lines(of head: ArraySlice<UInt8>, without names: [String]) -> ArraySlice<UInt8> {
    var kept: [UInt8] = []
    var isDropped = false
    for line in LineRanges(Array(head)).dropFirst() {
      let text = head[line]
      // A line that is indented, or an item of a list, belongs to the name before it.
      let continues = text.first.map { [0x20, 0x09, UInt8(ascii: "-")].contains($0) } ?? false
      if !continues || text.starts(with: Array("---".utf8)) {
        let key = text.firstIndex(of: UInt8(ascii: ":")).map { String(decoding: text[..<$0], as: UTF8.self) }
        isDropped = key.map { names.contains(FrontMatter.name(of: $0)) } ?? false
      }
      if !isDropped { kept += text + [0x0A] }
    }
    return kept[...]
  }

  /// A JSON string is a YAML string, whatever is in it.
  private static func quoted(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The name the note asks for; nil when it has to be made.
  func wantedName() throws(KnowledgeError) -> String? {
    guard let filename else { return nil }
    guard let name = Self.baseName(filename) else { throw .invalid("\"\(filename)\" is not a name for a note") }
    return name
  }

  /// A name made of the title and a time.
  func madeName(at time: Int64) -> String {
    var words = ""
    let text = Array(content.utf8)
    let brought = FrontMatter(text)
    let body = String(decoding: text[brought.end...], as: UTF8.self)
    let line =
      title ?? brought.title
      ?? body.split(separator: "\n").first { $0.contains { $0.isLetter || $0.isNumber } }.map { String($0) }
    for character in NoteName.words(of: line ?? "note") {
      words.append(character)
      if words.utf8.count >= 60 { break }
    }
    words = words.trimming { $0 == "-" }
    return "\(words.isEmpty ? "note" : words)-\(Self.stamp(time)).md"
  }

  /// The last part of a path as the name of a note: no directory, no leading dot, no control character, not too long.
  static func baseName(_ path: String) -> String? {
    let last = path.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map { String($0) } ?? ""
    var name = String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    name = String(name.drop { $0 == "." || $0 == " " })
    if name.lowercased().hasSuffix(".md") { name = String(name.dropLast(3)) }
    while name.utf8.count > 200 { name.removeLast() }
    name = NoteName.composed(name.trimming { $0 == " " })
    return name.isEmpty ? nil : name + ".md"
  }

  /// `20261121-040102`, UTC.
  private static func stamp(_ time: Int64) -> String {
    var seconds = time_t(time / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    let count = strftime(&buffer, buffer.count, "%Y%m%d-%H%M%S", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
