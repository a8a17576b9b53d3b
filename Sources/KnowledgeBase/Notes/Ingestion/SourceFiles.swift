/// The files of a tree that can be ingested.
struct SourceFiles {
  private static let suffixes = [".md", ".markdown", ".txt", ".text", ".rst", ".org", ".adoc"]

  /// Markdown and text files, in the order of their paths; hidden ones and symbolic links are left out.
  private(set) var files: [String] = []
  /// Directories that could not be read, and why.
  private(set) var unreadable: [(path: String, error: KnowledgeError)] = []

  /// Looks at a directory and all below it.
  init(in directory: String) {
    add(directory)
    files.sort()
  }

  private mutating func add(_ directory: String) {
    let names: [String]
    do throws(KnowledgeError) { names = try Files.names(in: directory) } catch {
      unreadable.append((directory, error))
      return
    }
    for name in names where !name.hasPrefix(".") {
      let path = directory + "/" + name
      switch Files.kind(of: path) {
      case .directory: add(path)
      case .file where Self.suffixes.contains(where: { name.lowercased().hasSuffix($0) }): files.append(path)
      default: break
      }
    }
  }
}
