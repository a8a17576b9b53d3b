import ArgumentParser
import CommandSupport
import Secrets
import SessionLog

struct VerdictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verdict",
    abstract: "Record how a job turned out; of several verdicts the last one counts.")

  enum Judgement: String, ExpressibleByArgument, CaseIterable {
    case pass, fail
  }

  @OptionGroup var brain: BrainOptions

  @Option(help: ArgumentHelp("The session.", valueName: "id"))
  var session: String

  @Option(help: ArgumentHelp("The job's id; without it the last job of the session.", valueName: "id"))
  var id: String?

  @Argument(help: "How it turned out.")
  var outcome: Judgement

  @Option(help: ArgumentHelp("Why.", valueName: "text"))
  var message: String?

  func validate() throws {
    if session.isEmpty { throw ValidationError("--session needs an id that is not empty") }
  }

  func run() throws {
    let sessions = SessionDirectory(brain: try brain.directory())
    let verdict = Verdict(session: session, id: id, accepts: outcome == .pass, message: message)
    let isWritten = try reading { try verdict.append(to: sessions, redactor: .fromEnvironment()) }
    if !isWritten {
      let job = id.map { "no job with the id \($0)" } ?? "no job"
      throw ProgramFailure(.noInput, "session \(session): \(job) in \(sessions.file(ofSession: session))")
    }
  }
}
