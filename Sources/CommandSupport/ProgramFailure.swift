public import Servers
public import SystemPackage

/// Why a whole program stops: a message for a person, and the exit status.
public struct ProgramFailure: Error, Equatable, CustomStringConvertible {
  /// How the program ends.
  public let status: ExitStatus

  /// What went wrong, where, and what to do; without the program's name.
  public let message: String

  /// What to do instead, on a line of its own; for those who type a program's name to see what it is.
  public let hint: String?

  /// Makes a failure.
  ///
  /// - Parameters:
  ///   - status: How the program ends.
  ///   - message: Without the program's name.
  ///   - hint: What to do instead.
  public init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
    self.status = status
    self.message = message
    self.hint = hint
  }

  /// Writing to stdout failed. A reader that has gone is not a failure: the program stops quietly.
  ///
  /// - Parameter errno: The error of `write(2)`.
  /// - Returns: `ioError`, or `success` without a message for `EPIPE`.
  public static func writing(_ errno: Errno) -> ProgramFailure {
    errno == .brokenPipe
      ? ProgramFailure(.success, "") : ProgramFailure(.ioError, "stdout: \(errno)")
  }

  /// Reading stdin failed.
  ///
  /// - Parameter errno: The error of `read(2)`.
  /// - Returns: `ioError`.
  public static func reading(_ errno: Errno) -> ProgramFailure {
    ProgramFailure(.ioError, "stdin: \(errno)")
  }

  /// The message.
  public var description: String { message }
}

extension ProgramFailure {
  /// A server's setting that cannot be used: wrong usage when it is an option, wrong configuration when a variable.
  ///
  /// - Parameters:
  ///   - invalid: What is wrong with it.
  ///   - option: The option that could have set it.
  public init(_ invalid: ServerSettings.Invalid, option: String) {
    self.init(invalid.variable == nil ? .usage : .configuration, "\(invalid.variable ?? option): \(invalid.message)")
  }
}
