import ArgumentParser
import CommandSupport

@main
struct HGLog: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-log",
    abstract: "Append what happened to a session's log; answer questions about the logs.",
    version: hyperguildVersion,
    subcommands: [
      AppendCommand.self, HistoryCommand.self, MessagesCommand.self, VerdictCommand.self, PassRateCommand.self,
      StatsCommand.self, ReportCommand.self, ShowCommand.self, VerifyCommand.self,
    ],
    defaultSubcommand: AppendCommand.self)
}
