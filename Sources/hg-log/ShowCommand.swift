import ArgumentParser
import CommandSupport
import NDJSON
import SessionLog
import SystemPackage

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "The entries in time order, across sessions.")

  @OptionGroup var brain: BrainOptions

  @Option(help: ArgumentHelp("Only this session.", valueName: "id"))
  var session: String?

  @Option(
    help: ArgumentHelp("Only entries since 2026-11-21T04:00:00Z, 2026-11-21, or 30m ago.", valueName: "time"))
  var since: Moment?

  func run() throws {
    let sessions = SessionDirectory(brain: try brain.directory())
    let listing = try reading { try EntryListing(in: sessions, session: session, since: since?.timestamp) }
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      try listing.write(to: output)
      try output.flush()
    } catch {
      throw ProgramFailure.writing(error)
    }
  }
}

/// A point in time as people write it: RFC 3339, a date, or how long ago.
struct Moment: ExpressibleByArgument {
  let timestamp: Timestamp

  init?(argument: String) {
    if let window = TimeWindow(argument) {
      timestamp = window.start(before: .now())
    } else if let timestamp = Timestamp(argument.utf8) {
      self.timestamp = timestamp
    } else {
      return nil
    }
  }
}
