import ArgumentParser
import CommandSupport
import Platform
import SessionLog

/// Where pass rates come from.
struct EvidenceOptions: ParsableArguments {
  @OptionGroup var brain: BrainOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Count log entries that are not older: 90s, 30m, 24h, 7d, 2w; default 7d.", valueName: "length"),
    transform: WindowOption.init)
  var window: WindowOption?

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
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many seconds counts hold, for all processes; 0 keeps none. HYPERGUILD_PASS_RATE_TTL_SECONDS; default 60.",
      valueName: "seconds"),
    transform: OptionNumber.count(0...31_536_000))
  var ttl: Int?

  func validate() throws {
    if passRates?.isEmpty == true { throw ValidationError("--pass-rates must not be empty") }
    if passRates != nil, brainURL != nil { throw ValidationError("--pass-rates and --brain-url exclude each other") }
    if passRates != nil, window != nil { throw ValidationError("--window does not apply to --pass-rates") }
  }
}

/// A window as the user typed it.
struct WindowOption: Sendable {
  /// Why a text is not a window.
  private struct NoWindow: Error, CustomStringConvertible {
    let description = "allowed is a length of time such as 90s, 30m, 24h, 7d or 2w"
  }

  /// How long it is.
  let window: TimeWindow
  /// As brain servers are asked: as it was typed, but weeks, which they do not know, are days.
  let text: String

  init(_ argument: String) throws {
    guard let text = SettingText.trimmed(argument), let window = TimeWindow(text) else { throw NoWindow() }
    self.window = window
    self.text = text.hasSuffix("w") ? window.inDays : text
  }

  /// The last seven days.
  static let standard = WindowOption(window: TimeWindow(milliseconds: 7 * 86_400_000), text: "7d")

  private init(window: TimeWindow, text: String) {
    self.window = window
    self.text = text
  }
}

extension TimeWindow {
  /// In days at most.
  var inDays: String {
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)] as [(String, Int64)]
    where milliseconds % length == 0 {
      return "\(milliseconds / length)\(unit)"
    }
    return "\(milliseconds / 1000)s"
  }
}
