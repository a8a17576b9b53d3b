import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON
import SystemPackage

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the notes.",
    discussion:
      "Prints {\"path\",\"title\",\"type\",\"domain\",\"tags\",\"bytes\",\"modified\"} for each note, in the order of the paths."
  )

  @OptionGroup var options: BrainOptions

  func run() throws {
    let output = Output()
    let directory = try options.directory().string
    let notes: NoteDirectory
    let paths: [String]
    do throws(KnowledgeError) {
      notes = try NoteDirectory(brain: directory)
      paths = try notes.paths()
    } catch {
      throw error.failure
    }
    for path in paths {
      guard let note = notes.summary(of: path) else { continue }
      try output.line { writer in
        writer.object { object in
          object.member("path", note.path)
          object.member("title", note.title)
          object.member("type", note.type)
          object.member("domain", note.domain)
          object.name("tags")
          object.array { array in note.tags.forEach { array.string($0) } }
          object.member("bytes", note.bytes)
          object.member("modified", note.modified)
        }
      }
    }
    try output.flush()
    for path in notes.unreadable { Diagnostics.brain.message("\(path): cannot be read") }
    if !notes.unreadable.isEmpty { throw ProgramFailure(.recordsFailed, "") }
  }
}

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Print notes as they are.")

  @Argument(help: "Paths as search and list print them.")
  var paths: [String]

  @OptionGroup var options: BrainOptions

  func run() throws {
    let output = Output()
    let directory = try options.directory().string
    for path in paths {
      let bytes: [UInt8]
      do throws(KnowledgeError) { bytes = try NoteDirectory(brain: directory).bytes(of: path) } catch {
        throw error.failure
      }
      try output.bytes(bytes)
    }
    try output.flush()
  }
}
