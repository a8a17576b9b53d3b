import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON

struct ContextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "Put what is known in front of each task.",
    discussion: """
      Searches with 'user' and puts the passages that match in front of it, quoted and each with its path; 'knowledge' says \
      what was put there. A record with 'messages' gets them in front of its last user message. Without a result, a brain or \
      a working index the record goes on unchanged: what is not known never blocks a job.
      """)

  @Option(name: .short, help: ArgumentHelp("The most notes to use.", valueName: "count"))
  var k = 3

  @Option(help: ArgumentHelp("The longest block of knowledge, everything counted.", valueName: "bytes"))
  var maxBytes = ByteCount(4096)

  @Option(help: ArgumentHelp("Search with these members instead of the task.", valueName: "name,..."))
  var queryFrom: String?

  @OptionGroup var options: KnowledgeOptions
  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if k < 1 || k > 1_000 { throw ValidationError("-k needs a number from 1 to 1000") }
    if let queryFrom, names(queryFrom).isEmpty { throw ValidationError("--query-from needs a name") }
  }

  func run() throws {
    let knowledge = try Knowledge(options.source)
    var isMissing = false
    let loop = FilterLoop(stage: "hg-brain", options: filter)
    try loop.run { (record, edits) throws(RecordError) in
      guard !isMissing, let task = TaskPrompt(record), let query = query(of: record, task) else { return }
      do throws(KnowledgeError) {
        let block = try knowledge.context(for: query, limit: k, maxBytes: maxBytes.count)
        if let block { task.put(block, into: &edits) }
      } catch {
        // A brain that is not there now is not looked for again at every record.
        if case .noKnowledge = error { isMissing = true }
        knowledge.warn("no knowledge: \(error)")
      }
    }
  }

  private func query(of record: Record, _ task: TaskPrompt) -> String? {
    guard let queryFrom else { return task.text }
    let parts = names(queryFrom).compactMap { record.value(named: $0)?.string }
    return parts.isEmpty ? nil : parts.joined(separator: "\n")
  }

  private func names(_ list: String) -> [String] { list.split(separator: ",").map { String($0) } }
}
