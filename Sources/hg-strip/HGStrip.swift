import AnswerChecking
import AnswerStripping
import ArgumentParser
import CommandSupport
import NDJSON
import Platform

@main
struct HGStrip: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-strip",
    abstract: "Take the result-schema JSON that small models append off the end of 'text'.",
    discussion: """
      Reads records (one JSON object a line), writes them with 'text' shortened and what was taken off in \
      'stripped'. A block goes only when it is the last thing in the text, is one JSON object, and has every key of \
      --keys at its top level; all other bytes stay as they are. An answer that is nothing but such a block stays, with \
      the warning 'schema_only'.

      EXAMPLES:
        hg-complete < tasks.ndjson | hg-strip | jq -r .text
        hg-strip --in text --out text < answer.md
        hg-strip --extract < answers.ndjson | jq .json
        hg-strip --extract --schema item.json < answers.ndjson | jq .verdict
        hg-strip -j 4 < answers.ndjson > stripped.ndjson

      EXIT STATUS: 0 done; 1 a line was not a record; 64 wrong usage; 66 no such schema file; \
      74 reading or writing failed; 78 it is not a schema that can be checked.
      """,
    version: hyperguildVersion)

  @Option(
    help: ArgumentHelp(
      "Names that an object must have to be taken off.", valueName: "name,..."), transform: Self.names)
  var keys = AnswerStripper.Options().keys

  @Flag(help: "Take the reasoning in front of the answer off too: <think>...</think> and its like.")
  var think = false

  @Flag(help: "Take one Markdown fence around the whole answer off.")
  var unwrap = false

  @Flag(help: "Leave 'text' and set 'json' to the JSON value in it.")
  var extract = false

  @Option(
    help: ArgumentHelp(
      "A JSON Schema that the value of --extract must fit; 'verdict' says whether it does, and why not.",
      valueName: "file"))
  var schema: String?

  @Option(
    name: [.customShort("j"), .customLong("threads")],
    help: ArgumentHelp("Threads that share the work; the records keep their order.", valueName: "n"),
    transform: OptionNumber.count(1...256))
  var threads = 1

  @OptionGroup var filter: FilterOptions

  func validate() throws {
    if keys.isEmpty { throw ValidationError("--keys needs at least one name") }
    if schema != nil && !extract {
      throw ValidationError("--schema goes with --extract: it is for the value that is found")
    }
    if extract && (think || unwrap) { throw ValidationError("--extract goes with neither --think nor --unwrap") }
  }

  func run() throws {
    var options = AnswerStripper.Options()
    options.keys = keys
    options.removesThinking = think
    options.unwraps = unwrap
    options.extracts = extract
    if let schema {
      return try judge(
        by: OptionFile.read(schema, option: "--schema") { (bytes) throws(SchemaError) in try AnswerSchema(bytes) })
    }
    let loop = ParallelFilterLoop(stage: "hg-strip", options: filter, textMember: "text") { [options] in
      let stripper = AnswerStripper(options)
      return { (record, edits) throws(RecordError) in stripper.strip(record, &edits) }
    }
    try loop.run(threads: threads)
  }

  private func judge(by schema: AnswerSchema) throws(ProgramFailure) {
    let loop = ParallelFilterLoop(stage: "hg-strip", options: filter, textMember: "text") {
      let extraction = AnswerExtraction(schema: schema)
      return { (record, edits) throws(RecordError) in try extraction.extract(record, &edits) }
    }
    try loop.run(threads: threads)
  }

  private static func names(_ argument: String) -> [String] { SettingText.list(argument) }
}
