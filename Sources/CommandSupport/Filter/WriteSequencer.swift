import Platform

/// Numbered turns that threads take one after the other.
///
/// `@unchecked Sendable`: the variables change within `monitor` only.
final class WriteSequencer: @unchecked Sendable {
  private let monitor = Monitor()
  private var current = 0
  private var endedThreads = 0
  private var failure: ProgramFailure?

  /// Waits for a turn.
  func wait(for number: Int) {
    monitor.withLock {
      while current != number { monitor.wait() }
    }
  }

  /// Passes the turn on.
  func end(_ number: Int) {
    monitor.withLock { current = number + 1 }
    monitor.broadcast()
  }

  /// Tells that a thread takes no more turns.
  ///
  /// - Parameter failure: Why it stopped before the end; its turn is never passed on then.
  func endThread(_ failure: ProgramFailure?) {
    monitor.withLock {
      endedThreads += 1
      self.failure = self.failure ?? failure
    }
    monitor.broadcast()
  }

  /// Waits until all threads have ended, or one has failed.
  ///
  /// - Parameter threads: How many there are.
  /// - Returns: The first failure.
  func waitForThreads(_ threads: Int) -> ProgramFailure? {
    monitor.withLock {
      while endedThreads < threads && failure == nil { monitor.wait() }
      return failure
    }
  }
}

/// One thread's part in `WriteSequencer`.
final class WriteTicket {
  /// The turn that this thread takes next.
  var number = 0 {
    didSet { isHere = false }
  }

  private let sequencer: WriteSequencer
  private var isHere = false

  /// - Parameter sequencer: The turns of all threads.
  init(_ sequencer: WriteSequencer) { self.sequencer = sequencer }

  /// Waits for the turn, unless it is here.
  func wait() {
    guard !isHere else { return }
    sequencer.wait(for: number)
    isHere = true
  }

  /// Passes the turn on.
  func end() { sequencer.end(number) }
}
