#if canImport(Glibc)
  import Glibc
#endif

/// A lock, and a way to wait for what another thread changes under it.
///
/// `@unchecked Sendable`: both are made for any number of threads, and stay where they are for as long as this lives.
public final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Makes an open lock.
  public init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Does something that no other thread may see half-done.
  ///
  /// - Parameter body: May call `wait`.
  /// - Returns: What it returns.
  public func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Waits within `withLock` until another thread calls `signal`, or for no reason; the lock is open meanwhile.
  public func wait() { pthread_cond_wait(condition, mutex) }

  /// Wakes the thread that waits, if one does. Outside of `withLock`, or it wakes up only to wait for the lock.
  public func signal() { pthread_cond_signal(condition) }

  /// Wakes all threads that wait. Outside of `withLock`, as `signal`.
  public func broadcast() { pthread_cond_broadcast(condition) }
}
