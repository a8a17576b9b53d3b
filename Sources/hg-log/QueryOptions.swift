import ArgumentParser
import CommandSupport
import Platform
import SessionLog
import SystemPackage

/// Which logs a question is about.
struct QueryOptions: ParsableArguments {
  @OptionGroup var brain: BrainOptions

  @Option(
    help: ArgumentHelp("Only entries of the last 90s, 30m, 24h, 7d or 2w; at most 36500d.", valueName: "time"),
    transform: OptionNumber.duration)
  var window: TimeWindow?

  @Flag(help: "Read all logs again, instead of what was kept of them and what is new.")
  var recount = false

  /// Where counts are kept.
  var caches: FilePath? { recount ? nil : DefaultPaths(Environment.variable).cache }

  func sessions() throws(ProgramFailure) -> SessionDirectory {
    SessionDirectory(brain: try brain.directory())
  }

  func since() -> Timestamp? {
    window.map { $0.start(before: .now()) }
  }
}

/// What entries of a group have in common, as `--by` takes it: names with commas between them.
struct GroupingList: ExpressibleByArgument {
  private static let names = Grouping.allCases.map(\.rawValue).joined(separator: ", ")
  static let help = ArgumentHelp(
    "What the entries of a line have in common: \(names), or several with commas.", valueName: "name,...")

  let groupings: [Grouping]

  init(_ groupings: [Grouping]) { self.groupings = groupings }

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    groupings = names.compactMap { SettingText.trimmed($0).flatMap { Grouping(rawValue: $0) } }
    guard groupings.count == names.count, Set(groupings).count == names.count else { return nil }
  }

  var defaultValueDescription: String { groupings.map(\.rawValue).joined(separator: ",") }
}

/// Says what a query left out: such a file is a mistake, and its entries are missed.
func warn(of skipped: [SessionLogError]) {
  let diagnostics = Diagnostics(program: "hg-log")
  for error in skipped { diagnostics.message("\(error); left out") }
}

/// Runs a query; what it cannot read ends the program.
func reading<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as SessionLogError {
    throw ProgramFailure(error.isNoSuchFile ? .noInput : .ioError, error.description)
  }
}
