import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON
import SystemPackage

struct Search: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Find the notes that answer a text best.",
    discussion: """
      With a query on the command line, prints {"path","title","excerpt","score"}, best first. Without, reads records and \
      gives each that has 'query' an array of those as 'results'. Any text is a query; nothing in it is an operator.
      """)

  @Argument(help: "What to look for; several words are one query.")
  var query: [String] = []

  @Option(name: .short, help: ArgumentHelp("The most notes to find.", valueName: "count"))
  var k = 5

  @Option(help: ArgumentHelp("The longest excerpt.", valueName: "bytes"))
  var excerptBytes = ByteCount(400)

  @Flag(help: "Trust the index: do not look for changed files.")
  var noCheck = false

  @OptionGroup var options: BrainOptions
  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if k < 1 || k > 10_000 { throw ValidationError("-k needs a number from 1 to 10000") }
  }

  func run() throws {
    let directory = try options.directory().string
    if query.isEmpty { try answerRecords(directory) } else { try answer(query.joined(separator: " "), directory) }
  }

  private func answer(_ text: String, _ directory: String) throws(ProgramFailure) {
    let output = Output()
    let results: [SearchResult]
    do throws(KnowledgeError) {
      let knowledge = try KnowledgeBase(brain: directory, checked: !noCheck)
      results = try knowledge.search(text, limit: k, excerptBytes: excerptBytes.count)
      knowledge.takeWarnings().forEach(Diagnostics.brain.message)
    } catch {
      throw error.failure
    }
    for result in results { try output.line { result.write(to: &$0) } }
    try output.flush()
  }

  private func answerRecords(_ directory: String) throws(ProgramFailure) {
    var opened: KnowledgeBase?
    let loop = FilterLoop(stage: "hg-brain", options: filter, textMember: "query")
    try loop.run { (record, edits) throws(RecordError) in
      guard let text = record["query"]?.string else { return }
      do throws(KnowledgeError) {
        if opened == nil { opened = try KnowledgeBase(brain: directory, checked: !noCheck) }
        guard let knowledge = opened else { return }
        let results = try knowledge.search(text, limit: k, excerptBytes: excerptBytes.count)
        knowledge.takeWarnings().forEach(Diagnostics.brain.message)
        edits.set("results") { $0.array { array in results.forEach { $0.write(to: &array) } } }
      } catch {
        throw error.recordError
      }
    }
  }
}
