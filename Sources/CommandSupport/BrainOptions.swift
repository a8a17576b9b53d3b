public import ArgumentParser
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Where the brain is: the directory that holds `knowledge` and `sessions`.
public struct BrainOptions: ParsableArguments, Sendable {
  /// The directory, as the user typed it.
  @Option(
    name: .customLong("brain"),
    help: ArgumentHelp(
      "The brain's directory (HYPERGUILD_BRAIN_DIR; ./brain if it exists, else $XDG_DATA_HOME/hyperguild/brain).",
      valueName: "dir"))
  public var path: String?

  /// For ArgumentParser.
  public init() {}

  /// The directory; it need not exist.
  ///
  /// - Returns: What the flag says, else the environment, else the default.
  /// - Throws: `ProgramFailure` with `configuration` when a setting is empty, or when there is no home directory.
  public func directory() throws(ProgramFailure) -> FilePath { try Self.directory(path: path) }

  /// The directory for a program that read `--brain` itself.
  ///
  /// - Parameter path: What the flag says, if it was given.
  /// - Returns: What the flag says, else the environment, else the default.
  /// - Throws: `ProgramFailure` with `configuration` when a setting is empty, or when there is no home directory.
  public static func directory(path: String?) throws(ProgramFailure) -> FilePath {
    if let path { return try directory(path, "--brain") }
    if let path = environment("HYPERGUILD_BRAIN_DIR") { return try directory(path, "HYPERGUILD_BRAIN_DIR") }
    var status = stat()
    if stat("brain", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR { return "brain" }
    // The base directory specification: a relative or an empty path counts as unset.
    if let data = environment("XDG_DATA_HOME"), data.hasPrefix("/") {
      return FilePath(data).appending("hyperguild/brain")
    }
    guard let home = environment("HOME"), !home.isEmpty else {
      throw ProgramFailure(.configuration, "no brain directory: set HYPERGUILD_BRAIN_DIR, or HOME")
    }
    return FilePath(home).appending(".local/share/hyperguild/brain")
  }

  private static func directory(_ path: String, _ name: String) throws(ProgramFailure) -> FilePath {
    guard !path.isEmpty else { throw ProgramFailure(.configuration, "\(name) is empty: it must name a directory") }
    return FilePath(path)
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
