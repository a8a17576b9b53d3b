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
  /// - Throws: `ProgramFailure` when the flag is empty, or when there is no home directory.
  public func directory() throws(ProgramFailure) -> FilePath { try Self.directory(path: path) }

  /// The directory for a program that read `--brain` itself.
  ///
  /// - Parameter path: What the flag says, if it was given.
  /// - Returns: What the flag says, else the environment, else the default.
  /// - Throws: `ProgramFailure` when the flag is empty, or when there is no home directory.
  public static func directory(path: String?) throws(ProgramFailure) -> FilePath {
    if let path {
      guard !path.isEmpty else { throw ProgramFailure(.configuration, "--brain is empty: it must name a directory") }
      return FilePath(path)
    }
    if let setting = Setting("HYPERGUILD_BRAIN_DIR") { return FilePath(setting.text) }
    var status = stat()
    if stat("brain", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR { return "brain" }
    // The base directory specification: a relative path counts as unset.
    if let data = Setting("XDG_DATA_HOME")?.text, data.hasPrefix("/") {
      return FilePath(data).appending("hyperguild/brain")
    }
    guard let home = Setting("HOME")?.text else {
      throw ProgramFailure(.configuration, "no brain directory: set HYPERGUILD_BRAIN_DIR, or HOME")
    }
    return FilePath(home).appending(".local/share/hyperguild/brain")
  }
}
