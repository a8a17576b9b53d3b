import NDJSON
public import Servers

/// A brain server that keeps session logs too: each entry is posted as a call of its tool `session_log` (JSON-RPC 2.0).
/// Best effort: the log on disk is the record of truth.
public final class RemoteSessionLog {
  /// How long one call may take, in seconds.
  private static let timeout = 2.0
  /// After this many failures in a row nothing more is sent.
  private static let maximumFailures = 3
  /// What the tool takes, in its order.
  private static let arguments: [StaticString] = [
    "session_id", "skill", "phase", "final_status", "message", "duration_ms", "project_root",
  ]

  private let server: BrainServer
  private let report: (String) -> Void
  private let parser = JSONParser()
  private var failures = 0

  /// Describes a server.
  ///
  /// - Parameters:
  ///   - server: Its address; `/mcp` is added.
  ///   - report: Is told what went wrong.
  public init(_ server: BrainServer, report: @escaping (String) -> Void) {
    self.server = server
    self.report = report
  }

  /// Posts entries, one call each.
  ///
  /// - Parameter lines: Entries as they stand in the log, each with its line end.
  public func post(_ lines: [UInt8]) {
    for line in lines.split(separator: 0x0A) where failures < Self.maximumFailures {
      guard let failure = post(entry: Array(line)) else {
        failures = 0
        continue
      }
      failures += 1
      report(
        "\(server.url.shown)/mcp: \(failure)\(failures == Self.maximumFailures ? "; no more entries are sent" : "")")
    }
  }

  /// What the entry's call looks like.
  ///
  /// - Parameter entry: One entry without its line end.
  /// - Returns: A JSON-RPC request; nil for what is not an entry.
  func request(for entry: [UInt8]) -> [UInt8]? {
    entry.withUnsafeBytes { (bytes) -> [UInt8]? in
      guard let record = try? parser.record(bytes) else { return nil }
      var writer = JSONWriter()
      writer.object { call in
        call.member("jsonrpc", "2.0")
        call.member("id", 1)
        call.member("method", "tools/call")
        call.name("params")
        call.object { parameters in
          parameters.member("name", "session_log")
          parameters.name("arguments")
          parameters.object { arguments in
            for literal in Self.arguments {
              let name = MemberName(stringLiteral: literal)
              arguments.member(name, record[name])
            }
          }
        }
      }
      return writer.bytes
    }
  }

  /// What went wrong, or nil.
  private func post(entry: [UInt8]) -> String? {
    guard let body = request(for: entry) else { return nil }
    var request = server.request(.post, "/mcp", body: body, seconds: Self.timeout)
    request.headers[0].value += ", text/event-stream"
    do throws(HTTPFailure) {
      let response = try request.send()
      guard response.isSuccess else { return "HTTP status \(response.status)" }
      return refusal(in: response.body)
    } catch {
      return error.description
    }
  }

  /// The error of a JSON-RPC answer; an answer of another form (an event stream, nothing) holds none.
  private func refusal(in body: [UInt8]) -> String? {
    body.withUnsafeBytes { bytes in
      guard let answer = try? parser.record(bytes) else { return nil }
      if let error = answer["error"], !error.isNull { return "refused: \(error["message"]?.string ?? error.text)" }
      return answer["result"]?["isError"]?.bool == true ? "refused by the tool" : nil
    }
  }
}
