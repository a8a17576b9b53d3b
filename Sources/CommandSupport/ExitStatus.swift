#if canImport(Glibc)
  import Glibc
#endif

/// How a program ends: the same numbers for all programs. Those from 64 on are those of `sysexits.h`.
public struct ExitStatus: RawRepresentable, Sendable, Hashable {
  /// The number that the shell sees.
  public let rawValue: Int32

  /// Takes a number.
  ///
  /// - Parameter rawValue: `0...255`.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Every record succeeded.
  public static let success = ExitStatus(rawValue: 0)
  /// Done, but at least one record got an `error` from this stage.
  public static let recordsFailed = ExitStatus(rawValue: 1)
  /// Wrong usage.
  public static let usage = ExitStatus(rawValue: 64)
  /// A file that is needed is missing.
  public static let noInput = ExitStatus(rawValue: 66)
  /// The service could not be reached at all.
  public static let unavailable = ExitStatus(rawValue: 69)
  /// Reading or writing failed.
  public static let ioError = ExitStatus(rawValue: 74)
  /// Stopped by a budget or a rate limit; start again with `--resume`.
  public static let temporaryFailure = ExitStatus(rawValue: 75)
  /// The key was refused.
  public static let noPermission = ExitStatus(rawValue: 77)
  /// Wrong configuration.
  public static let configuration = ExitStatus(rawValue: 78)
  /// Ended by SIGINT.
  public static let interrupted = ExitStatus(rawValue: 130)
  /// Ended by SIGTERM.
  public static let terminated = ExitStatus(rawValue: 143)

  /// Ends the process, without the destructors of its libraries: other threads may be using them still.
  public func exit() -> Never {
    _exit(rawValue)
  }
}
