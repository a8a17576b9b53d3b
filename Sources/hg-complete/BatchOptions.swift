import ArgumentParser
import ChatCompletion
import CommandSupport
import Platform
import SystemPackage

/// Which API takes the records.
enum Way: String, ExpressibleByArgument, CaseIterable {
  case live, batch
}

/// What becomes of what a batch did not answer.
enum Then: String, ExpressibleByArgument, CaseIterable {
  case fail, live
}

/// Records through the batch API, at half the price.
struct BatchOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Ask each record at once, or all of them through the batch API, which costs half and takes up to a day.",
      valueName: "live|batch"))
  var via = Way.live

  @Option(
    help: ArgumentHelp(
      "How long to wait for batches (90s, 6h, 1d; 0 only submits); then exit 75, and the same command fetches them.",
      valueName: "time"),
    transform: { $0 == "0" ? 0 : Double(try OptionNumber.duration($0).milliseconds) / 1000 })
  var wait: Double?

  @Option(
    help: ArgumentHelp(
      "What a batch did not answer (expired, failed, cancelled) fails, or is asked live.", valueName: "fail|live"))
  var then = Then.fail

  @Option(
    help: ArgumentHelp(
      "Where to note which batches were submitted (default: the file of --resume with .batches behind it).",
      valueName: "file"))
  var batchState: String?

  @Option(
    help: ArgumentHelp("Behind a LiteLLM proxy: the provider whose batches they are.", valueName: "name"))
  var batchProvider: String?

  @Option(
    help: ArgumentHelp("Requests in one batch, at most.", valueName: "n"), transform: OptionNumber.count(1...1_000_000))
  var batchLines = 50_000

  @Option(
    help: ArgumentHelp("Bytes in one batch, at most.", valueName: "n"),
    transform: OptionNumber.count(1...1_000_000_000_000))
  var batchBytes = 200_000_000

  @Option(
    help: ArgumentHelp(
      "Time between the first two looks at a batch; it grows to 5 min, or to what the server asks for.",
      valueName: "seconds"), transform: OptionNumber.seconds())
  var batchPoll = 10.0

  func validate() throws {
    if batchState?.isEmpty ?? false { throw ValidationError("--batch-state '': a file's name is wanted") }
    if let name = batchProvider {
      guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x22 }) else {
        throw ValidationError("--batch-provider '\(name)': allowed is a name such as openai or vertex_ai")
      }
    }
  }

  /// The options as the run takes them.
  var configuration: BatchConfiguration {
    var configuration = BatchConfiguration()
    configuration.wait = wait
    configuration.asksLive = then == .live
    configuration.firstInterval = batchPoll
    configuration.mostLines = batchLines
    configuration.mostBytes = batchBytes
    configuration.provider = batchProvider
    return configuration
  }

  /// The state file.
  func path(resume: String?) throws(ProgramFailure) -> FilePath {
    if let batchState { return FilePath(batchState) }
    if let resume { return FilePath(resume + ".batches") }
    throw ProgramFailure(
      .usage, "--via batch needs --resume FILE or --batch-state FILE: there it notes what was submitted")
  }
}
