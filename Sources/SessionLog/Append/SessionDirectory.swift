public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The `sessions` directory of a brain: one file a session.
public struct SessionDirectory: Sendable, Equatable {
  /// Where it is.
  public let path: FilePath

  /// The sessions of a brain.
  ///
  /// - Parameter brain: The brain's directory; it need not exist.
  public init(brain: FilePath) { path = brain.appending("sessions") }

  /// The file of a session.
  ///
  /// - Parameter id: Any string that is not empty.
  /// - Returns: A path right inside the directory.
  public func file(ofSession id: String) -> FilePath {
    path.appending(SessionName.fileName(for: id))
  }

  /// The files of all sessions, sorted by name. A directory that does not exist has none.
  ///
  /// - Returns: Paths of files whose names are those of sessions; what kind of file each is was not looked at.
  /// - Throws: `SessionLogError` when the directory cannot be read.
  public func files() throws(SessionLogError) -> [FilePath] {
    guard let directory = opendir(path.string) else {
      guard errno != ENOENT else { return [] }
      throw SessionLogError("read", path.string, .system(Errno(rawValue: errno)))
    }
    defer { closedir(directory) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: Int(entry.pointee.d_reclen)) { String(cString: $0) }
      }
      if SessionName.isSession(name) { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SessionLogError("read", path.string, .system(Errno(rawValue: errno))) }
    return names.sorted().map { path.appending($0) }
  }
}
