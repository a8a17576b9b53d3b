import ArgumentParser
import ChatCompletion
import CommandSupport
import Platform

/// How records are asked.
struct RequestOptions: ParsableArguments {
  @Option(
    name: [.customShort("j"), .customLong("concurrency")],
    help: ArgumentHelp("Requests at once; auto finds how many are best, up to 512.", valueName: "n|auto"),
    transform: Concurrency.read)
  var concurrency = Concurrency.fixed(8)

  @Flag(help: "Write records as they finish, not in their order.")
  var unordered = false

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "The model of a record that names none (HYPERGUILD_LOCAL_MODEL; default: qwen35).", valueName: "name"))
  var model: String?

  @Option(help: ArgumentHelp("The system prompt of a record that has none.", valueName: "text"))
  var system: String?

  @Option(help: ArgumentHelp("The same from a file.", valueName: "file"))
  var systemFile: String?

  @Option(
    help: ArgumentHelp("The 'max_tokens' of a record that has none.", valueName: "n"),
    transform: OptionNumber.count(1...1_000_000_000))
  var maxTokens: Int?

  @Option(
    help: ArgumentHelp("The 'temperature' of a record that has none.", valueName: "number"),
    transform: OptionNumber.decimal)
  var temperature: DecimalNumber?

  @Flag(help: "Ask for a stream; with --out text the answer appears as it comes.")
  var stream = false

  @Flag(help: "Ask for streams, and write each piece as a line {\"id\",\"delta\"} in front of the record.")
  var deltas = false

  @Flag(help: "Write lines as the OpenAI Batch API does.")
  var batchOut = false

  @Option(
    help: ArgumentHelp("How often one model is asked again.", valueName: "n"), transform: OptionNumber.count(0...100))
  var retries = 3

  @Option(
    help: ArgumentHelp("Upper end of the first wait; it doubles with each.", valueName: "seconds"),
    transform: OptionNumber.seconds(allowsZero: true))
  var retryBase = 0.5

  @Option(
    help: ArgumentHelp("Longest wait, whatever the server asks for.", valueName: "seconds"),
    transform: OptionNumber.seconds(allowsZero: true))
  var retryMax = 60.0

  @Option(
    help: ArgumentHelp("Longest time for one attempt; for a stream, until it delivers.", valueName: "seconds"),
    transform: OptionNumber.seconds())
  var timeout = 120.0

  @Option(
    help: ArgumentHelp("Longest silence within a stream.", valueName: "seconds"), transform: OptionNumber.seconds())
  var idleTimeout = 60.0

  @Option(
    help: ArgumentHelp("Longest time for a record with all its attempts.", valueName: "seconds"),
    transform: OptionNumber.seconds())
  var deadline: Double?

  @Option(help: ArgumentHelp("Requests a minute.", valueName: "n"), transform: OptionNumber.positive(upTo: 1e9))
  var rpm: Double?

  @Option(
    help: ArgumentHelp("Tokens a minute, of prompts and answers.", valueName: "n"),
    transform: OptionNumber.positive(upTo: 1e12))
  var tpm: Double?

  @Option(
    help: ArgumentHelp("Stop asking once this many tokens are used; exit 75.", valueName: "n"),
    transform: OptionNumber.count(0...1_000_000_000_000_000))
  var maxTokensTotal: Int?

  @Flag(help: "Ask a LiteLLM proxy not to fall back on models of its own choice.")
  var noServerFallbacks = false

  func validate() throws {
    if batchOut && (stream || deltas) { throw ValidationError("--batch-out does not go with --stream or --deltas") }
    if system != nil && systemFile != nil { throw ValidationError("--system does not go with --system-file") }
    if model?.isEmpty ?? false { throw ValidationError("--model '': allowed is a name") }
  }

  /// The options as the run takes them.
  func completion(model: String) -> CompletionOptions {
    var options = CompletionOptions()
    options.concurrency = concurrency.most
    options.findsConcurrency = concurrency == .auto
    options.isOrdered = !unordered
    options.streams = stream || deltas
    options.writesDeltas = deltas
    options.requestsPerMinute = rpm
    options.tokensPerMinute = tpm
    options.maximumTokens = maxTokensTotal
    options.model = model
    options.system = system
    options.sampling["max_tokens"] = maxTokens.map { "\($0)" }
    options.sampling["temperature"] = temperature?.text
    options.retries = retries
    options.retryBase = retryBase
    options.retryMaximum = retryMax
    options.attemptTimeout = timeout
    options.idleTimeout = idleTimeout
    options.recordDeadline = deadline
    options.disablesServerFallbacks = noServerFallbacks
    return options
  }
}
