import ArgumentParser
import CommandSupport
import Platform
import SessionLog
import SessionReport
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
    let report = try reading {
      try LogReport(of: query.sessions(), since: query.since(), title: title, caches: query.caches)
    }
    warn(of: report.skipped)
    let page = report.html()
    guard output != "-" else { return try StandardOutput.write(page.utf8) }
    do throws(Errno) {
      // In place: it may be a device or a FIFO.
      let file = try openFile(FilePath(output), .writeOnly, options: [.create, .truncate])
      defer { closeQuietly(file) }
      try writeAll(Array(page.utf8), to: file)
    } catch {
      throw ProgramFailure(.ioError, "\(output): cannot write: \(error)")
    }
  }
}
