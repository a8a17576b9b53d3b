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
    for (words, _) in try HelpDump.of(program).command.all() where words.last != "help" {
      for option in ["--help", "--version"] {
        let result = try TestFolder().shell("\(words.joined(separator: " ")) \(option) > /dev/full || echo $?")
        #expect(result.text == "74\n", "\(result)")
        #expect(result.errors == "\(program): stdout: No space left on device\n", "\(result)")
      }
    }
  }

  /// `-j4`, `-j=4`: as people type them. What is wrong with a value must name it, so it has arrived.
  @Test(arguments: HelpDump.programs)
  func shortOptionsTakeTheirValueAttached(program: String) throws {
    for (words, command) in try HelpDump.of(program).command.all() {
      for argument in command.arguments ?? [] where argument.kind == "option" {
        for name in argument.names ?? [] where name.kind == "short" {
          for attached in ["-\(name.name)4", "-\(name.name)=4", "-\(name.name)a=b"] {
            let rest = ["--no-such-option"]
            let result = try TestFolder().run(program, Array(words.dropFirst()) + [attached] + rest)
            let arrived =
              result.errors.contains("'--no-such-option'") || result.errors.contains("The value 'a=b' is invalid")
              || result.errors.contains("Missing expected argument")
            #expect(result.status == 64 && arrived, "\(result)")
          }
        }
      }
    }
  }

  @Test(arguments: [
    "0", "-1", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e30",
    "1e400",
    "-1e400", "inf", "-inf", "nan", "00.5", "1.e5", ".5", "+1", "0x10", "", " ", "1e-400", "1_000", "٣",
  ])
  func noNumberOnTheCommandLineIsACrash(number: String) throws {
    for program in ["hg-strip", "hg-mcp"] {
      for (words, command) in try HelpDump.of(program).command.all() where words.last != "help" {
        for argument in command.arguments ?? [] where argument.kind == "option" && argument.isNumeric {
          guard let name = argument.longName.map({ "--\($0)" }) ?? argument.names?.first.map({ "-\($0.name)" }) else {
            continue
          }
          let result = try TestFolder().run(
            program, Array(words.dropFirst()) + ["\(name)=\(number)"],
            environment: ["LITELLM_BASE_URL": "http://127.0.0.1:9"])
          #expect(result.status < 126, "\(result)")
          if result.errors.contains("is invalid for") {
            #expect(result.errors.contains("allowed is"), "\(result)")
          }
        }
      }
    }
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
