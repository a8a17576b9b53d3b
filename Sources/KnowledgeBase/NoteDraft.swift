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
  var file: [UInt8] {
    var head = ""
    func add(_ name: String, _ text: String?) {
      if let text, !text.isEmpty { head += "\(name): \(Self.quoted(text))\n" }
    }
    add("title", title)
    add("type", type)
    add("domain", domain)
    if !tags.isEmpty { head += "tags: [\(tags.map { Self.quoted($0) }.joined(separator: ", "))]\n" }
    add("source", source)
    // A text that begins as a head does would be taken for one.
    let needsHead = !head.isEmpty || content.hasPrefix("---") || content.hasPrefix("\u{FEFF}")
    let text = content.hasSuffix("\n") ? content : content + "\n"
    return Array(((needsHead ? "---\n\(head)---\n" : "") + text).utf8)
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
    guard let name = Self.baseName(filename) else { throw .invalid("\"\(filename)\" is no name for a note") }
    return name
  }

  /// A name made of the title and a time.
  func madeName(at time: Int64) -> String {
    var words = ""
    let line =
      title ?? content.split(separator: "\n").first { $0.contains { $0.isLetter || $0.isNumber } }.map { String($0) }
    for character in (line ?? "note").lowercased() {
      if character.isLetter || character.isNumber {
        words.append(character)
      } else if words.last != "-" {
        words.append("-")
      }
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
    name = name.trimming { $0 == " " }
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
