import Foundation

/// A real LiteLLM proxy in front of a real small model, started once for all tests of a run.
///
/// `Tests/Servers/servers` owns both: it ends them when this process ends, however it ends.
public struct LiteLLM: Sendable {
  /// Where the proxy listens.
  public let baseURL: String
  /// Its master key.
  public let key: String
  /// Where the model itself listens, past the proxy.
  public let modelURL: String

  /// The variables that point a program at the proxy.
  public var environment: [String: String] { ["LITELLM_BASE_URL": baseURL, "LITELLM_API_KEY": key] }

  /// The servers of this run; the first use starts them.
  public static func shared() throws -> LiteLLM {
    try Downloads.require()
    return try start.get()
  }

  private static let start = Result { try launch() }

  private struct Announcement: Decodable {
    let base_url: String
    let key: String
    let model_url: String
  }

  /// The servers did not start: what they said.
  public struct StartFailure: Error, CustomStringConvertible {
    /// What they said on stderr.
    public let description: String
  }

  private static func launch() throws -> LiteLLM {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    let log = try TestFolder()
    let errors = try log.write("errors", text: "")
    process.executableURL = URL(fileURLWithPath: sourceRoot + "/Tests/Servers/servers")
    process.standardInput = input
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
    try process.run()
    // The write end stays open until this process ends: that is what keeps the servers.
    keepOpen(dup(input.fileHandleForWriting.fileDescriptor))
    let line = output.fileHandleForReading.readLine()
    guard let announcement = try? JSONDecoder().decode(Announcement.self, from: line) else {
      throw StartFailure(description: String(decoding: try log.read("errors"), as: UTF8.self))
    }
    return LiteLLM(baseURL: announcement.base_url, key: announcement.key, modelURL: announcement.model_url)
  }

  /// Keeps a descriptor from the programs that tests start, which would otherwise hold it open as well.
  private static func keepOpen(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }
}

extension FileHandle {
  fileprivate func readLine() -> Data {
    var line = Data()
    while let byte = try? read(upToCount: 1), !byte.isEmpty, byte.first != 0x0A { line.append(byte) }
    return line
  }
}
