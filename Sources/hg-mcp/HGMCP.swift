import ArgumentParser
import CommandSupport
import MCPServer
import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

@main
struct HGMCP: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-mcp",
    abstract: "Offer commands as tools of the Model Context Protocol, over stdin and stdout.",
    discussion: """
      TOOLS is a JSON file: {"tools": [{"name", "description", "inputSchema", "command": ["program", ...]}]}. A call's \
      arguments are one line of JSON on the command's stdin; what it prints is the answer. Calls run at the same time, and \
      a call that is cancelled is stopped with everything it started.

      Exit status: 0 the client has closed its side; 64 wrong usage; 66 no such file; 74 reading or writing failed; 78 \
      the file is not of that form; 129, 130, 143 stopped by a signal.
      """,
    version: hyperguildVersion)

  @Argument(help: ArgumentHelp("The tools to offer.", valueName: "tools"))
  var tools: String

  @Option(
    name: [.customShort("j"), .customLong("concurrency")],
    help: ArgumentHelp("Calls at once.", valueName: "n"), transform: OptionNumber.count(1...1000))
  var concurrency = 8

  @Option(
    help: ArgumentHelp("Longest line and longest answer, in bytes (K, M, G: 1024s).", valueName: "size"),
    transform: OptionNumber.bytes(1...ByteCount.largest.count))
  var maxLine = ByteCount(LineReader.defaultMaximum)

  @Option(help: ArgumentHelp("What a model should know before it uses the tools.", valueName: "text"))
  var instructions: String?

  func run() throws {
    try RecordSource.check(
      .standardInput,
      hint:
        "a client starts this; to try it: echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}' | hg-mcp \(tools)"
    )
    let catalogue = try catalogue()
    var options = MCPServer.Options()
    options.concurrency = concurrency
    options.maximum = maxLine.count
    options.version = hyperguildVersion
    options.instructions = instructions
    let server = MCPServer(catalogue, options, input: .standardInput, output: .standardOutput)
    do throws(Errno) {
      // Its tools must not outlive it, however often it is asked to stop.
      try server.run(until: try TerminationSignal.catchSignals([SIGINT, SIGTERM, SIGHUP], endsAtSecond: false))
    } catch {
      throw server.inputFailed ? ProgramFailure.reading(error) : ProgramFailure.writing(error)
    }
    if let number = TerminationSignal.signal { throw ProgramFailure(ExitStatus(rawValue: 128 + number), "") }
  }

  private func catalogue() throws -> ToolCatalogue {
    let text: [UInt8]
    do throws(Errno) { text = try WholeFile.read(FilePath(tools)) } catch {
      throw ProgramFailure(error == .noSuchFileOrDirectory ? .noInput : .ioError, "\(tools): \(error)")
    }
    do throws(CatalogueError) {
      let folder = FilePath(tools).removingLastComponent().string
      return try ToolCatalogue(text, folder: folder.isEmpty ? "." : folder)
    } catch {
      throw ProgramFailure(.configuration, "\(tools): \(error)")
    }
  }
}
