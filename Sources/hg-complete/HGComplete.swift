import ArgumentParser
import ChatCompletion
import CommandSupport
import HTTPClient
import NDJSON
import SystemPackage

@main
struct HGComplete: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-complete",
    abstract: "Ask an OpenAI-compatible server for the answer to each record.",
    discussion: """
      The key is read from LITELLM_API_KEY, else LITELLM_PROXY_API_KEY, else OPENAI_API_KEY, or from a file; it is \
      never an option, for others see those.

      Exit status: 0 every record was answered; 1 some were not; 64 wrong usage; 66 a file is missing; 69 the server \
      could not be reached; 74 reading or writing failed; 75 stopped by a budget or a rate limit; 77 the key was \
      refused; 78 wrong configuration; 130, 143 interrupted.
      """,
    version: hyperguildVersion)

  @OptionGroup(title: "Records") var filter: FilterOptions
  @OptionGroup(title: "Server") var server: ServerOptions
  @OptionGroup(title: "Requests") var requests: RequestOptions

  func run() throws {
    do throws(Errno) {
      try Interruption.catchSignals()
    } catch {
      throw ProgramFailure(.ioError, "signals: \(error)")
    }
    let settings = try Settings(server, requests, filter)
    try CompletionLoop(settings: settings, filter: filter).run()
  }
}
