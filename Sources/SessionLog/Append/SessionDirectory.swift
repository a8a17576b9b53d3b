import Platform
public import SystemPackage

/// The `sessions` directory of a brain: one file a session.
public struct SessionDirectory: Sendable, Equatable {
  /// Where it is.
  public let path: FilePath

  /// The sessions of a brain.
  ///
  /// - Parameter brain: The brain's directory; it need not exist.
  public init(brain: FilePath) { path = brain.appending("sessions") }

  /// The file that a session's entries are appended to.
  ///
  /// - Parameter id: Any string that is not empty.
  /// - Returns: A path right inside the directory. It is that of `SessionName`, unless only a file is there that bears
  ///   the id itself as its name, as other programs name them.
  public func file(ofSession id: String) -> FilePath {
    let files = files(ofSession: id)
    return files[files.count - 1]
  }

  /// The files that hold a session's entries, the older ones first.
  ///
  /// - Parameter id: Any string that is not empty.
  /// - Returns: One path, which need not exist; or two that do.
  public func files(ofSession id: String) -> [FilePath] {
    let file = path.appending(SessionName.fileName(for: id))
    guard let name = SessionName.plainFileName(for: id) else { return [file] }
    let plain = path.appending(name)
    guard Self.exists(plain), isSpelled(name) else { return [file] }
    return Self.exists(file) ? [plain, file] : [plain]
  }

  /// The files of all sessions, sorted by name. A directory that does not exist has none.
  ///
  /// - Returns: Paths of files whose names are those of sessions; what kind of file each is was not looked at.
  /// - Throws: `SessionLogError` when the directory cannot be read, or something else has its name.
  public func files() throws(SessionLogError) -> [FilePath] {
    let names: [FilePath.Component]
    do throws(Errno) {
      names = try Directory.names(in: path)
    } catch {
      guard error == .noSuchFileOrDirectory else { throw SessionLogError("read", path.string, .system(error)) }
      try Self.checkIsAbsent(path)
      return []
    }
    return names.map(\.string).filter { SessionName.isSession($0) }.sorted().map { path.appending($0) }
  }

  /// What is not found must be absent from a directory above it that is there: what lies behind a link that leads
  /// nowhere, or below a file, is not an empty log but a broken one.
  static func checkIsAbsent(_ path: FilePath) throws(SessionLogError) {
    var place = path
    while !place.isEmpty {
      if exists(place) {
        do throws(Errno) {
          guard try Stat(place).type != .directory else { return }
          throw .notDirectory
        } catch {
          let reason: SessionLogError.Reason = error == .noSuchFileOrDirectory ? .danglingLink : .system(error)
          throw SessionLogError("read", place.string, reason)
        }
      }
      guard place.lastComponent != nil else { return }
      place.removeLastComponent()
    }
  }

  private static func exists(_ path: FilePath) -> Bool { (try? Stat(path, followTargetSymlink: false)) != nil }

  /// Whether a file bears exactly this name: where file names ignore case, another session's would be found by it.
  private func isSpelled(_ name: String) -> Bool {
    ((try? Directory.names(in: path)) ?? []).contains { $0.string == name }
  }
}
