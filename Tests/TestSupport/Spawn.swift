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
  try process.run()
  process.waitUntilExit()
  return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
}

private func find(_ program: String, in path: String) -> String {
  guard !program.contains("/") else { return program }
  let candidates = path.split(separator: ":").map { "\($0)/\(program)" }
  return candidates.first { access($0, X_OK) == 0 } ?? program
}
