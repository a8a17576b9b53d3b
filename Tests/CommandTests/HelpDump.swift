import Foundation
import TestSupport

/// What a program says of its own options, as data.
struct HelpDump: Decodable {
  struct Command: Decodable {
    let commandName: String
    let abstract: String?
    let arguments: [Argument]?
    let subcommands: [Command]?

    /// This command and all below it, each with the words that call it.
    func all(_ prefix: [String] = []) -> [(words: [String], command: Command)] {
      let words = prefix + [commandName]
      return [(words, self)] + (subcommands ?? []).flatMap { $0.all(words) }
    }
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String
    }

    let kind: String
    let abstract: String?
    let names: [Name]?
    let shouldDisplay: Bool
    let valueName: String?

    /// Whether its value is a number, by the name that help gives it.
    var isNumeric: Bool {
      ["n", "count", "number", "seconds", "bytes", "size", "usd", "0...1", "-1...1"].contains(valueName ?? "")
    }

    var longName: String? { names?.first { $0.kind == "long" }?.name }
  }

  let command: Command

  static let programs = ["hg-route", "hg-complete", "hg-strip", "hg-log", "hg-brain", "hg-mcp"]

  static func of(_ program: String) throws -> HelpDump {
    let result = try TestFolder().run(program, ["--experimental-dump-help"])
    return try JSONDecoder().decode(HelpDump.self, from: Data(result.output))
  }
}
