import Foundation
import TestSupport
import Testing

/// `hg-complete --cache`: the same answer twice costs nothing.
@Suite("hg-complete and its cache")
struct CompleteCacheTests {
  /// A run in a folder with the cache in `cache`.
  static func run(
    _ folder: TestFolder, _ server: ScriptedServer, _ arguments: [String] = [], _ input: String,
    cache: [String] = ["--cache", "cache"], environment: [String: String] = [:]
  ) throws -> CommandResult {
    try folder.run(
      "hg-complete", ["--retries", "0"] + cache + arguments, text: input,
      environment: ["LITELLM_BASE_URL": server.url].merging(environment) { $1 })
  }

  /// A server that says how many requests came before.
  static func counting() throws -> ScriptedServer {
    try ScriptedServer { request, connection in connection.answer("a\(request.number)") }
  }

  static func texts(_ result: CommandResult) throws -> [String] {
    try result.lines.map { try CompleteTests.object($0)["text"] as? String ?? "none" }
  }

  @Test("the second run asks nothing, and says so")
  func again() throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    let task = #"{"id":1,"user":"u","duration_ms":99,"attempts":[{"model":"x"}]}"# + "\n"
    let first = try CompleteTests.object(try Self.run(folder, server, [], task).lines[0])
    let second = try CompleteTests.object(try Self.run(folder, server, [], task).lines[0])
    #expect(server.requests.count == 1)
    #expect(first["cached"] == nil)
    #expect(second["cached"] as? Bool == true)
    #expect(second["cost_usd"] as? Double == 0)
    #expect(second["duration_ms"] as? Int != 99)
    #expect((second["attempts"] as? [Any])?.count == 1)
    for name in ["text", "model_used", "finish_reason", "response_id", "request_hash"] {
      #expect(first[name] as? String == second[name] as? String, "\(name)")
    }
    // What an earlier stage left in a record is gone when the answer is a new one.
    let stale = #"{"id":1,"user":"other","cached":true}"# + "\n"
    #expect(try CompleteTests.object(try Self.run(folder, server, [], stale).lines[0])["cached"] == nil)
  }

  @Test("who may read it", arguments: ["answers.db", ""])
  func permissions(name: String) throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    _ = try Self.run(folder, server, [], "{\"user\":\"u\"}\n")
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("cache/\(name)"))
    #expect(attributes[.posixPermissions] as? Int == (name.isEmpty ? 0o700 : 0o600))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("cache")) == ["answers.db"])
  }

  /// The first run's options and record, the second's, and whether that asks.
  private struct Pair: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var options = ([String](), [String]())
    var records = (#"{"user":"u"}"#, #"{"user":"u"}"#)
    let asks: Bool
  }

  private static let pairs = [
    Pair(testDescription: "the same", asks: false),
    Pair(testDescription: "other options of the request", options: ([], ["--temperature", "1"]), asks: true),
    Pair(
      testDescription: "another system prompt", records: (#"{"user":"u"}"#, #"{"user":"u","system":"s"}"#), asks: true),
    Pair(testDescription: "streamed later", options: ([], ["--stream"]), asks: false),
    Pair(testDescription: "another id", records: (#"{"user":"u"}"#, #"{"user":"u","id":7}"#), asks: false),
    Pair(testDescription: "the second wants none", options: ([], ["--no-cache"]), asks: true),
    Pair(
      testDescription: "the record wants none", records: (#"{"user":"u"}"#, #"{"user":"u","cache":false}"#), asks: true),
    Pair(
      testDescription: "the first kept none", records: (#"{"user":"u","cache":false}"#, #"{"user":"u"}"#), asks: true),
    Pair(testDescription: "as a Batch line", options: ([], ["--batch-out"]), asks: false),
    Pair(testDescription: "as text", options: ([], ["--out", "text"]), asks: false),
    Pair(testDescription: "accepted by a check", options: ([], ["--check", "grep -q a0"]), asks: false),
    Pair(testDescription: "rejected by a check", options: ([], ["--check", "grep -q a1"]), asks: true),
    Pair(testDescription: "a first one that was rejected", options: (["--check", "false"], []), asks: true),
    Pair(testDescription: "a budget that is spent", options: ([], ["--max-cost", "0"]), asks: false),
  ]

  @Test("what is the same request", arguments: pairs)
  private func same(_ pair: Pair) throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    _ = try Self.run(folder, server, pair.options.0 + ["--repair", "0"], pair.records.0 + "\n")
    #expect(server.requests.count == 1)
    let cache = pair.options.1.contains("--no-cache") ? [] : ["--cache", "cache"]
    let result = try Self.run(
      folder, server, pair.options.1 + ["--repair", "0"], pair.records.1 + "\n", cache: cache,
      environment: ["HYPERGUILD_CACHE": "cache"])
    #expect(result.status == 0, "\(result)")
    #expect(result.text.contains(pair.asks ? "a1" : "a0"), "\(result)")
    #expect(server.requests.count == (pair.asks ? 2 : 1), "\(result)")
    #expect(result.errors.isEmpty, "\(result)")
  }

  @Test("a fallback's answer is for those who name that model")
  func fallbacks() throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { request, connection in
      if request.text.contains(#""model":"a""#) { return connection.respond(400, "{}") }
      connection.answer("from b", model: "b")
    }
    let task = #"{"user":"u","model":"a","fallbacks":["b"]}"# + "\n"
    _ = try Self.run(folder, server, [], task)
    let again = try CompleteTests.object(try Self.run(folder, server, [], task).lines[0])
    #expect(again["model_used"] as? String == "b")
    #expect(again["cached"] as? Bool == true)
    let alone = try Self.run(folder, server, [], #"{"user":"u","model":"a"}"# + "\n")
    #expect(alone.status == 1)
    #expect(server.requests.count == 3)
  }

  private static let message =
    #"{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":[{"id":"c","type":"function","#
    + #""function":{"name":"f","arguments":"{\"x\":1}"}}]}"#

  @Test("tool calls, reasoning and log-probabilities come again", arguments: [[], ["--batch-out"]])
  func whole(_ options: [String]) throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { _, connection in
      connection.respond(
        200,
        #"{"id":"r","choices":[{"index":0,"message":\#(Self.message),"logprobs":{"content":[]},"finish_reason":"tool_calls"}]}"#
      )
    }
    let results = try (0..<2).map { _ in try Self.run(folder, server, options, "{\"user\":\"u\"}\n") }
    let objects = try results.map { try CompleteTests.object($0.lines[0]) as NSDictionary }
    for name in ["tool_calls", "reasoning", "response"] {
      let (first, second) = (objects[0][name] as? NSObject, objects[1][name] as? NSObject)
      #expect((first != nil) == (name == "response" ? !options.isEmpty : options.isEmpty))
      if name != "response" { #expect(first == second) }
    }
    if !options.isEmpty { #expect(results[1].text.contains("logprobs")) }
    #expect(server.requests.count == 1)
  }

  @Test("a stream's answer is kept, and shown in pieces", arguments: [[], ["--deltas"], ["--out", "text"]])
  func streams(_ options: [String]) throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { _, connection in
      connection.send(CompleteStreamTests.head)
      connection.send(CompleteStreamTests.delta(#"a\u00e9"#) + CompleteStreamTests.delta("b"))
      connection.send(CompleteStreamTests.end)
      connection.close()
    }
    let results = try (0..<2).map { _ in
      try Self.run(folder, server, ["--stream"] + options, "{\"user\":\"u\"}\n")
    }
    #expect(server.requests.count == 1)
    if options == ["--out", "text"] {
      #expect(results.map(\.text) == ["aéb\n", "aéb\n"])
    } else {
      #expect(try Self.texts(results[1]).last == "aéb", "\(results[1])")
      #expect(results[1].lines.count == (options.isEmpty ? 1 : 2))
    }
  }

  @Test("an answer that is too old is asked again, and replaced")
  func old() throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    let task = "{\"user\":\"u\"}\n"
    _ = try Self.run(folder, server, [], task)
    _ = try folder.shell(
      "python3 -c 'import sqlite3; c=sqlite3.connect(\"cache/answers.db\"); c.execute(\"update answers set made=made-7200\"); c.commit()'"
    )
    #expect(try Self.texts(try Self.run(folder, server, ["--cache-ttl", "3h"], task)) == ["a0"])
    #expect(try Self.texts(try Self.run(folder, server, ["--cache-ttl", "1h"], task)) == ["a1"])
    #expect(try Self.texts(try Self.run(folder, server, ["--cache-ttl", "1h"], task)) == ["a1"])
  }

  @Test("a cache that is full forgets what was not used for the longest")
  func size() throws {
    let folder = try TestFolder()
    let text = String(repeating: "x", count: 100_000)
    let server = try ScriptedServer { _, connection in connection.answer(text) }
    func tasks(_ numbers: ClosedRange<Int>) -> String { numbers.map { "{\"user\":\"u\($0)\"}\n" }.joined() }
    _ = try Self.run(folder, server, ["--cache-size", "1M"], tasks(1...8))
    _ = try folder.shell(
      """
      python3 -c 'import sqlite3; c=sqlite3.connect("cache/answers.db")
      c.execute("update answers set used=used-36000"); c.commit()'
      """)
    // Those that are used again stay.
    _ = try Self.run(folder, server, ["--cache-size", "1M"], tasks(1...2))
    _ = try Self.run(folder, server, ["--cache-size", "1M", "-j", "1"], tasks(9...13))
    let file = try FileManager.default.attributesOfItem(atPath: folder.file("cache/answers.db"))
    #expect(file[.size] as? Int ?? .max <= 1 << 20)
    let asked = server.requests.count
    _ = try Self.run(folder, server, ["--cache-size", "1M"], tasks(13...13) + tasks(1...2))
    #expect(server.requests.count == asked)
  }

  @Test("many processes at once")
  func together() throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    try folder.write("in", text: (1...50).map { "{\"user\":\"u\($0)\"}\n" }.joined())
    let result = try folder.shell(
      """
      for i in 1 2 3 4 5 6; do hg-complete --cache cache < in > out$i 2> err$i & done
      wait
      cat err*
      hg-complete --cache cache < in | grep -c '"cached":true'
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.text == "50\n", "\(result)")
  }

  @Test("the log shows it, and does not count it")
  func log() throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    let script = #"echo '{"session_id":"s","skill":"k","user":"u"}' | hg-complete --cache cache --check true | hg-log"#
    let result = try folder.shell(
      """
      for i in 1 2 3; do \(script) > /dev/null; done
      hg-log show --session s | grep -c '"cached":true'
      hg-log pass-rate --by skill
      hg-log stats --by skill
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0, "\(result)")
    let lines = result.lines
    #expect(lines.count == 3 && lines[0] == "2", "\(result)")
    #expect(try CompleteTests.object(lines[1])["pass"] as? Int == 1, "\(result)")
    #expect(try CompleteTests.object(lines[2])["calls"] as? Int == 1, "\(result)")
  }

  @Test("a Makefile that runs again asks once")
  func makefile() throws {
    let (folder, server) = (try TestFolder(), try Self.counting())
    try folder.write("notes.md", text: "notes")
    try folder.write(
      "Makefile",
      text: "summary.txt: notes.md\n\thg-complete --cache .answers --in text --out text < notes.md > $@\n")
    let result = try folder.shell(
      "make -s; rm summary.txt; make -s; cat summary.txt", environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.text == "a0\n", "\(result)")
    #expect(server.requests.count == 1)
  }
}
