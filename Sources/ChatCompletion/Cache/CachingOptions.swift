public import Platform
public import SystemPackage

/// Where answers are kept for the next time the same is asked, and how many of them.
public struct CachingOptions: Sendable {
  /// A month.
  public static let longestAge = TimeWindow(milliseconds: 30 * 86_400_000)
  /// A gibibyte.
  public static let size = 1 << 30

  /// The directory; made when it is not there.
  public var directory: FilePath
  /// Older answers are asked again.
  public var longestAge = Self.longestAge
  /// How large the file may become, in bytes.
  public var size = Self.size

  /// Makes the standard options.
  ///
  /// - Parameter directory: Where the file is.
  public init(directory: FilePath) { self.directory = directory }
}
