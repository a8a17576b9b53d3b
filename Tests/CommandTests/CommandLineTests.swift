import Foundation
import TestSupport
import Testing

/// What all programs and their subcommands do alike on the command line.
@Suite struct CommandLineTests {
  @Test(arguments: HelpDump.programs)
  func everyCommandHelps(program: String) throws {
    for (words, command) in try HelpDump.of(program).command.all() where words.last != "help" {
      let result = try TestFolder().run(program, Array(words.dropFirst()) + ["--help"])
      #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
      #expect(result.text.hasPrefix("OVERVIEW: "), "\(result)")
      #expect(command.abstract?.hasSuffix(".") == true, "\(words): \(command.abstract ?? "")")
      for argument in command.arguments ?? [] where argument.shouldDisplay {
        let abstract = argument.abstract ?? ""
        #expect(abstract.hasSuffix("."), "\(words) \(argument.longName ?? argument.kind): \(abstract)")
      }
    }
  }

  @Test(arguments: HelpDump.programs)
  func everyProgramTellsItsVersion(program: String) throws {
    let result = try TestFolder().run(program, ["--version"])
    let changelog = try String(contentsOfFile: sourceRoot + "/CHANGELOG.md", encoding: .utf8)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    #expect(changelog.contains("## \(result.text.trimmingCharacters(in: .whitespacesAndNewlines))"), "\(result)")
  }

  @Test(arguments: HelpDump.programs)
  func wrongUsageNamesTheProgramAndTheOption(program: String) throws {
    for (words, _) in try HelpDump.of(program).command.all() where words.last != "help" {
      let result = try TestFolder().run(program, Array(words.dropFirst()) + ["--no-such-option"])
      #expect(result.status == 64 && result.output.isEmpty, "\(result)")
      // A command that lacks something it needs may complain of that first.
      let isMissing = result.errors.contains("Missing expected argument") || result.errors.contains("is missing")
      let complaint = isMissing ? "" : "Unknown option '--no-such-option'"
      #expect(result.errors.hasPrefix("\(program): \(complaint)"), "\(result)")
      #expect(result.errors.contains("\nUsage: \(program)"), "\(result)")
    }
  }

  @Test(arguments: HelpDump.programs)
  func helpThatCannotBePrintedIsAnError(program: String) throws {
    let result = try TestFolder().shell("\(program) --help > /dev/full || echo $?")
    #expect(result.text == "74\n", "\(result)")
    #expect(result.errors == "\(program): stdout: No space left on device\n", "\(result)")
  }

  @Test(arguments: HelpDump.programs)
  func theManualNamesEveryOption(program: String) throws {
    let folder = sourceRoot + "/man"
    for (words, command) in try HelpDump.of(program).command.all() where words.last != "help" {
      let page = words.joined(separator: ".") + ".1"
      let text = try String(contentsOfFile: folder + "/" + page, encoding: .utf8)
      for name in (command.arguments ?? []).filter(\.shouldDisplay).compactMap(\.longName) {
        let escaped = name.replacingOccurrences(of: "-", with: "\\-")
        #expect(
          text.contains("-\(name)") || text.contains("-\(escaped)"), "man/\(page) lacks --\(name): run `make manual`")
      }
    }
  }
}
