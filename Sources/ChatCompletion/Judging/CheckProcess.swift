import Platform
import Servers
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A check at work on one answer: a shell in a process group of its own, the record on its stdin, its words read as they
/// come.
///
/// The record goes through a file without a name: a check that does not read it holds nothing up. What it prints comes
/// through pipes, for a file would take any amount.
final class CheckProcess {
  /// Why it was told to end.
  enum Stop {
    case timeout
    case deadline
    case cancelled
  }

  /// How long a check that was told to end has time to, in seconds; less than a second signal has to wait to count.
  private static let grace = 0.5

  /// What it judges.
  let record: InFlightRecord
  /// Why it was told to end, and when.
  private(set) var stop: (reason: Stop, moment: MonotonicTime)?

  private let process: ChildProcess
  private let client: HTTPClient
  private let limit: MonotonicTime
  private var output: Stream
  private var errors: Stream
  private var isKilled = false
  private var hasEnded = false

  /// A pipe that it writes to.
  private struct Stream {
    let descriptor: FileDescriptor
    var isOpen = true
    var words = Feedback()
  }

  /// Starts a check.
  ///
  /// - Parameters:
  ///   - record: What it judges.
  ///   - line: The record with its answer and its line end.
  ///   - options: The command, and how long it may take.
  ///   - client: Watches its pipes.
  ///   - now: The moment.
  /// - Throws: The error of the system call that failed.
  init(
    _ record: InFlightRecord, line: [UInt8], _ options: JudgingOptions, _ client: HTTPClient, now: MonotonicTime
  ) throws(Errno) {
    let input = try TemporaryFile.open(holding: line)
    defer { closeQuietly(input) }
    let output = try FileDescriptor.pipe(options: [.closeOnExec])
    defer { closeQuietly(output.writeEnd) }
    let errors: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
    do throws(Errno) { errors = try FileDescriptor.pipe(options: [.closeOnExec]) } catch {
      closeQuietly(output.readEnd)
      throw error
    }
    defer { closeQuietly(errors.writeEnd) }
    do throws(Errno) {
      // Only this end: a program that cannot write at once is to wait.
      for end in [output.readEnd, errors.readEnd] {
        try systemCall { fcntl(end.rawValue, F_SETFL, O_NONBLOCK) }
        try client.watch(end)
      }
      process = try ChildProcess(
        ["sh", "-c", options.check ?? ""], input: input, output: output.writeEnd, errors: errors.writeEnd,
        hasOwnGroup: true, hiding: options.hiddenVariables)
    } catch {
      for end in [output.readEnd, errors.readEnd] {
        client.unwatch(end)
        closeQuietly(end)
      }
      throw error
    }
    self.record = record
    self.client = client
    self.output = Stream(descriptor: output.readEnd)
    self.errors = Stream(descriptor: errors.readEnd)
    limit = min(now.adding(seconds: options.checkTimeout), record.schedule.deadline)
  }

  deinit {
    // When the run breaks off. Later its number may be another's.
    if !hasEnded { process.send(signal: SIGKILL) }
    close(&output)
    close(&errors)
  }

  /// When there is something to do although nothing happened.
  var nextMoment: MonotonicTime {
    guard let stop else { return limit }
    return isKilled ? .never : stop.moment.adding(seconds: Self.grace)
  }

  /// Whether a descriptor is one of its pipes.
  func owns(_ descriptor: FileDescriptor) -> Bool {
    descriptor == output.descriptor && output.isOpen || descriptor == errors.descriptor && errors.isOpen
  }

  /// Takes what is there of one of its pipes.
  func read(_ descriptor: FileDescriptor) {
    if descriptor == output.descriptor { _ = read(&output) } else { _ = read(&errors) }
  }

  /// Tells it, and all that it has started, to end; those who have not a while later are killed.
  func stop(_ reason: Stop, now: MonotonicTime) {
    guard stop == nil else { return }
    stop = (reason, now)
    process.send(signal: SIGTERM)
  }

  /// Stops it when its time is over, and kills it when it should have ended.
  func expire(now: MonotonicTime) {
    guard nextMoment <= now else { return }
    if stop == nil {
      stop(record.schedule.deadline <= now ? .deadline : .timeout, now: now)
    } else {
      isKilled = true
      process.send(signal: SIGKILL)
    }
  }

  /// How it ended, without waiting for that; what it has left behind in its group is killed then.
  ///
  /// - Returns: nil while it runs.
  /// - Throws: The error of `waitpid(2)`: nobody knows how it ended.
  func ending() throws(Errno) -> ChildProcess.Ending? {
    guard let ending = try process.pollEnding() else { return nil }
    // Its last words are in the pipes by now. A check that left a process behind which still writes has said enough.
    while output.isOpen, !output.words.isFull, read(&output) {}
    while errors.isOpen, !errors.words.isFull, read(&errors) {}
    process.send(signal: SIGKILL)
    hasEnded = true
    close(&output)
    close(&errors)
    return ending
  }

  /// What it printed: on stdout, else on stderr.
  var feedback: String { [output.words.text, errors.words.text].first { !$0.isEmpty } ?? "" }

  /// What it complained of: on stderr, else on stdout.
  var complaint: String { [errors.words.text, output.words.text].first { !$0.isEmpty } ?? "" }

  /// Reads once; false when nothing is there, or never will be.
  private func read(_ stream: inout Stream) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
      let count: Int
      do throws(Errno) {
        guard let got = try readAvailable(from: stream.descriptor, into: buffer) else { return false }
        count = got
      } catch {
        // A pipe that cannot be read has nothing more to say.
        count = 0
      }
      guard count > 0 else {
        close(&stream)
        return false
      }
      stream.words.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return true
    }
  }

  private func close(_ stream: inout Stream) {
    guard stream.isOpen else { return }
    stream.isOpen = false
    client.unwatch(stream.descriptor)
    closeQuietly(stream.descriptor)
  }
}
