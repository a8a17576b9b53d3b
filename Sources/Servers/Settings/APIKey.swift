import Platform
public import SystemPackage

/// Where a server's key comes from. It is never an argument: those are public.
public struct APIKey: Sendable {
  private enum Source {
    case none
    case value(String)
    case file(FilePath)
  }

  private let source: Source

  /// No longer key is read; a wrong path must not read a disk.
  private static let longest = 64 << 10

  /// No key.
  public static let none = APIKey(source: .none)

  private init(source: Source) { self.source = source }

  /// Takes a key.
  ///
  /// - Parameter text: White space, a byte-order mark and line ends around it are no part of it; with nothing else in
  ///   it there is no key.
  public init(_ text: String) { source = SettingText.trimmed(text).map { .value($0) } ?? .none }

  /// Takes a file, which is read again for each request, so that a new key works at once. What can be read only once,
  /// a pipe from a password store, is read now.
  ///
  /// - Parameter path: The file.
  /// - Throws: The error of reading it.
  public init(file path: FilePath) throws(Errno) {
    let text = try Self.read(path)
    self = try Stat(path).isRegular ? APIKey(source: .file(path)) : APIKey(text)
  }

  /// The key as it is now.
  ///
  /// - Returns: The key, or nil when there is none.
  /// - Throws: The error of the file.
  public func current() throws(Errno) -> String? {
    switch source {
    case .none: nil
    case .value(let key): key
    case .file(let path):
      // What stands behind the key in its file, a comment say, is not part of it.
      SettingText.trimmed(try Self.read(path)).map { String($0.prefix { !$0.isWhitespace }) }
    }
  }

  private static func read(_ path: FilePath) throws(Errno) -> String {
    String(decoding: try WholeFile.read(path, limit: longest, excess: .isCutOff), as: UTF8.self)
  }
}
