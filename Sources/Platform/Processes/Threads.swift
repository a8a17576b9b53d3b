#if canImport(Glibc)
  public import Glibc
#endif

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a thread of the system's.
///
/// - Parameter body: What it does.
/// - Returns: The thread, to be joined; nil when the system has none to give.
public func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
  var thread = pthread_t()
  let retained = Unmanaged.passRetained(ThreadBody(body))
  let status = pthread_create(
    &thread, nil,
    { argument in
      if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
      return nil
    }, retained.toOpaque())
  guard status == 0 else {
    retained.release()
    return nil
  }
  return thread
}
