public import SystemPackage

/// What the system refused, and where.
public struct SessionLogError: Error, Equatable, CustomStringConvertible {
  /// What happened to the file.
  public enum Reason: Sendable, Equatable {
    /// The system said no.
    case system(Errno)
    /// It is a FIFO, a directory, a device or a socket.
    case notRegular
    /// It is a symbolic link, which could lead anywhere.
    case symbolicLink
    /// It is a symbolic link that leads nowhere.
    case danglingLink
  }

  /// What was tried: "open", "write", ...
  public let action: String

  /// The file or the directory.
  public let path: String

  /// Why it failed.
  public let reason: Reason

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - action: What was tried, a verb.
  ///   - path: The file or the directory.
  ///   - reason: Why it failed.
  public init(_ action: String, _ path: String, _ reason: Reason) {
    self.action = action
    self.path = path
    self.reason = reason
  }

  /// An error of opening a log, by what the system said.
  init(opening path: FilePath, _ error: Errno) {
    let reason: Reason =
      switch error {
      case .tooManySymbolicLinkLevels: .symbolicLink
      case .isDirectory, .noSuchAddressOrDevice: .notRegular
      default: .system(error)
      }
    self.init("open", path.string, reason)
  }

  /// Whether the file or directory is not there.
  public var isNoSuchFile: Bool { reason == .system(.noSuchFileOrDirectory) }

  /// A sentence for a person.
  public var description: String {
    switch reason {
    case .system(let errno): "\(path): cannot \(action): \(errno)"
    case .notRegular: "\(path): refused, it is not a regular file"
    case .symbolicLink: "\(path): refused, it is a symbolic link"
    case .danglingLink: "\(path): cannot \(action): it is a symbolic link that leads nowhere"
    }
  }
}
