import Foundation

/// Starts a program with files as its streams and waits for it.
func spawn(
  _ command: [String], folder: String, environment: [String: String], stdin: String, stdout: String, stderr: String
) throws -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: find(command[0], in: environment["PATH"] ?? ""))
  process.arguments = Array(command.dropFirst())
  process.currentDirectoryURL = URL(fileURLWithPath: folder)
  process.environment = environment
  for file in [stdout, stderr] { try Data().write(to: URL(fileURLWithPath: file)) }
  process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: stdin))
  process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: stdout))
  process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: stderr))
  try withEndingSignals { try process.run() }
  process.waitUntilExit()
  return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
}

/// Runs `body` with the signals that end a program not blocked: a program inherits what its thread blocks, and the threads
/// of the test runner block nearly all.
private func withEndingSignals(_ body: () throws -> Void) rethrows {
  var signals = sigset_t()
  sigemptyset(&signals)
  for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
  var before = sigset_t()
  pthread_sigmask(SIG_UNBLOCK, &signals, &before)
  defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
  try body()
}

private func find(_ program: String, in path: String) -> String {
  guard !program.contains("/") else { return program }
  let candidates = path.split(separator: ":").map { "\($0)/\(program)" }
  return candidates.first { access($0, X_OK) == 0 } ?? program
}
