import ArgumentParser
import CommandSupport
import NDJSON
import Records
import SessionLog

struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "What a session did so far, one line an entry, as a block for a prompt.")

  @OptionGroup var brain: BrainOptions

  @Option(help: ArgumentHelp("The session; with --prepend, of records that name none (default).", valueName: "id"))
  var session: String?

  @Option(
    help: ArgumentHelp("Leave entries of this phase out; may be given more than once.", valueName: "phase"))
  var excludePhase: [String] = []

  @Option(
    help: ArgumentHelp("Only the latest entries; 0 takes all.", valueName: "count"),
    transform: OptionNumber.count(0...Int.max))
  var last = 50

  @Flag(help: "Read records and put the block in front of the 'user' of each.")
  var prepend = false

  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if session?.isEmpty == true { throw ValidationError("--session needs an id that is not empty") }
    if session == nil && !prepend { throw ValidationError("Missing expected argument '--session <id>'") }
  }

  func run() throws {
    let sessions = SessionDirectory(brain: try brain.directory())
    guard prepend else {
      let history = try reading { try self.history(of: session ?? "default", in: sessions) }
      return try StandardOutput.write(history.block.utf8)
    }
    let diagnostics = Diagnostics(program: "hg-log")
    try FilterLoop(stage: "hg-log", options: filter).run { (record, edits) throws(RecordError) in
      let id = try SessionID.of(record) ?? session ?? "default"
      do throws(SessionLogError) {
        let history = try history(of: id, in: sessions)
        guard !history.lines.isEmpty else { return }
        guard let user = record.prompt.user?.string else {
          // Messages, or parts: the block is more text in front of the last task.
          _ = edits.prependToTask(history.block + "\n---\n\n", of: record)
          return
        }
        let count = record["knowledge"].map { $0.elements.reduce(0) { count, _ in count + 1 } } ?? 0
        edits.set("user", string: history.prepended(to: user, knowledgeCount: count))
      } catch {
        // Absence of history blocks no job.
        diagnostics.message("no history: \(error)")
      }
    }
  }

  private func history(of id: String, in sessions: SessionDirectory) throws(SessionLogError) -> SessionHistory {
    try SessionHistory(of: id, in: sessions, excludedPhases: excludePhase, last: last == 0 ? nil : last)
  }
}
