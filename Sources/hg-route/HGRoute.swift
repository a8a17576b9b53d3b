import ArgumentParser
import CommandSupport
import ModelRouting
import NDJSON
import SystemPackage

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

  @Flag(help: "Send records with 'verdict.accept' false to the next model of their chain, with the feedback.")
  var escalate = false

  @Flag(help: "Read log entries instead of records, and print what the policy would have come to.")
  var replay = false

  @Flag(help: "Check all settings and files, print what is in force as JSON, and end.")
  var checkConfig = false

  func validate() throws {
    if [escalate, replay, checkConfig].count(where: { $0 }) > 1 {
      throw ValidationError("--escalate, --replay and --check-config exclude each other")
    }
  }

  func run() throws {
    let loop = FilterLoop(stage: "hg-route", options: filter)
    if try Setting.isKilled(), !checkConfig, !replay {
      return try loop.run { (_, _) throws(RecordError) in throw .killSwitch }
    }
    let setup = try RouteSetup(routing, evidence, Diagnostics(program: "hg-route"))
    if checkConfig {
      try setup.printConfiguration()
    } else if replay {
      try setup.replay(filter)
    } else if escalate {
      let escalation = Escalation(rules: setup.rules)
      let loop = FilterLoop(stage: "hg-route", options: filter, takesErrors: true)
      try loop.run { (record, edits) throws(RecordError) in try escalation.escalate(record, &edits) }
    } else {
      var router = Router(rules: setup.rules, source: setup.source)
      try loop.run { (record, edits) throws(RecordError) in try router.route(record, &edits) }
    }
  }
}
