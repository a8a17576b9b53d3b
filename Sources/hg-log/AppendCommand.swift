public import ArgumentParser
import CommandSupport
import NDJSON
import Platform
import Secrets
import Servers
public import SessionLog
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

struct AppendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "append",
    abstract: "Append an entry for each record to its session's log, and pass the record on (the default).")

  @OptionGroup var brain: BrainOptions

  @Option(help: ArgumentHelp("The session of records without a 'session_id'.", valueName: "id"))
  var session = "default"

  @Flag(help: "Keep the whole 'user' and 'text' as well, for hg-log messages.")
  var full = false

  @Flag(help: "Also log what hg-route decided.")
  var routing = false

  @Option(help: ArgumentHelp("When entries are forced to the disk.", valueName: "always|batch|never"))
  var fsync = SyncPolicy.batch

  @Option(
    help: ArgumentHelp(
      "Post the entries to this brain server too, best effort (BRAIN_URL; bearer from BRAIN_TOKEN).", valueName: "url"))
  var brainUrl: String?

  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if session.isEmpty { throw ValidationError("--session needs an id that is not empty") }
  }

  func run() throws {
    // A limit on the size of files (ulimit -f) is a full disk like any other.
    signal(SIGXFSZ, SIG_IGN)
    let diagnostics = Diagnostics(program: "hg-log")
    var told: Set<String> = []
    var hasFailed = false
    let appender = SessionAppender(
      SessionDirectory(brain: try brain.directory()), policy: fsync, remote: try remote(diagnostics)
    ) { error, _ in
      hasFailed = true
      if told.count < 10, told.insert(error.description).inserted { diagnostics.message(error.description) }
    }
    var entries = EntryWriter(keepsWhole: full, redactor: .fromEnvironment())
    var failures = entries
    // A line that is not a record names no session either.
    let loop = FilterLoop(
      stage: "hg-log", options: filter, takesErrors: true, beforeFlush: { appender.commit() },
      onFailure: { record in
        appender.add(session: session) { failures.append(record, session: session, time: .now(), to: &$0) }
      })
    let result = Result { () throws(ProgramFailure) in
      try loop.runCollectingStatus { (record, _) throws(RecordError) in
        try log(record, appender, &entries)
      }
    }
    appender.finish()
    if appender.lostCount > 0 { diagnostics.message("\(appender.lostCount) entries could not be logged") }
    let status = try result.get()
    if hasFailed { throw ProgramFailure(.ioError, "") }
    if status != .success { throw ProgramFailure(status, "") }
  }

  private func remote(_ diagnostics: Diagnostics) throws(ProgramFailure) -> RemoteSessionLog? {
    do throws(ServerSettings.Invalid) {
      return try ServerSettings.brain(option: brainUrl).map {
        RemoteSessionLog($0) { diagnostics.message("warning: \($0)") }
      }
    } catch {
      throw ProgramFailure(error, option: "--brain-url")
    }
  }

  private func log(_ record: Record, _ appender: SessionAppender, _ entries: inout EntryWriter) throws(RecordError) {
    let session = try SessionID.of(record) ?? session
    let time = Timestamp.now()
    appender.add(session: session) { lines in
      if routing { entries.appendRouting(record, session: session, time: time, to: &lines) }
      entries.appendFailedModels(record, session: session, time: time, to: &lines)
      entries.append(record, session: session, time: time, to: &lines)
    }
  }
}

extension SyncPolicy: ExpressibleByArgument {}

extension Redactor {
  /// Knows the values of the key variables.
  static func fromEnvironment() -> Redactor {
    Redactor(values: variables.compactMap { Environment.variable($0) })
  }
}
