import ArgumentParser
import CommandSupport
import NDJSON
import SessionLog
import SystemPackage

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Find torn or foreign lines in the logs; exit 1 when there are any.")

  @OptionGroup var brain: BrainOptions

  @Option(help: ArgumentHelp("Only this session.", valueName: "id"))
  var session: String?

  @Flag(help: "Move them to a .rej file beside the log; exit 0 when that worked.")
  var repair = false

  func validate() throws {
    if session?.isEmpty == true { throw ValidationError("--session needs an id that is not empty") }
  }

  func run() throws {
    let sessions = SessionDirectory(brain: try brain.directory())
    let files = try reading { try session.map { sessions.files(ofSession: $0) } ?? sessions.files() }
    let diagnostics = Diagnostics(program: "hg-log")
    let output = RecordOutput(.standardOutput)
    var status = ExitStatus.success
    for file in files {
      do {
        let verifier = LogVerifier(file)
        let defects = repair ? try verifier.repair() : try verifier.defects()
        if !defects.isEmpty && !repair && status == .success { status = .recordsFailed }
        try print(defects, to: output)
      } catch let error as SessionLogError where error.isNoSuchFile {
        // Of all sessions: one that was removed meanwhile.
        guard let session else { continue }
        throw ProgramFailure(.noInput, "session \(session): there is no log \(error.path)")
      } catch let error as SessionLogError {
        diagnostics.message(error.description)
        status = .ioError
      }
    }
    if status != .success { throw ProgramFailure(status, "") }
  }

  private func print(_ defects: [LogVerifier.Defect], to output: RecordOutput) throws(ProgramFailure) {
    do throws(Errno) {
      for defect in defects {
        var writer = JSONWriter()
        defect.write(isMoved: repair, to: &writer)
        try output.line { $0.append(contentsOf: writer.bytes) }
      }
      try output.flush()
    } catch {
      throw .writing(error)
    }
  }
}
