import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON
import Platform
import Records

struct ContextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "Put what is known in front of each task.",
    discussion: """
      Searches with 'user' and puts the passages that match in front of it, quoted and each with its path; 'knowledge' says \
      what was put there. A record with 'messages' gets them in front of its last user message. Without a result, a brain or \
      a working index the record goes on unchanged: what is not known never blocks a job.
      """)

  @Option(
    name: .short, help: ArgumentHelp("The most notes to use.", valueName: "count"),
    transform: OptionNumber.count(1...1_000))
  var k = 3

  @Option(help: ArgumentHelp("The longest block of knowledge, everything counted.", valueName: "bytes"))
  var maxBytes = ByteCount(4096)

  @Option(help: ArgumentHelp("Search with these members instead of the task.", valueName: "name,..."))
  var queryFrom: String?

  @OptionGroup var options: KnowledgeOptions
  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if let queryFrom, names(queryFrom).isEmpty { throw ValidationError("--query-from needs a name") }
  }

  func run() throws {
    let knowledge = try Knowledge(options.source)
    let loop = FilterLoop(stage: "hg-brain", options: filter)
    try loop.run { (record, edits) throws(RecordError) in
      guard let query = query(of: record) else { return }
      do throws(KnowledgeError) {
        let block = try knowledge.context(for: query, limit: k, maxBytes: maxBytes.count)
        if let block, edits.prependToTask(block.text, of: record) { edits.set("knowledge") { block.write(to: &$0) } }
      } catch {
        knowledge.warn("no knowledge: \(error)")
      }
    }
  }

  private func query(of record: Record) -> String? {
    guard let task = record.prompt.taskText else { return nil }
    guard let queryFrom else { return task }
    let parts = names(queryFrom).compactMap { record.value(named: $0)?.string }
    return parts.isEmpty ? nil : parts.joined(separator: "\n")
  }

  private func names(_ list: String) -> [String] { SettingText.list(list) }
}
