import ArgumentParser
import CommandSupport

@main
enum Main {
  static func main() {
    if let search = PlainSearch(CommandLine.arguments.dropFirst()) { HGBrain.finish { try search.run() } }
    HGBrain.main()
  }
}

struct HGBrain: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-brain",
    abstract: "Keep a knowledge base of Markdown notes, search it, and put what is known in front of a task.",
    discussion: """
      Notes are files below {brain}/knowledge/, written by hg-brain or by anything else. The index in {brain}/.index/ is \
      a cache that keeps itself up to date and can be deleted at any time.

      EXAMPLES:
        hg-brain write --in text --title 'Deploying' < deploy.md
        hg-brain search how do we deploy | jq -r .path
        hg-brain context < tasks.ndjson | hg-route | hg-complete
      """,
    version: hyperguildVersion,
    subcommands: [
      WriteCommand.self, SearchCommand.self, ContextCommand.self, IngestCommand.self, ListCommand.self,
      ShowCommand.self, RemoveCommand.self, CheckCommand.self,
    ])

  func run() throws {
    throw ProgramFailure(
      .usage, "no command",
      hint: "try: hg-brain search WORDS, hg-brain write --in text --title T < note.md, hg-brain --help")
  }
}
