import Foundation

/// What `demo/setup test` downloads: the LiteLLM proxy with its model, the schema validator, the public JSON suites.
public enum Downloads {
  /// A test asked for them in `make quick`.
  public struct LeftOut: Error, CustomStringConvertible {
    /// What to do.
    public let description = "this suite needs downloads: name it in NEED_DOWNLOADS (Makefile)"
  }

  /// The folder of the programs of Tests/Servers/requirements.txt: `python`, `litellm`.
  ///
  /// - Throws: As `require`.
  public static func programs() throws -> String {
    try require()
    return (ProcessInfo.processInfo.environment["HYPERGUILD_VENV"] ?? sourceRoot + "/.venv") + "/bin"
  }

  /// Says that a test needs them.
  ///
  /// - Throws: `LeftOut` in `make quick`, also where they are there.
  public static func require() throws {
    if ProcessInfo.processInfo.environment["HYPERGUILD_QUICK"] != nil { throw LeftOut() }
  }
}
