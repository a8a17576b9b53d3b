import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON
import SystemPackage

struct WriteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "write", abstract: "Write notes.",
    discussion: """
      Reads records {"content","title"?,"type"?,"domain"?,"tags"?,"filename"?} and answers each with {"path"} (and its \
      'id'). A note with the same content as one that exists is not written again: the answer is the existing path. A file \
      is never overwritten unless --force. Without a filename the name is made of title and time.
      """)

  @Flag(help: "Let a note take the place of the file that has its name.")
  var force = false

  @Option(help: "The title, for records that have none.")
  var title: String?

  @Option(help: "The kind of note, for records that have none.")
  var type: String?

  @Option(help: "The field the note belongs to, for records that have none.")
  var domain: String?

  @Option(name: .customLong("tag"), help: "A label, for records that have none; can be given again.")
  var tags: [String] = []

  @Option(help: "The file's name, with --in text.")
  var filename: String?

  @OptionGroup var options: KnowledgeOptions
  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if filename != nil && filter.input != .text { throw ValidationError("--filename goes with --in text") }
    if filter.output == .text {
      throw ValidationError("--out text has nothing to print here: the answer is {\"path\"}")
    }
  }

  func run() throws {
    let remote = try options.source.remote()
    if remote != nil && force { throw ProgramFailure(.usage, "--force does not go with a brain server") }
    let directory = remote == nil ? try options.source.directory() : ""
    var opened: NoteWriter?
    var failures = ServerFailures()
    let loop = FilterLoop(stage: "hg-brain", options: filter, textMember: "content")
    try loop.run { (record, edits) throws(RecordError) in
      let draft = try draft(of: record)
      do throws(KnowledgeError) {
        if remote == nil && opened == nil { opened = try NoteWriter(brain: directory, force: force) }
        let path =
          if let remote {
            try failures.ask { () throws(KnowledgeError) in try remote.write(draft) }
          } else {
            try opened?.write(draft)
          }
        guard let path else { return }
        for member in 0..<record.count {
          if let name = record.name(at: member).string, name != "id" { edits.remove(name) }
        }
        edits.set("path", string: path)
      } catch {
        throw error.recordError
      }
    }
  }

  private func draft(of record: Record) throws(RecordError) -> NoteDraft {
    guard let content = try text(record["content"], "content") else {
      throw RecordError(kind: "bad_input", message: "a note needs 'content'")
    }
    var labels = tags
    if let value = record["tags"], !value.isNull {
      guard value.kind == .array else { throw RecordError(kind: "bad_input", message: "'tags' is not an array") }
      labels = []
      for element in value.elements {
        guard let tag = element.string else {
          throw RecordError(kind: "bad_input", message: "'tags' holds something that is not a string")
        }
        labels.append(tag)
      }
    }
    return NoteDraft(
      content: content, title: try text(record["title"], "title") ?? title,
      type: try text(record["type"], "type") ?? type,
      domain: try text(record["domain"], "domain") ?? domain, tags: labels,
      filename: try text(record["filename"], "filename") ?? filename)
  }

  private func text(_ value: JSONValue?, _ name: String) throws(RecordError) -> String? {
    guard let value, !value.isNull else { return nil }
    guard let text = value.string else { throw RecordError(kind: "bad_input", message: "'\(name)' is not a string") }
    return text
  }
}
