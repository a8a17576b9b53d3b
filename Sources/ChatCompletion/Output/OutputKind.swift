import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// Where records go, as far as it matters for when they are written.
enum OutputKind {
  /// A person reads, as soon as there is something to read.
  case terminal
  /// A program reads, at its own pace.
  case stream
  /// What is written stays: a run that is killed can go on there.
  case file

  /// Looks at what a descriptor is.
  init(of descriptor: FileDescriptor) {
    var status = stat()
    if isatty(descriptor.rawValue) == 1 {
      self = .terminal
    } else if fstat(descriptor.rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFREG {
      self = .file
    } else {
      self = .stream
    }
  }
}
