import ArgumentParser
import CommandSupport
import KnowledgeBase
import NDJSON
import SystemPackage

struct Context: ParsableCommand {
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

  @OptionGroup var options: BrainOptions
  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if k < 1 || k > 1_000 { throw ValidationError("-k needs a number from 1 to 1000") }
    if let queryFrom, names(queryFrom).isEmpty { throw ValidationError("--query-from needs a name") }
  }

  func run() throws {
    let directory = try options.directory().string
    var source = Source.closed
    var warned: Set<String> = []
    func warn(_ text: String) {
      if warned.insert(text).inserted { Diagnostics.brain.message("\(text)") }
    }
    let loop = FilterLoop(stage: "hg-brain", options: filter)
    try loop.run { (record, edits) throws(RecordError) in
      guard let task = Task(record), let query = query(of: record, task), !source.isMissing else { return }
      do throws(KnowledgeError) {
        if source.knowledge == nil { source = .open(try KnowledgeBase(brain: directory)) }
        guard let knowledge = source.knowledge else { return }
        let block = try knowledge.context(for: query, limit: k, maxBytes: maxBytes.count)
        knowledge.takeWarnings().forEach(warn)
        if let block { task.put(block, into: &edits) }
      } catch {
        // A brain that is not there now is not looked for again at every record.
        if case .noKnowledge = error { source = .missing }
        warn("no knowledge: \(error)")
      }
    }
  }

  private enum Source {
    case closed, missing
    case open(KnowledgeBase)

    var knowledge: KnowledgeBase? { if case .open(let knowledge) = self { knowledge } else { nil } }
    var isMissing: Bool { if case .missing = self { true } else { false } }
  }

  private func query(of record: Record, _ task: Task) -> String? {
    guard let queryFrom else { return task.text }
    let parts = names(queryFrom).compactMap { record.value(named: $0)?.string }
    return parts.isEmpty ? nil : parts.joined(separator: "\n")
  }

  private func names(_ list: String) -> [String] { list.split(separator: ",").map { String($0) } }
}

/// Where in a record the task stands: `user`, or the last user message of `messages`.
struct Task {
  /// The words of the task.
  let text: String
  private let place: Place

  private enum Place {
    case user
    /// The array, and the content of the message in it.
    case messages(JSONValue, content: JSONValue)
  }

  /// Finds the task; nil when the record has none.
  init?(_ record: Record) {
    if let user = record["user"]?.string {
      text = user
      place = .user
    } else if let messages = record["messages"], messages.kind == .array,
      let last = messages.elements.reversed().first(where: { $0["role"]?.isString("user") ?? false }),
      let content = last["content"]
    {
      if let string = content.string {
        text = string
      } else {
        let parts = content.kind == .array ? content.elements.compactMap { $0["text"]?.string } : []
        guard !parts.isEmpty else { return nil }
        text = parts.joined(separator: "\n")
      }
      place = .messages(messages, content: content)
    } else {
      return nil
    }
  }

  /// Puts a block in front of the task and says so.
  func put(_ block: ContextBlock, into edits: inout RecordEdits) {
    switch place {
    case .user:
      edits.set("user", string: block.text + text)
    case .messages(let messages, let content):
      // Everything but the content of that message keeps its bytes.
      let before = UnsafeRawBufferPointer(rebasing: messages.bytes[..<(offset(of: content, in: messages))])
      let after = UnsafeRawBufferPointer(
        rebasing: messages.bytes[(offset(of: content, in: messages) + content.bytes.count)...])
      edits.set("messages") { $0.raw(Array(before) + changed(content, block) + Array(after)) }
    }
    edits.set("knowledge") { writer in
      writer.array { array in
        for result in block.results {
          array.object { object in
            object.member("path", result.path)
            object.member("title", result.title)
            object.member("score", result.score)
          }
        }
      }
    }
  }

  private func changed(_ content: JSONValue, _ block: ContextBlock) -> [UInt8] {
    var writer = JSONWriter()
    if content.isString {
      writer.string(block.text + text)
    } else {
      writer.array { array in
        array.object { part in
          part.member("type", "text")
          part.member("text", block.text)
        }
        for element in content.elements { array.value(element) }
      }
    }
    return writer.bytes
  }

  private func offset(of value: JSONValue, in whole: JSONValue) -> Int {
    guard let start = value.bytes.baseAddress, let base = whole.bytes.baseAddress else { return 0 }
    return start - base
  }
}
