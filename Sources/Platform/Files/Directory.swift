public import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is done with directories.
public enum Directory {
  /// Makes a directory and those above it, for the user alone (0700). One that is there is left as it is.
  ///
  /// - Parameters:
  ///   - path: The directory.
  ///   - synced: Whether the new names are pushed to the disk.
  /// - Throws: Why it could not be made; `notDirectory` or `fileExists` when something else has that name.
  public static func make(_ path: FilePath, synced: Bool = false) throws(Errno) {
    guard !path.isEmpty else { return }
    do throws(Errno) {
      try path.withCPath { name throws(Errno) in try systemCall { mkdir(name, 0o700) } }
    } catch .noSuchFileOrDirectory where path.lastComponent != nil && path.removingLastComponent() != path {
      // A dangling link has this error too, but what is above it is there: the second try then says what it is.
      try make(path.removingLastComponent(), synced: synced)
      do throws(Errno) {
        try path.withCPath { name throws(Errno) in try systemCall { mkdir(name, 0o700) } }
      } catch .fileExists {
        return try check(path)
      }
    } catch .fileExists {
      return try check(path)
    }
    if synced { try sync(path.removingLastComponent()) }
  }

  /// What has the name must be a directory: a file or a link that leads nowhere does not do.
  private static func check(_ path: FilePath) throws(Errno) {
    do throws(Errno) {
      guard try Stat(path).type == .directory else { throw .notDirectory }
    } catch .noSuchFileOrDirectory {
      throw .notDirectory
    }
  }

  /// Pushes the names in a directory to the disk. One that may not be read, was removed, or cannot be synced is left.
  ///
  /// - Parameter path: The directory; empty is the current one.
  /// - Throws: The error of the call that failed.
  public static func sync(_ path: FilePath) throws(Errno) {
    do throws(Errno) {
      let descriptor = try openFile(path.isEmpty ? "." : path, .readOnly, options: [.directory])
      defer { closeQuietly(descriptor) }
      try systemCall { fsync(descriptor.rawValue) }
    } catch .noSuchFileOrDirectory, .permissionDenied, .invalidArgument, .notSupported {}
  }

  /// The names in a directory, in no order, without `.` and `..`.
  ///
  /// - Parameter path: The directory.
  /// - Returns: The names, as bytes: they need not be UTF-8.
  /// - Throws: The error of `opendir(3)` or `readdir(3)`.
  public static func names(in path: FilePath) throws(Errno) -> [FilePath.Component] {
    guard let stream = path.withPlatformString({ opendir($0) }) else { throw .last }
    var names: [FilePath.Component] = []
    try forEachName(in: stream) { name in
      if let component = FilePath.Component(platformString: name), component.kind == .regular {
        names.append(component)
      }
    }
    return names
  }

  /// Hands on each name in a directory, in no order, also `.` and `..`. For a hundred thousand of them it takes a fifth
  /// of the time that it takes to make components.
  ///
  /// - Parameters:
  ///   - descriptor: The directory, open; it stays open.
  ///   - body: Gets the name, valid during the call.
  /// - Throws: The error of `dup(2)`, `fdopendir(3)` or `readdir(3)`.
  public static func forEachName(
    in descriptor: FileDescriptor, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(Errno) {
    let copy = try systemCall { fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0) }
    guard let stream = fdopendir(copy) else {
      let error = Errno.last
      close(copy)
      throw error
    }
    rewinddir(stream)
    try forEachName(in: stream) { name in body(UnsafeRawBufferPointer(start: name, count: strlen(name))) }
  }

  /// Closes the stream.
  private static func forEachName(
    in stream: OpaquePointer, _ body: (UnsafePointer<CChar>) -> Void
  ) throws(Errno) {
    defer { closedir(stream) }
    errno = 0
    while let entry = readdir(stream) {
      // The name may be as long as the record, whatever its type says.
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      body(UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
      errno = 0
    }
    guard errno == 0 else { throw .last }
  }
}

extension FilePath {
  /// Lends the path to a system call that throws an `Errno`.
  @discardableResult
  func withCPath<Result>(_ body: (UnsafePointer<CChar>) throws(Errno) -> Result) throws(Errno) -> Result {
    try withPlatformString { name in
      Swift.Result { () throws(Errno) in try body(name) }
    }.get()
  }
}
