public import SystemPackage

/// Where files lie when nobody says otherwise, by the XDG base directory specification.
public struct DefaultPaths {
  private let variable: (String) -> String?

  /// Makes paths.
  ///
  /// - Parameter variable: The value of a variable; `nil` when it is unset.
  public init(_ variable: @escaping (String) -> String?) {
    self.variable = variable
  }

  /// `models.yaml`; `nil` without a home.
  public var models: FilePath? { base("XDG_CONFIG_HOME", ".config")?.appending("models.yaml") }

  /// The folder of caches; `nil` without a home.
  public var cache: FilePath? { base("XDG_CACHE_HOME", ".cache") }

  /// The specification has a relative path ignored.
  private func base(_ name: String, _ fallback: String) -> FilePath? {
    if let path = variable(name).map({ FilePath($0) }), path.isAbsolute { return path.appending("hyperguild") }
    guard let home = variable("HOME"), !home.isEmpty else { return nil }
    return FilePath(home).appending(FilePath(fallback).components).appending("hyperguild")
  }
}
