import ArgumentParser
import CommandSupport
import NDJSON

@main
struct HGStrip: Program {
  static let configuration = CommandConfiguration(
    commandName: "hg-strip",
    abstract: "Take the result-schema JSON that small models append off the end of 'text'.",
    version: hyperguildVersion)

  @OptionGroup var filter: FilterOptions

  func run() throws {
    try FilterLoop(stage: "hg-strip", options: filter).run { (record, edits) throws(RecordError) in
      _ = record
    }
  }
}
