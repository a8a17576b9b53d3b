import Foundation

/// One run of a real program: what it wrote and how it ended.
public struct CommandResult: CustomStringConvertible {
  /// The command, for messages.
  public let command: String
  /// The exit status; 128 + the signal's number when a signal ended it, as the shell counts.
  public let status: Int32
  /// What it wrote to stdout, byte for byte.
  public let output: [UInt8]
  /// What it wrote to stderr.
  public let errors: String

  /// What it wrote to stdout, as text.
  public var text: String { String(decoding: output, as: UTF8.self) }

  /// The lines of stdout, without their ends.
  public var lines: [String] { text.split(separator: "\n").map(String.init) }

  /// The command, the status and both streams: what a failing test should show.
  public var description: String {
    """
    command: \(command)
    status: \(status)
    stdout: \(text.prefix(4000))
    stderr: \(errors.prefix(4000))
    """
  }
}

/// A folder of its own for one test, gone with the object.
public final class TestFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes an empty folder.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("hyperguild-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in it.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file in it, with the folders above it.
  @discardableResult
  public func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    let file = file(name)
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Writes a text file in it.
  @discardableResult
  public func write(_ name: String, text: String) throws -> String { try write(name, text.utf8) }

  /// Reads a file in it.
  public func read(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  /// Runs a program in this folder, stdin from bytes, with an environment that holds nothing of the developer's own
  /// configuration.
  ///
  /// - Parameters:
  ///   - program: One of ours by its name, or one on PATH.
  ///   - arguments: Its arguments.
  ///   - stdin: What it reads.
  ///   - environment: Added to the clean environment.
  /// - Returns: What it wrote and how it ended.
  /// - Throws: When it cannot be started.
  public func run(
    _ program: String, _ arguments: [String] = [], stdin: some Sequence<UInt8> = [],
    environment: [String: String] = [:]
  ) throws -> CommandResult {
    let streams = try TestFolder()
    try streams.write("stdin", stdin)
    let status = try spawn(
      [program] + arguments, folder: path, environment: Self.cleanEnvironment(path).merging(environment) { $1 },
      stdin: streams.file("stdin"), stdout: streams.file("stdout"), stderr: streams.file("stderr"))
    return CommandResult(
      command: ([program] + arguments).joined(separator: " "), status: status, output: try streams.read("stdout"),
      errors: String(decoding: try streams.read("stderr"), as: UTF8.self))
  }

  /// Runs a program with text on stdin.
  public func run(
    _ program: String, _ arguments: [String] = [], text: String, environment: [String: String] = [:]
  ) throws -> CommandResult {
    try run(program, arguments, stdin: text.utf8, environment: environment)
  }

  /// Runs a script in bash, `set -eo pipefail`, with our programs on PATH.
  public func shell(_ script: String, text: String = "", environment: [String: String] = [:]) throws -> CommandResult {
    try run("bash", ["-c", "set -eo pipefail\n" + script], stdin: text.utf8, environment: environment)
  }

  private static func cleanEnvironment(_ home: String) -> [String: String] {
    var environment = [
      "HOME": home, "LC_ALL": "C.UTF-8", "TMPDIR": FileManager.default.temporaryDirectory.path,
      "XDG_DATA_HOME": home + "/data", "XDG_CONFIG_HOME": home + "/config", "XDG_CACHE_HOME": home + "/cache",
    ]
    let inherited = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    environment["PATH"] = programDirectory + ":" + inherited
    return environment
  }
}

/// Where the programs under test are: beside the test program, or in `HYPERGUILD_BIN`.
public let programDirectory: String =
  ProcessInfo.processInfo.environment["HYPERGUILD_BIN"]
  ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

/// The top of the source tree.
public let sourceRoot: String = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
