#if canImport(Glibc)
  import Glibc
#endif

/// Whether this process was started to ignore a signal, as `nohup` and `trap '' CHLD` do.
func isIgnored(_ signal: Int32) -> Bool {
  var action = sigaction()
  sigaction(signal, nil, &action)
  // SIG_IGN is a cast of 1, which Swift cannot compare: the address says it.
  return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
}

/// Gives a signal a handler, which interrupts system calls.
///
/// - Parameters:
///   - signal: The signal.
///   - flags: Of `sigaction(2)`: with `SA_RESTART` reads and writes go on after it.
///   - handler: What is called.
func setHandler(_ signal: Int32, flags: Int32 = 0, _ handler: @escaping @convention(c) (Int32) -> Void) {
  var action = sigaction()
  action.sa_flags = flags
  action.__sigaction_handler.sa_handler = handler
  sigaction(signal, &action, nil)
}
