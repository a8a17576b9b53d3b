public import ArgumentParser
import CommandSupport
public import SessionLog

/// Where pass rates come from.
struct EvidenceOptions: ParsableArguments {
  @OptionGroup var brain: BrainOptions

  @Option(
    help: ArgumentHelp("Count log entries that are not older: 90s, 30m, 24h, 7d, 2w; default 7d.", valueName: "length"))
  var window: TimeWindow?

  @Option(
    help: ArgumentHelp(
      #"Read pass rates from this file, NDJSON of {"skill","model","pass","fail"}, instead of the logs."#,
      valueName: "file"))
  var passRates: String?

  @Option(
    help: ArgumentHelp(
      "Counts hold so many seconds, for all processes; 0 keeps none. HYPERGUILD_PASS_RATE_TTL_SECONDS; default 60.",
      valueName: "seconds"))
  var ttl: Int?

  func validate() throws {
    if let ttl, !(0...31_536_000).contains(ttl) {
      throw ValidationError("--ttl \(ttl): allowed are whole seconds from 0 to 31536000, a year")
    }
    if passRates?.isEmpty == true { throw ValidationError("--pass-rates must not be empty") }
    if passRates != nil, window != nil { throw ValidationError("--window does not apply to --pass-rates") }
  }
}

extension TimeWindow: ExpressibleByArgument {
  /// For ArgumentParser.
  ///
  /// - Parameter argument: As the user typed it.
  public init?(argument: String) { self.init(argument) }
}
