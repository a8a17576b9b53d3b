public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// The one desk over which a process says things: what goes to stdout, what goes to stderr, and the progress line know
/// of each other.
///
/// The progress line is the last line of the terminal, written over again and again. It is drawn only where nothing
/// else of this process goes to the same terminal, and is wiped before anything else is written.
///
/// `@unchecked Sendable`: the variables change within `monitor` only.
public final class OutputDesk: @unchecked Sendable {
  /// The desk of this process's standard streams.
  public static let standard = OutputDesk()

  /// How long after an output to a pipe no line is drawn, in seconds: the next program of the pipeline may be about to
  /// print that output on the same terminal.
  private static let quietAfterOutput = 0.05

  private let monitor = Monitor()
  private var isLineShown = false
  private var lastOutput = MonotonicTime.past
  private var reach: Reach?

  /// What the standard streams are, as far as a progress line is concerned.
  private struct Reach {
    /// Whether a line can be drawn on stderr.
    let canDraw: Bool
    /// Whether what is written to stdout may come out on the terminal in the end.
    let outputMayBeSeen: Bool
  }

  private init() {}

  /// Whether a progress line would be seen: stderr is a terminal that can wipe a line, and stdout is not the same one.
  public var canShowProgress: Bool { monitor.withLock { currentReach().canDraw } }

  /// Draws the progress line in place of the one before; does nothing where no line is wanted, or while the process
  /// is in the background.
  ///
  /// - Parameter text: One line; what is wider than the terminal is cut off.
  public func drawProgress(_ text: String) {
    monitor.withLock {
      guard currentReach().canDraw, isInForeground(),
        lastOutput == .past || MonotonicTime.now.seconds(since: lastOutput) >= Self.quietAfterOutput
      else { return }
      isLineShown = true
      let line = TerminalText.escaped(text, .oneLine)
      put("\r\u{1B}[K" + line.prefix(max(terminalWidth(of: .standardError) - 1, 1)))
    }
  }

  /// Takes the progress line away, if there is one.
  public func wipeProgress() { monitor.withLock { wipe() } }

  /// Says a line on stderr, whole, in place of the progress line.
  ///
  /// - Parameter line: With its line end; what came from outside is escaped already.
  public func say(_ line: [UInt8]) {
    monitor.withLock {
      wipe()
      // There is nowhere left to say that stderr does not work.
      line.withUnsafeBytes { bytes in try? writeAll(bytes, to: .standardError) }
    }
  }

  /// Must be called before anything is written to stdout: what comes out there is not to stand behind the progress
  /// line, also when another program of the pipeline prints it on this terminal.
  public func willWriteOutput() {
    monitor.withLock {
      guard reach?.outputMayBeSeen ?? false else { return }
      wipe()
      lastOutput = .now
    }
  }

  private func wipe() {
    guard isLineShown else { return }
    isLineShown = false
    put("\r\u{1B}[K")
  }

  private func put(_ text: String) {
    // Progress that cannot be shown is not a reason to stop.
    Array(text.utf8).withUnsafeBytes { bytes in try? writeAll(bytes, to: .standardError) }
  }

  /// Looked at when progress is first to be shown: most runs show none.
  private func currentReach() -> Reach {
    if let reach { return reach }
    let kind = Environment.variable("TERM") ?? ""
    let found = Reach(
      canDraw: isatty(STDERR_FILENO) == 1 && kind != "dumb" && !kind.isEmpty
        && !isSameTerminal(STDOUT_FILENO, STDERR_FILENO),
      outputMayBeSeen: !isFileOrNull(STDOUT_FILENO))
    reach = found
    return found
  }

  private func isInForeground() -> Bool {
    let group = tcgetpgrp(STDERR_FILENO)
    // A terminal that does not control this process has no foreground.
    return group < 0 || group == getpgrp()
  }
}

/// Whether two descriptors are one terminal, whatever name it was opened by: `/dev/tty` and `/dev/pts/3` are one.
private func isSameTerminal(_ one: Int32, _ other: Int32) -> Bool {
  guard isatty(one) == 1, isatty(other) == 1 else { return false }
  var (status, otherStatus) = (stat(), stat())
  if fstat(one, &status) == 0, fstat(other, &otherStatus) == 0, status.st_rdev == otherStatus.st_rdev { return true }
  let session = tcgetsid(one)
  return session >= 0 && session == tcgetsid(other)
}

/// Whether nobody sees at once what is written there: a regular file, or a device that is not a terminal.
private func isFileOrNull(_ descriptor: Int32) -> Bool {
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { return true }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return true
  case S_IFCHR: return isatty(descriptor) == 0
  default: return false
  }
}

/// The width of a terminal.
///
/// - Parameter descriptor: The terminal.
/// - Returns: Characters; 80 when it does not say, or is not a terminal.
public func terminalWidth(of descriptor: FileDescriptor) -> Int {
  var size = winsize()
  guard ioctl(descriptor.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
  return Int(size.ws_col)
}
