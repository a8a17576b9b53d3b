import ArgumentParser
import CommandSupport
import NDJSON
import SessionLog
import SystemPackage

struct PassRateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pass-rate",
    abstract: "How often each kind of job passed.")

  @OptionGroup var query: QueryOptions

  @Option(help: ArgumentHelp("Only this skill.", valueName: "name"))
  var skill: String?

  @Option(help: GroupingList.help)
  var by = GroupingList([.skill])

  func run() throws {
    let rates = try reading {
      try PassRates(in: query.sessions(), by: by.groupings, since: query.since(), skill: skill, caches: query.caches)
    }
    warn(of: rates.skipped)
    var groups = rates.groups
    if groups.isEmpty, let skill {
      // A question about one skill has an answer, also without data.
      groups = [PassRates.Group(values: by.groupings.map { $0 == .skill ? skill : nil }, rate: PassRate())]
    }
    var table = ResultTable(by.groupings.map(\.rawValue) + ["pass", "fail", "total", "pass_rate"])
    for group in groups {
      let rate = group.rate
      table.add(
        group.values.map(ResultTable.Cell.text) + [
          .count(rate.pass), .count(rate.fail), .count(rate.total), .ratio(rate.rate),
        ])
    }
    try table.print()
  }
}
