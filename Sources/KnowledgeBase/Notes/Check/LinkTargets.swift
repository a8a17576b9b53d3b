/// What links can lead to: notes by their names, titles and aliases, and all files by their paths.
struct LinkTargets {
  private let root: String
  /// Names, titles and aliases, folded.
  private var names: Set<String> = []
  /// Paths of files and directories, relative to the root.
  private var paths: Set<String> = []
  /// The same, folded, by their last parts.
  private var pathsByName: [String: [String]] = [:]

  /// Looks at all files below a directory; what begins with a dot is left out.
  init(root: String) {
    self.root = root
    addFiles(of: "")
  }

  private mutating func addFiles(of folder: String) {
    guard let found = try? Files.names(in: root + "/" + folder) else { return }
    for name in found where !name.hasPrefix(".") {
      let path = folder + name
      paths.insert(path)
      pathsByName[Self.folded(name), default: []].append(Self.folded(path))
      if Files.kind(of: root + "/" + path) == .directory { addFiles(of: path + "/") }
    }
  }

  /// Adds the names of a note.
  mutating func add(_ note: Note, path: String) {
    names.insert(Self.folded(Note.name(of: path)))
    names.insert(Self.folded(note.title))
    for alias in note.frontMatter.aliases { names.insert(Self.folded(alias)) }
  }

  /// Whether a link leads somewhere.
  ///
  /// - Parameters:
  ///   - link: The link.
  ///   - folder: The directory of the note it is in, relative to the root; empty or with a slash at the end.
  /// - Returns: False for a dead one.
  func leads(_ link: MarkdownLinks.Link, from folder: String) -> Bool {
    link.isName ? leads(name: link.target, from: folder) : leads(path: link.target, from: folder)
  }

  private func leads(name: String, from folder: String) -> Bool {
    // A heading or a block of the note is not looked for. `C#` is a name as well.
    for part in [name, String(name.prefix { $0 != "#" }), String(name.prefix { $0 != "#" && $0 != "^" })] {
      let part = part.trimming { $0.isWhitespace }
      if part.isEmpty || names.contains(Self.folded(part)) || names.contains(Self.folded(Note.name(of: part))) {
        // A name with a folder in front has to be in that folder.
        if !part.contains("/") { return true }
      }
      if leads(path: part, from: folder) { return true }
      let wanted = Self.folded(part.hasPrefix("/") ? String(part.dropFirst()) : part)
      let last = wanted.split(separator: "/").last.map(String.init) ?? wanted
      for suffix in ["", ".md", ".markdown"] {
        let found = pathsByName[last + suffix] ?? []
        if found.contains(where: { $0 == wanted + suffix || $0.hasSuffix("/" + wanted + suffix) }) { return true }
      }
    }
    return false
  }

  private func leads(path: String, from folder: String) -> Bool {
    // A name may hold a `?` or a `#` after all.
    for raw in [path, String(path.prefix { $0 != "#" }), String(path.prefix { $0 != "#" && $0 != "?" })] {
      var target = LinkTarget.decoded(raw)
      while target.count > 1 && target.hasSuffix("/") { target.removeLast() }
      let places =
        target.hasPrefix("/") ? [String(target.dropFirst()), folder + target.dropFirst()] : [folder + target]
      for place in places where exists(place) { return true }
      if target.hasPrefix("/") && FileTree.resolve(target) != nil { return true }
    }
    return false
  }

  /// Whether there is a file, or a note of that name: pages of a site have no suffix, or another one.
  private func exists(_ path: String) -> Bool {
    var candidates = [path, path + ".md", path + ".markdown"]
    if path.hasSuffix(".html") { candidates.append(path.dropLast(".html".count) + ".md") }
    return candidates.contains { candidate in
      Self.normalised(candidate).map { $0.isEmpty || paths.contains($0) } ?? false
        || FileTree.resolve(root + "/" + candidate) != nil
    }
  }

  /// A path without `.` and `..`; nil when it leads out.
  private static func normalised(_ path: String) -> String? {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." {
        parts.append(part)
      } else if parts.popLast() == nil {
        return nil
      }
    }
    return parts.joined(separator: "/")
  }

  /// Names are compared in small letters, and with dashes for the blanks that a file's name has not.
  private static func folded(_ name: String) -> String {
    String(name.lowercased().map { $0 == " " || $0 == "_" ? "-" : $0 })
  }
}
