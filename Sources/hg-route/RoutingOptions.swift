public import ArgumentParser
import CommandSupport
public import ModelRouting
import Platform

/// Who may answer, and how it is decided.
struct RoutingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How to decide.", valueName: "threshold|gain"))
  var policy: PolicyName = .threshold

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Local at or above this pass rate. HYPERGUILD_ROUTE_LOCAL_FLOOR; default 0.90.", valueName: "0...1"),
    transform: OptionNumber.number(0...1))
  var floor: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Strong below this pass rate; between the two the prompt's hash decides. HYPERGUILD_ROUTE_LOCAL_CEIL; default "
        + "0.70.", valueName: "0...1"),
    transform: OptionNumber.number(0...1))
  var ceil: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --policy gain: strong where it is expected to pass more often by this. Default 0.05.",
      valueName: "-1...1"),
    transform: OptionNumber.number(-1...1))
  var minGain: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --policy gain: strong for the share of the traffic with the most to gain.", valueName: "0...1"),
    transform: OptionNumber.number(0...1))
  var strongShare: Double?

  @Flag(
    help: ArgumentHelp(
      """
      With --policy gain: give the strong model as many prompts as it is likely to reach --min-gain (Thompson sampling), \
      so that the log goes on learning about both.
      """))
  var thompson = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Send this share of the prompts the other way, so that both ways stay known.", valueName: "0...1"),
    transform: OptionNumber.number(0...1))
  var explore = 0.0

  @Option(
    help: ArgumentHelp(
      "The models that a record may name itself, with commas between them; default all.", valueName: "models"))
  var allow: [String] = []

  @Option(
    help: ArgumentHelp(
      "The local model where no chain says otherwise. HYPERGUILD_LOCAL_MODEL; default qwen35.", valueName: "model"))
  var localModel: String?

  @Option(
    help: ArgumentHelp(
      "The strong model where no chain says otherwise. HYPERGUILD_CLAUDE_MODEL; default claude-sonnet-4-6.",
      valueName: "model"))
  var claudeModel: String?

  @Option(
    help: ArgumentHelp(
      "The chains of models. HYPERGUILD_MODELS; default $XDG_CONFIG_HOME/hyperguild/models.yaml, if it is there.",
      valueName: "file"))
  var models: String?

  @Option(
    help: ArgumentHelp(
      "Skip models that are not up: what hg-complete --models or --health printed.", valueName: "file"))
  var available: String?

  @Option(help: ArgumentHelp("The 'skill' of records that have none.", valueName: "skill"))
  var skill: String?

  @Option(help: ArgumentHelp("The 'session_id' of records that have none.", valueName: "id"))
  var session: String?

  func validate() throws {
    if policy == .threshold {
      for (name, isThere) in [
        ("--min-gain", minGain != nil), ("--strong-share", strongShare != nil), ("--thompson", thompson),
      ] where isThere { throw ValidationError("\(name) needs --policy gain") }
    }
    if thompson, strongShare != nil { throw ValidationError("--thompson and --strong-share exclude each other") }
    if policy == .gain, let name = floor != nil ? "--floor" : ceil != nil ? "--ceil" : nil {
      throw ValidationError("\(name) needs --policy threshold")
    }
    if minGain != nil, strongShare != nil {
      throw ValidationError("--min-gain and --strong-share exclude each other")
    }
    let texts = [
      ("--local-model", localModel), ("--claude-model", claudeModel), ("--models", models), ("--available", available),
      ("--skill", skill), ("--session", session),
    ]
    for (name, text) in texts where text.map({ SettingText.trimmed($0) == nil }) == true {
      throw ValidationError("\(name) must not be empty")
    }
    if !allow.isEmpty, allowedModels?.isEmpty ?? true { throw ValidationError("--allow names no model") }
  }

  /// The models that a record may name itself; nil allows all.
  var allowedModels: [String]? {
    allow.isEmpty ? nil : allow.flatMap { SettingText.list($0) }
  }
}

extension PolicyName: ExpressibleByArgument {}
