import Foundation
import TestSupport
import Testing

/// hg-route --brain-url against servers that answer well, badly, or not at all.
@Suite struct RouteServerTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func route(
    _ server: String, skills: [String] = ["review"], _ arguments: [String] = [], _ environment: [String: String] = [:]
  ) throws -> CommandResult {
    let input = skills.map { #"{"skill":"\#($0)","system":"sys","user":"user"}"# + "\n" }.joined()
    return try folder.run("hg-route", ["--brain-url", server] + arguments, text: input, environment: environment)
  }

  @Test(arguments: [
    (#"{"pass_rate":0.94}"#, #""reason":"at_or_above_floor","pass_rate":0.94,"expected_gain":null,"#),
    (#"{"pass_rate":0.2,"more":[1]}"#, #""reason":"below_ceil","pass_rate":0.2,"expected_gain":null,"#),
    (#"{"pass_rate":0.8}"#, #""reason":"sample_band","pass_rate":0.8,"expected_gain":null,"#),
    (#"{"pass_rate":null}"#, #""reason":"no_data","pass_rate":null,"expected_gain":null,"#),
  ])
  func itsRateDecides(body: String, route expected: String) throws {
    let server = try ScriptedServer(answer: ScriptedServer.json(body))
    let result = try route(server.url + "/", skills: ["a b&c/é"], [], ["BRAIN_TOKEN": "secret"])
    #expect(result.status == 0 && result.errors.isEmpty && result.text.contains(expected), "\(result)")
    #expect(server.requests.map(\.path) == ["/pass-rate?skill=a%20b%26c%2F%C3%A9&window=7d"])
    #expect(server.requests.allSatisfy { $0.header("authorization") == "Bearer secret" })
  }

  @Test(arguments: [
    ScriptedServer.json("{}"), ScriptedServer.json(#"{"pass_rate":NaN}"#),
    ScriptedServer.json(#"{"pass_rate":1.2}"#),
    ScriptedServer.json(#"{"pass_rate":"0.9"}"#), ScriptedServer.json("<html>"), ScriptedServer.json(""),
    ScriptedServer.json(#"{"pass_rate":0.9}"#, status: "500 Internal Server Error"),
    ScriptedServer.json(#"{"pass_rate":0.9}"#, status: "401 Unauthorized"),
    "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"pass_rate\":0.9}", "nonsense\r\n\r\n", "",
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + String(repeating: " ", count: 100_000),
    nil,
  ])
  func aBrokenServerIsAskedOnceAndNoRateIsKnown(answer: String?) throws {
    let server = try ScriptedServer(answer: answer)
    let result = try route(server.url, skills: ["a", "b", "c"], [], ["BRAIN_TOKEN": "secret"])
    #expect(result.status == 0 && result.lines.count == 3, "\(result)")
    #expect(result.lines.allSatisfy { $0.contains(#""decision":"local","reason":"no_data""#) }, "\(result)")
    #expect(result.errors.hasPrefix("hg-route: \(server.url)/pass-rate: "), "\(result)")
    #expect(result.errors.split(separator: "\n").count == 1 && !result.errors.contains("secret"), "\(result)")
    #expect(server.requests.count == 1)
    // The next process knows that already, and says so too.
    let next = try route(server.url, skills: ["a", "b"])
    #expect(next.status == 0 && next.errors == result.errors && server.requests.count == 1, "\(next)")
  }

  @Test func aServerThatFailedIsAskedAgainAfterAFewSeconds() throws {
    let server = try ScriptedServer(answer: ScriptedServer.json("{}", status: "500 Internal Server Error"))
    #expect(try route(server.url).errors.contains("HTTP status 500") && server.requests.count == 1)
    try makeOlder(seconds: 2)
    #expect(try route(server.url).errors.contains("HTTP status 500") && server.requests.count == 1)
    try makeOlder(seconds: 5)
    #expect(try route(server.url).errors.contains("HTTP status 500") && server.requests.count == 2)
  }

  /// A failure about one skill does not make what is known of the others unknown.
  @Test func whatWasAnsweredBeforeAFailureHolds() throws {
    var server: ScriptedServer? = try ScriptedServer(answer: ScriptedServer.json(#"{"pass_rate":0.94}"#))
    let url = try #require(server).url
    #expect(try route(url, skills: ["a"]).text.contains(#""pass_rate":0.94"#))
    server = nil
    let result = try route(url, skills: ["b", "a"])
    #expect(
      result.lines[0].contains(#""pass_rate":null"#) && result.lines[1].contains(#""pass_rate":0.94"#), "\(result)")
  }

  /// What is in the caches was found out so much earlier.
  private func makeOlder(seconds: Double) throws {
    let caches = folder.file("cache/hyperguild")
    for name in try FileManager.default.contentsOfDirectory(atPath: caches) {
      let text = try String(contentsOfFile: caches + "/" + name, encoding: .utf8)
      let changed = text.replacing(/"found_out":([0-9.]+)/) { #""found_out":\#((Double($0.1) ?? 0) - seconds)"# }
      // Only what this user may write is believed, so the file stays the same one.
      let file = try #require(FileHandle(forWritingAtPath: caches + "/" + name))
      try file.truncate(atOffset: 0)
      try file.write(contentsOf: Data(changed.utf8))
      try file.close()
    }
  }

  @Test func noServerAtAll() throws {
    let result = try route("http://127.0.0.1:1")
    #expect(result.status == 0 && result.text.contains(#""reason":"no_data""#), "\(result)")
    #expect(result.errors.hasPrefix("hg-route: http://127.0.0.1:1/pass-rate: "), "\(result)")
  }

  @Test func answersAreKeptForAllProcesses() throws {
    let server = try ScriptedServer(answer: ScriptedServer.json(#"{"pass_rate":0.94}"#))
    let first = try route(server.url)
    #expect(try route(server.url).text == first.text && server.requests.count == 1)
    #expect(try route(server.url, skills: ["review"], ["--ttl", "0"]).text == first.text && server.requests.count == 2)
    #expect(
      try route(server.url, skills: ["review"], ["--window", "1d"]).text == first.text && server.requests.count == 3)
    #expect(server.requests.last?.path.contains("window=1d") == true)
    // As it was typed; but weeks are days.
    for (window, asked) in [("24h", "24h"), ("90m", "90m"), (" 36h ", "36h"), ("2w", "14d")] {
      _ = try route(server.url, skills: ["review"], ["--window", window])
      #expect(server.requests.last?.path.hasSuffix("&window=\(asked)") == true, "\(window)")
    }
  }

  @Test func theVariableIsBeatenByEveryFlag() throws {
    let server = try ScriptedServer(answer: ScriptedServer.json(#"{"pass_rate":0.94}"#))
    let run = { (arguments: [String]) in
      try folder.run(
        "hg-route", arguments, text: #"{"skill":"s","user":"a"}"#, environment: ["BRAIN_URL": server.url])
    }
    #expect(try run([]).text.contains(#""pass_rate":0.94"#))
    try folder.write("rates", text: #"{"skill":"s","pass":1,"fail":1}"#)
    #expect(try run(["--pass-rates", "rates"]).text.contains(#""pass_rate":0.5"#))
    #expect(try run(["--brain", "nowhere"]).text.contains(#""pass_rate":null"#))
    #expect(try run(["--brain-url", "ftp://x"]).status == 64)
    #expect(try run(["--brain-url", server.url, "--policy", "gain"]).status == 64)
    #expect(try folder.run("hg-route", text: "{}", environment: ["BRAIN_URL": "x"]).status == 78)
  }

  @Test func aPasswordInTheURLIsNotShown() throws {
    let result = try route("http://me:secret@127.0.0.1:1/b", skills: [], ["--check-config"], ["BRAIN_TOKEN": "token"])
    #expect(result.text.contains(#""brain_url":"http://****@127.0.0.1:1/b","brain_token":"****""#), "\(result)")
    let failed = try route("http://me:secret@127.0.0.1:1/b")
    #expect(!failed.errors.contains("secret"), "\(failed)")
  }
}
