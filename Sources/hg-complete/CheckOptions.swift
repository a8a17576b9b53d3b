import ArgumentParser
import ChatCompletion
import CommandSupport
import Platform
import Servers

/// What an answer must be.
struct CheckOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What does not count as an answer and goes to the next model: empty, length, content_filter, with commas; or none.",
      valueName: "list"),
    transform: Self.noAnswer)
  var failOn = NoAnswer.standard

  @Option(
    help: ArgumentHelp(
      "A JSON Schema that answers must fit: it is sent, each answer is checked, and what is found becomes 'json'.",
      valueName: "file"))
  var schema: String?

  @Option(
    help: ArgumentHelp(
      """
      A command for sh that judges each answer, the record on its stdin: 0 accepts, 1 rejects with what it printed, \
      anything else is a failure of the check.
      """, valueName: "command"))
  var check: String?

  @Option(
    help: ArgumentHelp("Checks at once (default: one for each core).", valueName: "n"),
    transform: OptionNumber.count(1...1000))
  var checkJobs: Int?

  @Option(help: ArgumentHelp("Longest time for a check.", valueName: "seconds"), transform: OptionNumber.seconds())
  var checkTimeout = 60.0

  @Option(
    help: ArgumentHelp(
      "How often one model is asked again with the feedback because its answer was rejected, before the next one is.",
      valueName: "n"), transform: OptionNumber.count(0...100))
  var repair = 1

  func validate() throws {
    if let check, SettingText.trimmed(check) == nil {
      throw ValidationError("--check '\(check)': allowed is a command for sh")
    }
  }

  /// The options as the run takes them.
  var judging: JudgingOptions {
    var options = JudgingOptions()
    options.noAnswer = failOn
    options.check = check
    options.checkJobs = checkJobs ?? coreCount
    options.checkTimeout = checkTimeout
    options.repairs = repair
    // It often runs what a model wrote.
    options.hiddenVariables = ServerSettings.keyVariables
    return options
  }

  /// A list of names, or `none`.
  private static func noAnswer(_ argument: String) throws -> NoAnswer {
    let words = SettingText.list(argument)
    if words == ["none"] { return [] }
    var chosen: NoAnswer = []
    for word in words {
      guard let known = NoAnswer.names.first(where: { $0.name == word }) else { throw NotAWord() }
      chosen.insert(known.value)
    }
    guard !chosen.isEmpty else { throw NotAWord() }
    return chosen
  }

  private struct NotAWord: Error, CustomStringConvertible {
    var description: String {
      "allowed is a list of \(NoAnswer.names.map(\.name).joined(separator: ", ")); or none"
    }
  }
}
