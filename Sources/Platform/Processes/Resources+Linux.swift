#if canImport(Glibc)
  import Glibc
#endif

/// Which limit `raiseDescriptorLimit` is about; glibc gives it a type of its own.
let fileLimit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
