import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON
import Secrets
import SystemPackage

struct IngestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest",
    abstract: "Take Markdown and text files in.",
    discussion: """
      A tree is searched for Markdown and text; a long file becomes several notes, cut at headings. The same source again \
      replaces what it wrote before. A file that cannot be read or is not text is named and passed over, and so is a source \
      that is empty but was not before; their notes stay, and the exit status is 1. Prints {"path","source"} for each note.
      """)

  @Argument(help: "Files and directories.")
  var paths: [String]

  @Option(help: "The kind of note, for sources that say none.")
  var type: String?

  @Option(help: "The field the notes belong to, for sources that say none.")
  var domain: String?

  @Option(name: .customLong("tag"), help: "A label to add; can be given again.")
  var tags: [String] = []

  @Flag(help: "Remove the notes of a source that is empty now.")
  var force = false

  @OptionGroup var options: BrainOptions

  func run() throws {
    let output = Output()
    let ingestion = Ingestion(
      brain: try options.directory().string, type: type, domain: domain, tags: tags, force: force)
    var status = ExitStatus.success
    for path in paths {
      let report: Ingestion.Report
      do throws(KnowledgeError) { report = try ingestion.ingest(path) } catch {
        // What is not there does not keep the others out.
        guard case .noSuchNote = error else { throw error.failure }
        Diagnostics.brain.message("\(path): no such file or directory")
        if status == .success { status = .noInput }
        continue
      }
      for problem in report.problems { Diagnostics.brain.message(problem) }
      if !report.problems.isEmpty { status = .recordsFailed }
      for note in report.written {
        try output.line { writer in
          writer.object { object in
            object.member("path", note.path)
            object.member("source", note.source)
          }
        }
      }
    }
    try output.flush()
    if status != .success { throw ProgramFailure(status, "") }
  }
}

struct RemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove notes.")

  @Argument(help: "Paths as search and list print them.")
  var paths: [String]

  @OptionGroup var options: BrainOptions

  func run() throws {
    let directory = try options.directory().string
    do throws(KnowledgeError) {
      let notes = try NoteDirectory(brain: directory)
      for path in paths { try notes.remove(path) }
    } catch {
      throw error.failure
    }
  }
}

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Look for broken front matter, duplicates, dead links, and secrets that slipped in.",
    discussion: """
      Prints {"path","kind","line"?,"message"} for each; exits with 1 when there is any. Kinds: front_matter, duplicate, \
      dead_link, secret, unreadable.
      """)

  @OptionGroup var options: BrainOptions

  func run() throws {
    let output = Output()
    let directory = try options.directory().string
    let findings: [NoteCheck.Finding]
    do throws(KnowledgeError) {
      let keys = Redactor.variables.compactMap { Setting($0)?.text }
      findings = try NoteCheck(NoteDirectory(brain: directory), keys: keys).findings()
    } catch {
      throw error.failure
    }
    for finding in findings {
      try output.line { writer in
        writer.object { object in
          object.member("path", finding.path)
          object.member("kind", finding.kind)
          object.member("line", finding.line)
          object.member("message", finding.message)
        }
      }
    }
    try output.flush()
    if !findings.isEmpty { throw ProgramFailure(.recordsFailed, "") }
  }
}
