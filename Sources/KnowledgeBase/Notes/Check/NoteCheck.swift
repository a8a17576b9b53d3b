import CKnowledgeBase
import Secrets

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
  private let redactor: Redactor

  /// Prepares a check.
  ///
  /// - Parameters:
  ///   - notes: The brain's notes.
  ///   - keys: The values of the keys in use, which are secrets whatever they look like.
  public init(_ notes: NoteDirectory, keys: [String] = []) {
    self.notes = notes
    redactor = Redactor(values: keys)
  }

  /// Looks at every note.
  ///
  /// - Returns: The findings, in the order of the paths.
  /// - Throws: ``KnowledgeError`` when the directory cannot be read.
  public func findings() throws(KnowledgeError) -> [Finding] {
    var reports: [Report] = []
    var targets = LinkTargets(root: notes.root)
    var seen: [UInt64: String] = [:]
    for path in try notes.paths() {
      var report = Report(path: path)
      do throws(KnowledgeError) {
        let note = Note(try notes.bytes(of: path), path: path)
        targets.add(note, path: path)
        inspect(note, &report, &seen)
      } catch {
        report.findings.append(Finding(path: path, kind: "unreadable", line: nil, message: "cannot be read"))
      }
      reports.append(report)
    }
    // A link may lead to any note: all names have to be known first.
    for index in reports.indices {
      let path = reports[index].path
      let folder = path.dropFirst("knowledge/".count)
      let parent = folder.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(folder[...$0]) } ?? ""
      for (link, line) in reports[index].links where !targets.leads(link, from: parent) {
        reports[index].findings.append(
          Finding(path: path, kind: "dead_link", line: line, message: "\(link.target) does not lead anywhere"))
      }
    }
    let hidden = notes.unreadable.map { Finding(path: $0, kind: "unreadable", line: nil, message: "cannot be read") }
    return hidden + reports.flatMap(\.findings)
  }

  private struct Report {
    let path: String
    var findings: [Finding] = []
    var links: [(link: MarkdownLinks.Link, line: Int)] = []
  }

  private func inspect(_ note: Note, _ report: inout Report, _ seen: inout [UInt64: String]) {
    func add(_ kind: String, _ line: Int?, _ message: String) {
      report.findings.append(Finding(path: report.path, kind: kind, line: line, message: message))
    }
    if let problem = note.frontMatter.problem { add("front_matter", nil, problem) }
    if let first = duplicate(of: note, report.path, &seen) { add("duplicate", nil, "the same text as \(first)") }
    let secrets = note.text.withUnsafeBytes { redactor.findings(in: $0) }
    for secret in secrets {
      add("secret", line(of: secret.range.lowerBound, in: note), "looks like \(secret.name)")
    }
    report.links = MarkdownLinks.find(in: note.text, from: note.frontMatter.end).map { link in
      (link, line(of: link.place, in: note))
    }
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

  /// The number of a line; the text has the lines of the file.
  private func line(of place: Int, in note: Note) -> Int { note.text[..<place].count { $0 == 0x0A } + 1 }
}
