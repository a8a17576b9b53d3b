import ChatCompletion
import CommandSupport
import NDJSON
import Platform
import Servers
import SystemPackage

/// Takes stdin's records through the batch API.
struct BatchLoop {
  let settings: Settings
  let filter: FilterOptions
  let progress: ProgressFormat
  let options: BatchOptions
  let resume: String?

  func run() throws(ProgramFailure) {
    let path = try options.path(resume: resume)
    let source = try RecordSource(filter)
    let state = try Self.state(path)
    let loop = CompletionLoop(settings: settings, filter: filter, progress: progress, resume: resume)
    let earlier: ResumeFile? =
      if let resume { try loop.earlier(resume, firstLines: state.answeredLines ?? .max) } else { nil }
    // Its lock lasts as long as the run.
    defer { withExtendedLifetime(earlier) {} }
    let sink = RecordSink(stage: "hg-complete", options: filter)
    let display = ProgressDisplay(progress)
    let client = try loop.makeClient()
    let batches: BatchRun
    do throws(BatchStop) {
      batches = try BatchRun(
        settings.completion, address: settings.address, key: settings.key, client: client, state: state,
        earlier: earlier)
      batches.onProgress = { display.update($0) }
      batches.onWarning = { sink.diagnostics.message($0) }
      try Self.read(source, batches)
      try batches.wait()
    } catch { throw Self.failure(error, path) }
    let run = CompletionRun(
      settings.completion, address: settings.address, key: settings.key, client: client, output: .standardOutput,
      resume: earlier?.later)
    run.onFailure = { error, line in sink.noteFailure(error, line: line) }
    run.onWarning = { sink.diagnostics.message($0) }
    do throws(Errno) {
      var hasMore = true
      while true {
        if hasMore { hasMore = try batches.feed(run) }
        if run.isDone && !hasMore { break }
        // While it has room it is fed at once.
        _ = try run.step(input: nil, until: hasMore && run.wantsInput ? .past : display.nextMoment)
        display.update(run.summary)
        if TerminationSignal.signal != nil && run.isDone { break }
      }
      try run.finish()
      try syncFile(.standardOutput)
    } catch { throw .writing(error) }
    display.finish(run.summary)
    _ = try sink.finish()
    if TerminationSignal.signal == nil { state.remove() }
    try loop.end(run.summary)
  }

  /// `--cancel-batch`: ends what is running.
  func cancel() throws(ProgramFailure) {
    let path = try options.path(resume: resume)
    let state: BatchState
    do throws(BatchState.Failure) { state = try BatchState(path, makesNew: false) } catch {
      throw Self.failure(error, path)
    }
    let loop = CompletionLoop(settings: settings, filter: filter, progress: progress, resume: resume)
    let cancellation = BatchCancellation(
      settings.completion, address: settings.address, key: settings.key, client: try loop.makeClient(), state: state)
    let results: [(message: String, isCancelled: Bool)]
    do throws(BatchStop) { results = try cancellation.run() } catch { throw Self.failure(error, path) }
    for result in results { Diagnostics(program: "hg-complete").message(result.message) }
    if results.isEmpty { throw ProgramFailure(.recordsFailed, "\(path): no batch was submitted") }
    if results.contains(where: { !$0.isCancelled }) { throw ProgramFailure(.recordsFailed, "") }
  }

  private static func state(_ path: FilePath) throws(ProgramFailure) -> BatchState {
    do throws(BatchState.Failure) { return try BatchState(path) } catch { throw failure(error, path) }
  }

  private static func read(_ source: RecordSource, _ batches: BatchRun) throws(BatchStop) {
    do {
      while true {
        while let line = source.next() {
          switch line {
          case .record(let record, let number): try batches.add(record, line: number)
          case .bad(let error, let raw): try batches.add(bad: error, raw: raw)
          }
        }
        if source.isAtEnd { return }
        try source.fill()
        if TerminationSignal.signal != nil { throw BatchStop.interrupted("nothing was submitted") }
      }
    } catch let error as BatchStop { throw error } catch { throw .system(.ioError) }
  }

  private static func failure(_ failure: BatchState.Failure, _ path: FilePath) -> ProgramFailure {
    let status: ExitStatus =
      switch failure {
      case .system(.noSuchFileOrDirectory), .system(.invalidArgument), .foreign, .version: .noInput
      case .system: .ioError
      case .inUse: .temporaryFailure
      }
    return ProgramFailure(status, "\(path): \(failure)")
  }

  private static func failure(_ stop: BatchStop, _ path: FilePath) -> ProgramFailure {
    let hint = "the same command fetches them"
    return switch stop {
    case .running(let what): ProgramFailure(.temporaryFailure, "\(what); \(hint)")
    case .interrupted(let what):
      ProgramFailure(
        ExitStatus(rawValue: 128 + (TerminationSignal.signal ?? 2)),
        "interrupted: \(what); \(hint), and --cancel-batch ends them")
    case .unavailable(let what): ProgramFailure(.unavailable, "\(what); \(hint)")
    case .keyRefused(let why): ProgramFailure(.noPermission, "the key was refused: \(why)")
    case .otherRequests(let what):
      ProgramFailure(
        .noInput,
        "\(path) is of other requests: \(what), and the input has others; finish those, or end them with --cancel-batch"
      )
    case .system(let error): ProgramFailure(.ioError, "\(error)")
    }
  }
}
