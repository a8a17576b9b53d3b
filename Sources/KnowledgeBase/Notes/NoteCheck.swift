import CKnowledgeBase

/// Looks for what is wrong with the notes of a brain.
public struct NoteCheck {
  /// Something to put right.
  public struct Finding: Sendable, Equatable {
    /// The note, relative to the brain.
    public let path: String
    /// `front_matter`, `duplicate`, `dead_link`, `secret` or `unreadable`.
    public let kind: String
    /// The line, from 1, when it is one line's fault.
    public let line: Int?
    /// What is wrong; a secret is never repeated.
    public let message: String
  }

  private let notes: NoteDirectory

  /// Prepares a check.
  ///
  /// - Parameter notes: The brain's notes.
  public init(_ notes: NoteDirectory) { self.notes = notes }

  /// Looks at every note.
  ///
  /// - Returns: The findings, in the order of the paths.
  /// - Throws: ``KnowledgeError`` when the directory cannot be read.
  public func findings() throws(KnowledgeError) -> [Finding] {
    var findings: [Finding] = []
    let paths = try notes.paths()
    let names = Set(paths.map { Note.name(of: $0).lowercased() })
    var seen: [UInt64: String] = [:]
    for path in paths {
      guard let bytes = try? notes.bytes(of: path) else {
        findings.append(Finding(path: path, kind: "unreadable", line: nil, message: "cannot be read"))
        continue
      }
      let note = Note(bytes, path: path)
      if let problem = note.frontMatter.problem {
        findings.append(Finding(path: path, kind: "front_matter", line: nil, message: problem))
      }
      if let first = duplicate(of: note, path, &seen) {
        findings.append(Finding(path: path, kind: "duplicate", line: nil, message: "the same text as \(first)"))
      }
      for link in MarkdownLinks.find(in: note.text, from: note.frontMatter.end) where !leads(link, from: path, names) {
        findings.append(
          Finding(
            path: path, kind: "dead_link", line: line(of: link.place, in: note),
            message: "\(link.target) does not lead anywhere"))
      }
      for secret in Secrets.find(in: note.text) {
        findings.append(
          Finding(
            path: path, kind: "secret", line: line(of: secret.place, in: note), message: "looks like \(secret.name)"))
      }
    }
    return findings
  }

  private func duplicate(of note: Note, _ path: String, _ seen: inout [UInt64: String]) -> String? {
    let body = note.text[note.body]
    guard let start = body.firstIndex(where: { $0 > 0x20 }), let last = body.lastIndex(where: { $0 > 0x20 }) else {
      return nil
    }
    let hash = Array(body[start...last]).withUnsafeBytes { hg_hash($0.baseAddress, $0.count) }
    if let first = seen[hash] { return first }
    seen[hash] = path
    return nil
  }

  private func leads(_ link: MarkdownLinks.Link, from path: String, _ names: Set<String>) -> Bool {
    if link.isWiki { return names.contains(Note.name(of: link.target).lowercased()) }
    let folder = path.dropFirst("knowledge/".count).split(separator: "/").dropLast().joined(separator: "/")
    let target = link.target.hasPrefix("/") ? link.target : notes.root + "/" + folder + "/" + link.target
    return FileTree.resolve(target) != nil
  }

  /// The number of a line; the text has the lines of the file.
  private func line(of place: Int, in note: Note) -> Int { note.text[..<place].count { $0 == 0x0A } + 1 }
}

/// The links of a Markdown text that lead to files: `[text](path)` and `[[Name]]`, not in code.
enum MarkdownLinks {
  struct Link: Equatable {
    let target: String
    let isWiki: Bool
    let place: Int
  }

  static func find(in text: [UInt8], from start: Int) -> [Link] {
    var links: [Link] = []
    var fence: UInt8?
    var lines = LineRanges(text, from: start)
    while let line = lines.next() {
      let content = text[line].drop { $0 == 0x20 }
      if let mark = content.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~"),
        content.prefix(while: { $0 == mark }).count >= 3
      {
        fence = fence == nil ? mark : fence == mark ? nil : fence
        continue
      }
      if fence == nil { links += find(in: text, line) }
    }
    return links
  }

  private static func find(in text: [UInt8], _ line: Range<Int>) -> [Link] {
    var links: [Link] = []
    var index = line.lowerBound
    var isCode = false
    while index < line.upperBound {
      defer { index += 1 }
      if text[index] == UInt8(ascii: "`") { isCode.toggle() }
      guard !isCode else { continue }
      let rest = text[index..<line.upperBound]
      if rest.starts(with: "[[".utf8), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
        let inner = String(decoding: text[(index + 2)..<end], as: UTF8.self)
        let target = String(inner.prefix { $0 != "|" && $0 != "#" })
        if !target.isEmpty { links.append(Link(target: target, isWiki: true, place: index)) }
        index = end
      } else if rest.starts(with: "](".utf8), let end = rest.firstIndex(of: UInt8(ascii: ")")) {
        let inner = String(decoding: text[(index + 2)..<end], as: UTF8.self)
        if let target = file(inner) { links.append(Link(target: target, isWiki: false, place: index)) }
      }
    }
    return links
  }

  /// The path of a link to a file; nil for other addresses, for anchors, and for what holds a title or brackets.
  private static func file(_ link: String) -> String? {
    var path = String(link.prefix { $0 != "#" && $0 != "?" && $0 != " " })
    if path.hasPrefix("<") && path.hasSuffix(">") { path = String(path.dropFirst().dropLast()) }
    let scheme = path.prefix { $0.isLetter }
    guard !path.isEmpty, !path.hasPrefix("//"), !path.dropFirst(scheme.count).hasPrefix(":") else { return nil }
    return decoded(path)
  }

  /// Undoes `%20`.
  private static func decoded(_ path: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
