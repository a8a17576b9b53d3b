import ArgumentParser
import CommandSupport
import SessionLog

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Calls, errors, retries, latency, tokens and cost.")

  @OptionGroup var query: QueryOptions

  @Option(help: ArgumentHelp("Only this skill.", valueName: "name"))
  var skill: String?

  @Option(help: GroupingList.help)
  var by = GroupingList([.skill, .model])

  func run() throws {
    let statistics = try reading {
      try SessionStatistics(
        in: query.sessions(), by: by.groupings, since: query.since(), skill: skill, caches: query.caches)
    }
    warn(of: statistics.skipped)
    var table = ResultTable(
      by.groupings.map(\.rawValue) + [
        "calls", "errors", "retries", "p50_ms", "p95_ms", "p99_ms", "prompt_tokens", "cached_tokens",
        "completion_tokens", "reasoning_tokens", "cost_usd", "failed_cost_usd",
      ])
    for group in statistics.groups {
      table.add(
        group.values.map(ResultTable.Cell.text) + [
          .count(group.calls), .count(group.errors), .count(group.retries), .milliseconds(group.latency(0.5)),
          .milliseconds(group.latency(0.95)), .milliseconds(group.latency(0.99)), .count(group.promptTokens),
          .count(group.cachedTokens), .count(group.completionTokens), .count(group.reasoningTokens),
          .number(group.cost), .number(group.failedCost),
        ])
    }
    try table.print()
  }
}
