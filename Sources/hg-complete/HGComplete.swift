import ArgumentParser
import ChatCompletion
import CommandSupport
import NDJSON
import Platform
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

@main
struct HGComplete: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-complete",
    abstract: "Ask an OpenAI-compatible server for the answer to each record.",
    discussion: """
      The key is read from LITELLM_API_KEY, else LITELLM_PROXY_API_KEY, else OPENAI_API_KEY, or from a file; it is \
      never an option, for others see those.

      Exit status: 0 every record was answered; 1 some were not; 64 wrong usage; 66 a file is missing; 69 the server \
      could not be reached; 74 reading or writing failed; 75 stopped by a budget or a rate limit; 77 the key was \
      refused; 78 wrong configuration; 130, 143 interrupted.
      """,
    version: hyperguildVersion)

  @OptionGroup(title: "Records") var filter: FilterOptions
  @OptionGroup(title: "Server") var server: ServerOptions
  @OptionGroup(title: "Requests") var requests: RequestOptions
  @OptionGroup(title: "What is sent") var sent: SentOptions
  @OptionGroup(title: "Answers") var checks: CheckOptions
  @OptionGroup(title: "Cost") var costs: PriceOptions
  @OptionGroup(title: "Batches") var batches: BatchOptions
  @OptionGroup(title: "Cache") var caching: CacheOptions

  @Option(
    help: ArgumentHelp(
      "Skip what this output of an earlier run answers; use it with >> of the same file.", valueName: "file"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      "Tell how far it is: on a terminal, as JSON lines on stderr, or not at all.", valueName: "auto|json|none"))
  var progress = ProgressFormat.auto

  @Flag(help: "What to do instead of asking.")
  var mode = Mode.complete

  func validate() throws {
    let isText = filter.output == .text
    if isText && requests.deltas { throw ValidationError("--deltas does not go with --out text") }
    if isText && requests.batchOut { throw ValidationError("--batch-out does not go with --out text") }
    if requests.deltas && (checks.check != nil || checks.schema != nil) {
      throw ValidationError("--deltas does not go with --check and --schema: nothing is shown before it is accepted")
    }
    if batches.via == .batch && caching.cache != nil {
      throw ValidationError("--cache does not go with --via batch: its answers are not kept")
    }
    if isText && resume != nil { throw ValidationError("--resume does not go with --out text: it needs the records") }
    try validateBatches()
    if resume?.isEmpty ?? false { throw ValidationError("--resume '': a file's name is wanted") }
    if resume != nil && mode != .complete && mode != .cancelBatch {
      throw ValidationError("--resume does not go with --\(mode.rawValue)")
    }
  }

  private func validateBatches() throws {
    guard batches.via == .batch else {
      if batches.wait != nil { throw ValidationError("--wait goes with --via batch") }
      if batches.then == .live { throw ValidationError("--then live goes with --via batch") }
      return
    }
    if requests.stream || requests.deltas {
      throw ValidationError("--via batch does not go with --stream or --deltas")
    }
    if mode == .complete && resume == nil && batches.batchState == nil {
      throw ValidationError("--via batch needs --resume FILE or --batch-state FILE: there it notes what was submitted")
    }
  }

  func run() throws {
    if mode != .dryRun && mode != .estimate, try Setting.isKilled() { return try refuseAll() }
    do throws(Errno) {
      try TerminationSignal.catchSignals([SIGINT, SIGTERM], endsAtSecond: true)
    } catch {
      throw ProgramFailure(.ioError, "signals: \(error)")
    }
    // The file may be the one that --models is to write again.
    let prices = mode == .complete || mode == .estimate ? try costs.table() : nil
    var settings = try Settings(server, requests, sent, checks, costs, prices, caching, filter)
    settings.completion.batch = batches.configuration
    if batches.via == .batch { settings.completion.caching = nil }
    let batchLoop = BatchLoop(settings: settings, filter: filter, progress: progress, options: batches, resume: resume)
    switch mode {
    case .complete where batches.via == .batch: try batchLoop.run()
    case .cancelBatch: try batchLoop.cancel()
    case .complete:
      try CompletionLoop(settings: settings, filter: filter, progress: progress, resume: resume).run()
    case .dryRun: try Preview(settings: settings, filter: filter, isBatch: batches.via == .batch).run()
    case .estimate: try Estimate(settings: settings, filter: filter, isBatch: batches.via == .batch).run()
    case .models: try Probe(settings: settings).models(asText: filter.output == .text)
    case .health: try Probe(settings: settings).health()
    }
  }
}

extension HGComplete {
  /// The kill switch is on: no record is asked, and no file or server is looked at.
  private func refuseAll() throws(ProgramFailure) {
    let message = "HYPERGUILD_KILL_SWITCH is on: nothing is asked"
    guard mode == .complete else { throw ProgramFailure(.recordsFailed, message) }
    try FilterLoop(stage: "hg-complete", options: filter).run { (_, _) throws(RecordError) in
      throw RecordError(kind: "kill_switch", message: message)
    }
  }
}

/// What the program does.
enum Mode: String, EnumerableFlag {
  case complete
  case dryRun = "dry-run"
  case estimate
  case cancelBatch = "cancel-batch"
  case models
  case health

  static func name(for value: Mode) -> NameSpecification { .customLong(value.rawValue) }

  static func help(for value: Mode) -> ArgumentHelp? {
    switch value {
    case .complete: .hidden
    case .dryRun: "Print each request's body, and send nothing."
    case .estimate: "Print what the records would cost for each model, least and most, and send nothing."
    case .cancelBatch: "End the batches that --via batch has submitted; the same command without this fetches the rest."
    case .models: "Print the server's models, one a line."
    case .health: "Print whether the server is there, takes the key, and has models; exit 0, 69 or 77."
    }
  }
}
