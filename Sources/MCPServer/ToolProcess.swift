import NDJSON
import Platform
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// A tool at work: a process group of its own, its arguments on stdin, its answer read from stdout.
///
/// Arguments and messages go through files without a name, so that neither can fill a pipe and block somebody.
final class ToolProcess {
  /// How a tool ended.
  struct Outcome {
    let output: [UInt8]
    let errors: [UInt8]
    /// As the shell counts: 128 + the signal's number.
    let status: Int32
    let isTooLong: Bool
  }

  /// Where its stdout is read.
  let descriptor: FileDescriptor
  private let process: pid_t
  private let errors: FileDescriptor
  private let maximum: Int
  private var output: [UInt8] = []
  private var isTooLong = false
  private var stopped: ContinuousClock.Instant?
  private static let grace = Duration.seconds(3)
  private(set) var isAtEnd = false

  /// Starts a tool.
  ///
  /// - Parameters:
  ///   - command: The program, looked up on PATH when it has no slash, and its arguments.
  ///   - arguments: One line of JSON.
  ///   - maximum: The longest answer, in bytes.
  /// - Throws: The error of the system call that failed.
  init(_ command: [String], arguments: [UInt8], maximum: Int) throws(Errno) {
    let input = try Self.temporaryFile()
    defer { try? input.close() }
    var failure: Errno?
    (arguments + [0x0A]).withUnsafeBytes { bytes in
      do throws(Errno) { try writeAll(bytes, to: input) } catch { failure = error }
    }
    if let failure { throw failure }
    lseek(input.rawValue, 0, SEEK_SET)
    let said = try Self.temporaryFile()
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      let failure = Errno(rawValue: errno)
      try? said.close()
      throw failure
    }
    defer { close(ends[1]) }
    // One thread: nobody can start a program between the two calls.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    do throws(Errno) {
      process = try Self.spawn(command, input: input.rawValue, output: ends[1], errors: said.rawValue)
    } catch {
      close(ends[0])
      try? said.close()
      throw error
    }
    descriptor = FileDescriptor(rawValue: ends[0])
    errors = said
    self.maximum = maximum
  }

  deinit {
    try? descriptor.close()
    try? errors.close()
  }

  /// Reads what is there; call it when `descriptor` is readable.
  func read() {
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    defer { chunk.deallocate() }
    guard let count = try? descriptor.read(into: chunk), count > 0 else {
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

  /// Whether it has ended, without waiting for it.
  ///
  /// - Returns: How it ended; nil while it runs.
  func outcome() -> Outcome? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) != 0 else { return nil }
    let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F
    lseek(errors.rawValue, max(0, lseek(errors.rawValue, 0, SEEK_END) - 4096), SEEK_SET)
    var said = [UInt8](repeating: 0, count: 4096)
    let count = said.withUnsafeMutableBytes { buffer in (try? errors.read(into: buffer)) ?? 0 }
    return Outcome(output: output, errors: Array(said[..<count]), status: code, isTooLong: isTooLong)
  }

  /// Asks the tool and everything that it started to end; what has not after `grace` is killed by `insist`.
  func stop() {
    kill(-process, SIGTERM)
    if stopped == nil { stopped = .now }
  }

  /// Whether it was asked to end.
  var isStopping: Bool { stopped != nil }

  /// Kills what was asked to end and did not.
  func insist() {
    if let stopped, .now - stopped > Self.grace { kill(-process, SIGKILL) }
  }

  private static func temporaryFile() throws(Errno) -> FileDescriptor {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    var template = Array("\(folder.isEmpty ? "/tmp" : folder)/hg-mcp.XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(template)
    return FileDescriptor(rawValue: descriptor)
  }

  private static func spawn(_ command: [String], input: Int32, output: Int32, errors: Int32) throws(Errno) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (from, to) in [(input, 0), (output, 1), (errors, 2)] as [(Int32, Int32)] {
      posix_spawn_file_actions_adddup2(&actions, from, to)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This process ignores SIGPIPE; a shell pipeline must not. And a tool must hear SIGTERM.
    var reset = sigset_t()
    sigemptyset(&reset)
    posix_spawnattr_setsigmask(&attributes, &reset)
    sigaddset(&reset, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &reset)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    defer { words.forEach { free($0) } }
    words.append(nil)
    var process: pid_t = 0
    let failure = posix_spawnp(&process, command[0], &actions, &attributes, words, environ)
    guard failure == 0 else { throw Errno(rawValue: failure) }
    return process
  }
}
