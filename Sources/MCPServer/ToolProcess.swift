import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A tool at work: a process group of its own, its arguments on stdin, its answer read from stdout.
///
/// Arguments and messages go through files without a name, so that neither can fill a pipe and block its writer. The
/// tool is done when its process has ended and its pipe is quiet: a program that it left behind may hold the pipe open
/// for as long as it runs.
final class ToolProcess {
  /// How long nothing may come out of a pipe that is held open, once the tool has ended, in seconds.
  private static let quiet = 0.1
  /// How long it is read at most, once the tool has ended, in seconds.
  private static let longestRest = 2.0
  /// How long a tool that was asked to end has time to, in seconds.
  private static let grace = 3.0

  /// Where its stdout is read.
  let descriptor: FileDescriptor
  /// Whether its stdout is at its end.
  private(set) var isAtEnd = false

  private let process: ChildProcess
  private let errors: FileDescriptor
  private let maximum: Int
  private let started = MonotonicTime.now
  private var output: [UInt8] = []
  private var isTooLong = false
  private var stopped: MonotonicTime?
  private var ended: (at: MonotonicTime, status: Int32?)?
  private var lastRead: MonotonicTime

  /// Starts a tool.
  ///
  /// - Parameters:
  ///   - command: The program, looked up on PATH when it has no slash, and its arguments.
  ///   - arguments: One line of JSON.
  ///   - maximum: The longest answer, in bytes.
  /// - Throws: The error of the system call that failed.
  init(_ command: [String], arguments: [UInt8], maximum: Int) throws(Errno) {
    let input = try TemporaryFile.open(holding: arguments + [0x0A])
    defer { closeQuietly(input) }
    let said = try TemporaryFile.open()
    do throws(Errno) {
      let pipe = try FileDescriptor.pipe(options: .closeOnExec)
      defer { closeQuietly(pipe.writeEnd) }
      descriptor = pipe.readEnd
      do throws(Errno) {
        process = try ChildProcess(command, input: input, output: pipe.writeEnd, errors: said, hasOwnGroup: true)
      } catch {
        closeQuietly(pipe.readEnd)
        throw error
      }
    } catch {
      closeQuietly(said)
      throw error
    }
    errors = said
    self.maximum = maximum
    lastRead = started
  }

  deinit {
    closeQuietly(descriptor)
    closeQuietly(errors)
  }

  /// How long the server may wait before it looks at the tool again, in milliseconds. Its end alone wakes nobody: what
  /// has run for a while is looked at more seldom.
  var interval: Int32 {
    if ended != nil || isAtEnd || isStopping { return 20 }
    return Int32(min(max(MonotonicTime.now.seconds(since: started) * 100, 20), 250))
  }

  /// Reads what is there; call it when `descriptor` is readable.
  func read() {
    lastRead = .now
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { chunk.deallocate() }
    guard let count = try? readSome(from: descriptor, into: chunk), count > 0 else {
      isAtEnd = true
      return
    }
    if output.count + count > maximum {
      isTooLong = true
      output = []
      stop()
    } else if !isTooLong {
      output.append(contentsOf: chunk[..<count])
    }
  }

  /// Whether its process has ended, without waiting for that.
  var hasEnded: Bool {
    if ended != nil { return true }
    do throws(Errno) {
      guard let ending = try process.pollEnding() else { return false }
      ended = (.now, ending.status)
    } catch {
      ended = (.now, nil)
    }
    return true
  }

  /// What came of the tool, without waiting for it.
  ///
  /// - Returns: nil while it runs, or while its pipe is not quiet.
  func result() -> ToolResult? {
    guard hasEnded, let ended else { return nil }
    let now = MonotonicTime.now
    guard
      isAtEnd || now.seconds(since: max(lastRead, ended.at)) > Self.quiet
        || now.seconds(since: ended.at) > Self.longestRest
    else { return nil }
    return ToolResult(output: output, errors: endOfErrors(), status: ended.status, isTooLong: isTooLong)
  }

  private func endOfErrors() -> [UInt8] {
    lseek(errors.rawValue, max(0, lseek(errors.rawValue, 0, SEEK_END) - 4096), SEEK_SET)
    var said = [UInt8](repeating: 0, count: 4096)
    let count = said.withUnsafeMutableBytes { buffer in (try? readSome(from: errors, into: buffer)) ?? 0 }
    return Array(said[..<count])
  }

  /// Asks the tool and everything that it started to end; what has not after `grace` is killed by `insist`.
  func stop() {
    process.send(signal: SIGTERM)
    if stopped == nil { stopped = .now }
  }

  /// Whether it was asked to end.
  var isStopping: Bool { stopped != nil }

  /// Kills what was asked to end and did not.
  func insist() {
    if let stopped, MonotonicTime.now.seconds(since: stopped) > Self.grace { process.send(signal: SIGKILL) }
  }
}
