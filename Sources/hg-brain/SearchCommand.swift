import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the notes that answer a text best.",
    discussion: """
      With a query on the command line, prints {"path","title","excerpt","score"}, best first. Without, reads records and \
      gives each that has 'query' an array of those as 'results'. Any text is a query; nothing in it is an operator.
      """)

  static let defaultCount = 5
  static let defaultExcerpt = ByteCount(400)
  static let counts = 1...10_000

  @Argument(help: "What to look for; several words are one query.")
  var query: [String] = []

  @Option(
    name: .short, help: ArgumentHelp("The most notes to find.", valueName: "count"),
    transform: OptionNumber.count(Self.counts))
  var k = Self.defaultCount

  @Option(help: ArgumentHelp("The longest excerpt.", valueName: "bytes"))
  var excerptBytes = Self.defaultExcerpt

  @Flag(help: "Trust the index: do not look for changed files.")
  var noCheck = false

  @OptionGroup var options: KnowledgeOptions
  @OptionGroup var filter: FilterOptions

  func run() throws {
    let knowledge = try Knowledge(options.source, checked: !noCheck)
    if query.isEmpty {
      try answerRecords(knowledge)
    } else {
      try knowledge.print(query.joined(separator: " "), k: k, excerptBytes: excerptBytes)
    }
  }

  private func answerRecords(_ knowledge: Knowledge) throws(ProgramFailure) {
    let loop = FilterLoop(stage: "hg-brain", options: filter, textMember: "query")
    try loop.run { (record, edits) throws(RecordError) in
      guard let text = record["query"]?.string else { return }
      do throws(KnowledgeError) {
        let results = try knowledge.search(text, limit: k, excerptBytes: excerptBytes.count)
        edits.set("results") { $0.array { array in results.forEach { $0.write(to: &array) } } }
      } catch {
        throw error.recordError
      }
    }
  }
}

extension Knowledge {
  /// Searches and prints a line for each result, best first.
  func print(_ text: String, k: Int, excerptBytes: ByteCount) throws(ProgramFailure) {
    let output = Output()
    let results: [SearchResult]
    do throws(KnowledgeError) {
      results = try search(text, limit: k, excerptBytes: excerptBytes.count)
    } catch {
      throw error.failure
    }
    for result in results { try output.line { result.write(to: &$0) } }
    try output.flush()
  }
}
