import ArgumentParser
import CommandSupport
import NDJSON
import Platform
import SessionLog
import SystemPackage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "One self-contained HTML page: pass rates, routing, latency, cost, the worst sessions.")

  @OptionGroup var query: QueryOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write; '-' is stdout.", valueName: "file"))
  var output = "-"

  @Option(help: ArgumentHelp("The page's heading.", valueName: "text"))
  var title = "Session report"

  func run() throws {
    let page = try reading { try LogReport(of: query.sessions(), since: query.since(), title: title).html() }
    guard output != "-" else { return try write(Array(page.utf8)) }
    do {
      let file = try FileDescriptor.open(
        FilePath(output), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
      try file.closeAfter { _ = try file.writeAll(page.utf8) }
    } catch let error as Errno {
      throw ProgramFailure(.ioError, "\(output): cannot write: \(error)")
    }
  }
}
