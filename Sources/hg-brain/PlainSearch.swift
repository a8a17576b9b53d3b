import CommandSupport
import KnowledgeBase

/// A search with the options that scripts and hooks use, read without ArgumentParser.
///
/// A search takes 2.6 ms of CPU time, and 4.3 with ArgumentParser (the least of 300 runs by turns): that asks the Swift
/// runtime about every option of every command, and the runtime looks through all conformances of the program. What is not understood here at once (other options, joined
/// values, anything wrong) is left to ``SearchCommand``, which says the same and has the messages.
struct PlainSearch {
  private(set) var query = ""
  private(set) var k = SearchCommand.defaultCount
  private(set) var excerptBytes = SearchCommand.defaultExcerpt
  private(set) var isChecked = true
  private(set) var brain: String?

  /// Reads arguments without the program's name; nil when ArgumentParser has to look at them.
  init?(_ arguments: some Collection<String>) {
    var rest = arguments.makeIterator()
    guard rest.next() == "search" else { return nil }
    while let argument = rest.next() {
      switch argument {
      case "--no-check": isChecked = false
      case "-k":
        guard let count = Self.value(rest.next()).flatMap({ Int($0) }), SearchCommand.counts.contains(count) else {
          return nil
        }
        k = count
      case "--excerpt-bytes":
        guard let bytes = Self.value(rest.next()).flatMap({ ByteCount(argument: $0) }) else { return nil }
        excerptBytes = bytes
      case "--brain":
        guard let directory = Self.value(rest.next()) else { return nil }
        brain = directory
      default:
        guard !argument.hasPrefix("-") else { return nil }
        query += query.isEmpty ? argument : " " + argument
      }
    }
    // Without a query it is a filter of records.
    if query.isEmpty { return nil }
  }

  private static func value(_ argument: String?) -> String? {
    guard let argument, !argument.hasPrefix("-") else { return nil }
    return argument
  }

  /// Searches and prints.
  func run() throws(ProgramFailure) {
    let knowledge = try Knowledge(KnowledgeSource(brain: brain), checked: isChecked)
    try knowledge.print(query, k: k, excerptBytes: excerptBytes)
  }
}
