import ArgumentParser
import CommandSupport
import ModelRouting
import NDJSON

@main
struct HGRoute: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-route",
    abstract: "Decide which model answers a record, and why: set 'model', 'fallbacks' and 'route'.",
    discussion: """
      The first that applies decides: HYPERGUILD_KILL_SWITCH, the record's own 'model', then the policy over the \
      chain of the record's 'skill' in models.yaml. Options beat variables, variables beat defaults.
      """,
    version: hyperguildVersion)

  @OptionGroup var routing: RoutingOptions
  @OptionGroup var evidence: EvidenceOptions
  @OptionGroup var filter: FilterOptions

  @Flag(help: "Check all settings and files, print what is in force as JSON, and end.")
  var checkConfig = false

  func run() throws {
    let diagnostics = Diagnostics(program: "hg-route")
    if try RouteSetup.isKilled(), !checkConfig {
      try FilterLoop(stage: "hg-route", options: filter).run { (_, _) throws(RecordError) in throw .killSwitch }
    }
    let setup = try RouteSetup(routing, evidence, diagnostics)
    if checkConfig { return try setup.printConfiguration() }
    var router = Router(rules: setup.rules, source: setup.source)
    try FilterLoop(stage: "hg-route", options: filter).run { (record, edits) throws(RecordError) in
      try router.route(record, &edits)
    }
  }
}
