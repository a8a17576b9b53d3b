public import ArgumentParser
import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The version of all programs.
public let hyperguildVersion = "0.1.0"

/// The entry point of a program: messages carry its name, and the exit status is one of `ExitStatus`.
///
/// `run` throws `ProgramFailure` to end with a message, or `ArgumentParser`'s own errors for wrong usage.
public protocol Program: ParsableCommand {}

extension Program {
  /// Parses the arguments, runs, and exits.
  public static func main() {
    finish {
      var command = try parseAsRoot(AttachedValues.separated(CommandLine.arguments.dropFirst()))
      try command.run()
    }
  }

  /// Runs something that stands for the whole program, and exits.
  ///
  /// - Parameter body: What it throws becomes a message and the exit status.
  public static func finish(_ body: () throws -> Void) -> Never {
    // A reader that goes away must be an error of write(2), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    fillStandardDescriptors()
    do {
      try body()
    } catch {
      finish(error)
    }
    ExitStatus.success.exit()
  }

  /// Gives closed standard streams (`<&-`) a file that fails in their direction: else the next thing that is opened gets
  /// their number, and is read or written in their place.
  private static func fillStandardDescriptors() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  private static func finish(_ error: any Error) -> Never {
    OutputDesk.standard.wipeProgress()
    let diagnostics = Diagnostics(program: _commandName)
    if let failure = error as? ProgramFailure {
      if !failure.message.isEmpty { diagnostics.message(failure.message) }
      if let hint = failure.hint { diagnostics.message(hint) }
      failure.status.exit()
    }
    let text = fullMessage(for: error)
    switch exitCode(for: error) {
    case .success:
      printHelp(text, diagnostics)
    case .validationFailure:
      let prefix = "Error: "
      diagnostics.paragraph(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
      ExitStatus.usage.exit()
    case let code:
      if !text.isEmpty { diagnostics.paragraph(message(for: error)) }
      ExitStatus(rawValue: code.rawValue).exit()
    }
  }

  /// Help and version go to stdout, and a stdout that cannot take them is an error.
  private static func printHelp(_ text: String, _ diagnostics: Diagnostics) -> Never {
    do throws(ProgramFailure) {
      try StandardOutput.write((text.hasSuffix("\n") ? text : text + "\n").utf8)
    } catch {
      if !error.message.isEmpty { diagnostics.message(error.message) }
      error.status.exit()
    }
    ExitStatus.success.exit()
  }
}
