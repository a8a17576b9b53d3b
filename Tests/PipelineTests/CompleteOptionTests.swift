import Foundation
import TestSupport
import Testing

/// What hg-complete refuses, and what it tells of a server.
@Suite("hg-complete, options")
struct CompleteOptionTests {
  @Test(
    "refuses what cannot be right",
    arguments: [
      (["-j", "0"], [:], 64), (["--timeout", "x"], [:], 64), (["--deltas", "--out", "text"], [:], 64),
      (["--batch-out", "--stream"], [:], 64), (["--base-url", "ftp://x"], [:], 64),
      (["--api-key-file", "none"], [:], 66),
      (["--cacert", "none"], [:], 66), (["--system-file", "none"], [:], 66), (["--temperature", "warm"], [:], 64),
      ([], ["LITELLM_BASE_URL": "localhost:4000"], 78), ([], ["LITELLM_BASE_URL": "http://localhost:99999"], 78),
      ([], ["LITELLM_API_KEY": "a\nb"], 78), (["--connect-timeout", "inf"], [:], 64),
    ] as [([String], [String: String], Int32)])
  func wrongUse(_ arguments: [String], _ environment: [String: String], _ status: Int32) throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try CompleteTests.run(server, arguments, "{\"user\":\"u\"}\n", environment: environment)
    #expect(result.status == status, "\(result)")
    #expect(result.errors.hasPrefix("hg-complete: "), "\(result)")
    #expect(server.requests.isEmpty && result.output.isEmpty)
  }

  @Test(
    "speaks of the server's state",
    arguments: [
      (200, 0, true as Bool?), (401, 77, false), (400, 77, false), (500, 77, false),
    ])
  func health(_ status: Int, _ exit: Int32, _ isAuthenticated: Bool?) throws {
    let server = try ScriptedServer { request, connection in
      if request.path == "/health/liveliness" { return connection.respond(200, "\"alive\"") }
      connection.respond(
        status, #"{"data":[{"id":"a","status":{"value":"loaded"}},{"id":"b","status":{"value":"unloaded"}}]}"#)
    }
    let result = try CompleteTests.run(server, ["--health"], "")
    #expect(result.status == exit, "\(result)")
    let report = try CompleteTests.object(result.lines[0])
    #expect(report["reachable"] as? Bool == true)
    #expect(report["authenticated"] as? Bool == isAuthenticated)
    if status == 200 {
      #expect(report["models"] as? [String] == ["a", "b"])
      #expect(report["loaded"] as? [String] == ["a"])
      #expect(try CompleteTests.run(server, ["--models", "--out", "text"], "").lines == ["a", "b"])
    }
  }
}
