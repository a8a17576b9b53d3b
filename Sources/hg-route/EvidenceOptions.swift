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
      "Ask this brain server for pass rates, with the bearer of BRAIN_TOKEN. BRAIN_URL; default none.",
      valueName: "url"))
  var brainURL: String?

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
    if passRates != nil, brainURL != nil { throw ValidationError("--pass-rates and --brain-url exclude each other") }
    if let brainURL, !brainURL.isWebAddress {
      throw ValidationError("--brain-url \(brainURL): allowed is an http or https URL")
    }
    if passRates != nil, window != nil { throw ValidationError("--window does not apply to --pass-rates") }
  }
}

extension String {
  /// Whether it is an http or https URL.
  var isWebAddress: Bool {
    ["http://", "https://"].contains { hasPrefix($0) && utf8.count > $0.utf8.count }
      && utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
  }
}

extension TimeWindow {
  /// In days at most: brain servers know no weeks.
  var inDays: String {
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)] as [(String, Int64)]
    where milliseconds % length == 0 {
      return "\(milliseconds / length)\(unit)"
    }
    return "\(milliseconds / 1000)s"
  }
}

extension TimeWindow: ExpressibleByArgument {
  /// For ArgumentParser.
  ///
  /// - Parameter argument: As the user typed it.
  public init?(argument: String) { self.init(argument) }
}
