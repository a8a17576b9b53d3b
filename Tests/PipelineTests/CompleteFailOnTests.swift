import Foundation
import TestSupport
import Testing

/// `hg-complete --fail-on`: what counts as no answer.
@Suite("hg-complete and what is no answer")
struct CompleteFailOnTests {
  struct Ended: Sendable {
    let content: String
    let reason: String
    let failOn: String?
    let kind: String?
  }

  static let ends: [Ended] = [
    Ended(content: #""half""#, reason: "length", failOn: nil, kind: nil),
    Ended(content: #""half""#, reason: "length", failOn: "length", kind: "length"),
    Ended(content: #""half""#, reason: "content_filter", failOn: nil, kind: "refused"),
    Ended(content: #""half""#, reason: "content_filter", failOn: "empty, length", kind: nil),
    Ended(content: "null", reason: "content_filter", failOn: "content_filter", kind: "refused"),
    Ended(content: "null", reason: "stop", failOn: nil, kind: "empty_answer"),
    Ended(content: #"" ""#, reason: "length", failOn: "length", kind: "length"),
    Ended(content: #"" ""#, reason: "length", failOn: "empty,length", kind: "empty_answer"),
    Ended(content: "null", reason: "stop", failOn: "length", kind: nil),
    Ended(content: "null", reason: "content_filter", failOn: "none", kind: nil),
  ]

  @Test(arguments: ends, [false, true])
  func whatCountsAsNoAnswerGoesToTheNextModel(_ row: Ended, streams: Bool) throws {
    let server = try ScriptedServer { request, connection in
      let isFirst = request.text.contains(#""model":"a""#)
      let (content, reason) = isFirst ? (row.content, row.reason) : (#""whole""#, "stop")
      if streams {
        connection.respond(
          200,
          "data: {\"choices\":[{\"delta\":{\"content\":\(content)},\"finish_reason\":\"\(reason)\"}]}\n\ndata: [DONE]\n\n",
          headers: ["Content-Type: text/event-stream"])
      } else {
        connection.respond(
          200, #"{"choices":[{"message":{"content":\#(content)},"finish_reason":"\#(reason)"}]}"#)
      }
    }
    let options = (row.failOn.map { ["--fail-on", $0] } ?? []) + (streams ? ["--stream"] : [])
    let result = try CompleteTests.run(server, options, CompleteCheckTests.task)
    #expect(result.status == 0, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(CompleteCheckTests.attempts(record) == (row.kind.map { "a:\($0) b:" } ?? "a:"), "\(result)")
    #expect(record["text"] is String && record["verdict"] == nil, "\(result)")
    // Alone it is an error, and what came of it stays.
    let alone = try CompleteTests.run(server, options, #"{"user":"t","model":"a"}"# + "\n")
    #expect(alone.status == (row.kind == nil ? 0 : 1), "\(alone)")
    if row.content.hasPrefix(#""half"#) {
      #expect(try CompleteTests.object(alone.lines[0])["text"] as? String == "half", "\(alone)")
    }
  }

  @Test(arguments: [
    ["--fail-on", "empty,nothing"], ["--fail-on", ""], ["--fail-on", "none,empty"], ["--check", ""],
    ["--check", "true", "--deltas"], ["--repair", "101"], ["--check-jobs", "0"], ["--check-timeout", "0"],
  ])
  func wrongUsage(_ options: [String]) throws {
    let result = try CompleteTests.run(try CompleteCheckTests.server(), options, CompleteCheckTests.task)
    #expect(result.status == 64 && result.output.isEmpty && result.errors.contains(options[0]), "\(result)")
    if options[0] == "--fail-on" { #expect(result.errors.contains("empty, length, content_filter"), "\(result)") }
  }
}
