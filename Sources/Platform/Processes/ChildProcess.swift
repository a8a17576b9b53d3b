public import SystemPackage

#if canImport(Glibc)
  public import Glibc
#elseif canImport(Darwin)
  public import Darwin
#endif

/// A program that this process has started.
///
/// A class because its end is collected once: afterwards the system may give its number to another process.
public final class ChildProcess {
  /// How a program ended.
  public enum Ending: Equatable, Sendable {
    /// It ended by itself, with this status.
    case exited(Int32)
    /// A signal ended it.
    case killed(signal: Int32)

    /// As the shell counts: 128 and the signal's number.
    public var status: Int32 {
      switch self {
      case .exited(let status): status
      case .killed(let signal): 128 + signal
      }
    }
  }

  /// Its number, which is that of its group too when it has one of its own.
  public let id: pid_t

  private let hasOwnGroup: Bool
  private var ending: Ending?

  /// Starts a program. It hears all signals that this process hears, and SIGPIPE ends it.
  ///
  /// - Parameters:
  ///   - command: The program, looked up on PATH when it has no slash, and its arguments; not empty.
  ///   - input: Its stdin.
  ///   - output: Its stdout.
  ///   - errors: Its stderr.
  ///   - hasOwnGroup: Whether it leads a process group of its own, so that all that it starts can be stopped with it.
  ///   - variables: Added to the environment, in place of those of the same name.
  ///   - hidden: The variables that it does not get.
  /// - Throws: The error of `posix_spawnp(3)`.
  public init(
    _ command: [String], input: FileDescriptor, output: FileDescriptor, errors: FileDescriptor,
    hasOwnGroup: Bool = false, variables: [String: String] = [:], hiding hidden: [String] = []
  ) throws(Errno) {
    // Who ignores SIGCHLD, or was started so, never learns how a child ended.
    if isIgnored(SIGCHLD) { signal(SIGCHLD, SIG_DFL) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Those that are one of the first three already would be overwritten by the others: behind them first.
    let streams = [input, output, errors].map(\.rawValue)
    var copies: [Int32] = []
    defer { for copy in copies { close(copy) } }
    for (number, from) in streams.enumerated() {
      var from = from
      if from < 3 && from != number {
        from = try systemCall { fcntl(from, F_DUPFD_CLOEXEC, 3) }
        copies.append(from)
      }
      // Also onto itself: that takes the mark off with which it would be closed.
      posix_spawn_file_actions_adddup2(&actions, from, Int32(number))
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    // What this process ignores for its own sake, its children must not.
    for number in [SIGPIPE, SIGXFSZ, SIGCHLD] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16((hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0) | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    let words = CStrings(command)
    let environment = CStrings(Self.environment(with: variables, without: hidden))
    var process: pid_t = 0
    let failure = withExtendedLifetime((words, environment)) {
      posix_spawnp(
        &process, words.pointers[0] ?? strdup(""), &actions, &attributes, words.pointers, environment.pointers)
    }
    guard failure == 0 else { throw Errno(rawValue: failure) }
    id = process
    self.hasOwnGroup = hasOwnGroup
  }

  /// Whether it has ended, without waiting for that.
  ///
  /// - Returns: How it ended; nil while it runs.
  /// - Throws: The error of `waitpid(2)`: how it ended is not known then, and never will be.
  public func pollEnding() throws(Errno) -> Ending? { try collect(WNOHANG) }

  /// Waits until it has ended.
  ///
  /// - Returns: How it ended.
  /// - Throws: The error of `waitpid(2)`.
  public func waitForEnding() throws(Errno) -> Ending {
    while true {
      if let ending = try collect(0) { return ending }
    }
  }

  /// Sends it a signal, and everything in its group when it has one of its own; nothing to a group that is gone.
  ///
  /// - Parameter number: The signal.
  public func send(signal number: Int32) {
    // What it left behind in its group still hears; its own number may be another's by now.
    if hasOwnGroup { kill(-id, number) } else if ending == nil { kill(id, number) }
  }

  private func collect(_ options: Int32) throws(Errno) -> Ending? {
    if let ending { return ending }
    var status: Int32 = 0
    guard try systemCall({ waitpid(id, &status, options) }) == id else { return nil }
    let signal = status & 0x7F
    ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
    return ending
  }

  private static func environment(with variables: [String: String], without hidden: [String]) -> [String] {
    var words = variables.map { "\($0.key)=\($0.value)" }
    var place = environ
    while let word = place.pointee {
      let text = String(cString: word)
      let name = String(text.prefix { $0 != "=" })
      if variables[name] == nil && !hidden.contains(name) { words.append(text) }
      place += 1
    }
    return words
  }
}

/// C strings in an array that ends with nil, for as long as this lives.
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) { pointers = strings.map { strdup($0) } + [nil] }

  deinit { for pointer in pointers { free(pointer) } }
}
