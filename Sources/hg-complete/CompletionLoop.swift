import ChatCompletion
import CommandSupport
import NDJSON
import Platform
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Feeds stdin's records to a run and ends with its exit status.
struct CompletionLoop {
  let settings: Settings
  let filter: FilterOptions
  let progress: ProgressFormat
  let resume: String?

  func run() throws(ProgramFailure) {
    let source = try RecordSource(filter)
    let earlier: ResumeFile? = if let resume { try self.earlier(resume) } else { nil }
    // Its lock lasts as long as the run.
    defer { withExtendedLifetime(earlier) {} }
    let sink = RecordSink(stage: "hg-complete", options: filter)
    let run = CompletionRun(
      settings.completion, address: settings.address, key: settings.key, client: try makeClient(),
      output: .standardOutput, resume: earlier?.takeIndex())
    let display = ProgressDisplay(progress)
    run.onFailure = { error, line in sink.noteFailure(error, line: line) }
    run.onWarning = { sink.diagnostics.message($0) }
    try feed(run, source, display)
    display.finish(run.summary)
    _ = try sink.finish()
    try end(run.summary)
  }

  /// What an earlier run answered.
  func earlier(_ name: String, firstLines: Int = .max) throws(ProgramFailure) -> ResumeFile {
    let path = FilePath(name)
    if ResumeFile.isSame(path, .standardInput) {
      throw ProgramFailure(.usage, "stdin is \(path): the tasks and their answers are two files")
    }
    if ResumeFile.isOverwritten(path, by: .standardOutput) {
      throw ProgramFailure(.usage, "stdout is \(path), but not opened for appending: use >> instead of >")
    }
    do throws(ResumeFile.Failure) {
      let file = try ResumeFile(path, firstLines: firstLines)
      if file.foreignCount > 0 {
        let count = file.foreignCount
        Diagnostics(program: "hg-complete").message(
          "\(path): \(count) line\(count == 1 ? " is not a record" : "s are not records")")
      }
      return file
    } catch {
      let status: ExitStatus =
        switch error {
        case .system: .ioError
        case .inUse: .temporaryFailure
        case .notRegular, .foreign, .foreignEnd: .noInput
        }
      throw ProgramFailure(status, "--resume \(path): \(error)")
    }
  }

  func makeClient() throws(ProgramFailure) -> HTTPClient {
    do throws(Errno) {
      return try HTTPClient(settings.http)
    } catch {
      throw ProgramFailure(.ioError, "libcurl: \(error)")
    }
  }

  private func feed(
    _ run: CompletionRun, _ source: RecordSource, _ display: ProgressDisplay
  ) throws(ProgramFailure) {
    var failure: ProgramFailure?
    while true {
      let readable = try advance(run, source)
      let input = failure == nil ? readable : nil
      if run.isDone && input == nil { break }
      let wake: HTTPClient.Wake
      do throws(Errno) { wake = try run.step(input: input, until: display.nextMoment) } catch { throw .writing(error) }
      display.update(run.summary)
      guard wake.contains(.input) else { continue }
      // What was read before is still answered and written.
      do throws(ProgramFailure) { try source.fill() } catch { failure = error }
    }
    do throws(Errno) { try run.finish() } catch { throw .writing(error) }
    if let failure { throw failure }
  }

  /// Hands over what was read.
  ///
  /// - Returns: What to watch for more, if there is room for it.
  private func advance(_ run: CompletionRun, _ source: RecordSource) throws(ProgramFailure) -> FileDescriptor? {
    do throws(Errno) {
      while run.wantsInput, let line = source.next() {
        switch line {
        case .record(let record, let number): try run.submit(record, line: number)
        case .bad(let error, let raw): try run.submit(bad: error, raw: raw)
        }
      }
    } catch {
      throw .writing(error)
    }
    return run.wantsInput && !source.isAtEnd ? source.descriptor : nil
  }

  func end(_ summary: CompletionRun.Summary) throws(ProgramFailure) {
    if let signal = TerminationSignal.signal { throw ProgramFailure(ExitStatus(rawValue: 128 + signal), "") }
    guard summary.failed > 0 else { return }
    if summary.keyRefused > 0 { throw ProgramFailure(.noPermission, "") }
    if summary.overBudget > 0 || summary.rateLimited == summary.failed { throw ProgramFailure(.temporaryFailure, "") }
    if !summary.hasResponse && summary.unreachable > 0 { throw ProgramFailure(.unavailable, "") }
    throw ProgramFailure(.recordsFailed, "")
  }
}
