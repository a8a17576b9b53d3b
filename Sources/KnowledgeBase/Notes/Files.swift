import NDJSON
import Platform
import SystemPackage

/// Files and folders by paths as ``NotePath`` has them; an error says which one.
enum Files {
  /// Reads a whole file.
  ///
  /// - Parameters:
  ///   - path: Relative to `directory` when that is given.
  ///   - directory: An open directory; nil takes the current one.
  ///   - maximum: In bytes; nil reads all.
  /// - Returns: The bytes.
  /// - Throws: ``KnowledgeError``; also for what is not a regular file.
  static func read(_ path: String, in directory: FileDescriptor? = nil, maximum: Int? = nil) throws(KnowledgeError)
    -> [UInt8]
  {
    try naming(path) { () throws(Errno) in
      try WholeFile.read(
        NotePath.file(path), in: directory, source: .regular, limit: maximum ?? .max, excess: .isCutOff)
    }
  }

  /// Opens a directory.
  static func openDirectory(_ path: String) throws(KnowledgeError) -> FileDescriptor {
    try naming(path) { () throws(Errno) in
      try openFile(NotePath.file(path), .readOnly, options: [.directory])
    }
  }

  /// The names in a directory, in no order.
  static func names(in path: String) throws(KnowledgeError) -> [String] {
    let names = try naming(path) { () throws(Errno) in try Directory.names(in: NotePath.file(path)) }
    return names.map { name in name.withPlatformString { NotePath.text(cString: $0) } }
  }

  /// What something is.
  enum Kind {
    case file, directory, other
  }

  /// What is at a path, links not followed; nil when there is nothing, or it cannot be seen.
  static func kind(of path: String) -> Kind? {
    guard let status = try? Stat(NotePath.file(path), followTargetSymlink: false) else { return nil }
    return status.isRegular ? .file : status.type == .directory ? .directory : .other
  }

  /// Whether a path, links followed, is a directory.
  static func isDirectory(_ path: String) -> Bool {
    (try? Stat(NotePath.file(path)))?.type == .directory
  }

  /// Runs something that fails with an error of the system, and says of which path it is.
  static func naming<Result>(_ path: String, _ body: () throws(Errno) -> Result) throws(KnowledgeError) -> Result {
    do throws(Errno) { return try body() } catch { throw .system(path, errno: error.rawValue) }
  }
}
