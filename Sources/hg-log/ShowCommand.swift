import ArgumentParser
import CommandSupport
import NDJSON
import Platform
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

  @Flag(help: "Go on with new entries as they come, like tail -F.")
  var follow = false

  func run() throws {
    let sessions = SessionDirectory(brain: try brain.directory())
    // Before the entries are listed: one that comes meanwhile is shown twice rather than not at all.
    let follower = try follow ? reading { try LogFollower(sessions, session: session) } : nil
    let listing = try reading { try EntryListing(in: sessions, session: session, since: since?.timestamp) }
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      try listing.write(to: output)
      try output.flush()
      try follower?.run(writingTo: output)
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
