import Platform
import Servers
import SystemPackage

/// Answers that wait for a check, and the checks at work: a few at once, on the run's own loop.
struct CheckQueue {
  /// What a check said of an answer.
  enum Result {
    case accepted
    case rejected(feedback: String)
    /// It could not say, or nobody waits for it any more.
    case failed(CompletionFailure)
  }

  /// How much memory waiting answers may take before no more are asked for, in bytes.
  private static let mostWaiting = 10 << 20

  private let options: JudgingOptions
  private let client: HTTPClient
  private var renderer = AnswerRenderer(format: .records)
  private var waiting: [InFlightRecord] = []
  private var waitingBytes = 0
  private var running: [CheckProcess] = []

  /// Makes an empty queue; nil when nothing is to be checked.
  init?(_ options: JudgingOptions, _ client: HTTPClient) {
    guard options.check != nil else { return nil }
    self.options = options
    self.client = client
    TerminationSignal.wakeAtEndsOfChildren()
    // Those that libcurl wakes itself with, and what this process was started with.
    closeOthersOnExec()
  }

  /// Whether no check is at work, and none is to be started.
  var isIdle: Bool { running.isEmpty && waiting.isEmpty }

  /// Whether more answers may come.
  var hasRoom: Bool { waitingBytes < Self.mostWaiting }

  /// When there is something to do although nothing happened.
  var nextMoment: MonotonicTime {
    let next = running.reduce(MonotonicTime.never) { min($0, $1.nextMoment) }
    return waiting.reduce(next) { min($0, $1.schedule.deadline) }
  }

  /// Takes an answer that is to be judged.
  mutating func add(_ record: InFlightRecord) {
    waiting.append(record)
    waitingBytes += record.size
  }

  /// Takes what a check printed.
  func read(_ descriptor: FileDescriptor) { running.first { $0.owns(descriptor) }?.read(descriptor) }

  /// Collects the checks that have ended, stops those whose time is over, and starts as many more.
  ///
  /// - Parameter now: The moment.
  /// - Returns: What was said of which record.
  mutating func advance(now: MonotonicTime) -> [(record: InFlightRecord, result: Result)] {
    var results = collect(now: now)
    while running.count < options.checkJobs, !waiting.isEmpty {
      let record = waiting.removeFirst()
      waitingBytes -= record.size
      if record.schedule.deadline <= now {
        results.append((record, .failed(CompletionFailure(.deadline, "the deadline passed before the check"))))
        continue
      }
      do throws(Errno) { try start(record, now: now) } catch {
        results.append((record, .failed(CompletionFailure(.checkFailed, "the check cannot be started: \(error)"))))
      }
    }
    return results
  }

  /// Forgets what waits, and stops what is at work: its end is waited for, and told nobody.
  ///
  /// - Parameter now: The moment.
  /// - Returns: The records, in no order.
  mutating func cancelAll(now: MonotonicTime) -> [InFlightRecord] {
    let cancelled = waiting + running.filter { $0.stop == nil }.map(\.record)
    waiting = []
    waitingBytes = 0
    for check in running { check.stop(.cancelled, now: now) }
    return cancelled
  }

  private mutating func start(_ record: InFlightRecord, now: MonotonicTime) throws(Errno) {
    var line: [UInt8] = []
    renderer.append(record, to: &line)
    running.append(try CheckProcess(record, line: line, options, client, now: now))
  }

  private mutating func collect(now: MonotonicTime) -> [(record: InFlightRecord, result: Result)] {
    var results: [(record: InFlightRecord, result: Result)] = []
    var rest: [CheckProcess] = []
    for check in running {
      check.expire(now: now)
      do throws(Errno) {
        guard let ending = try check.ending() else {
          rest.append(check)
          continue
        }
        if let result = result(of: check, ending) { results.append((check.record, result)) }
      } catch {
        results.append((check.record, .failed(CompletionFailure(.checkFailed, "the check was lost: \(error)"))))
      }
    }
    if rest.count < running.count { running = rest }
    return results
  }

  private func result(of check: CheckProcess, _ ending: ChildProcess.Ending) -> Result? {
    switch check.stop?.reason {
    case .cancelled: return nil
    case .deadline: return .failed(CompletionFailure(.deadline, "the deadline passed during the check"))
    case .timeout: return .failed(failure(check, "did not end within \(options.checkTimeout) s"))
    case nil: break
    }
    switch ending {
    case .exited(0): return .accepted
    case .exited(1):
      let words = check.feedback
      // A command such as grep -q says it all itself.
      return .rejected(feedback: words.isEmpty ? "not accepted by: \(options.check ?? "")" : words)
    case .exited(let status): return .failed(failure(check, "ended with status \(status)"))
    case .killed(let signal): return .failed(failure(check, "was ended by signal \(signal)"))
    }
  }

  private func failure(_ check: CheckProcess, _ what: String) -> CompletionFailure {
    let words = check.complaint
    return CompletionFailure(.checkFailed, "the check \(what)\(words.isEmpty ? "" : ": \(words)")")
  }
}
