import Foundation
import TestSupport
import Testing

/// hg-complete --via batch against a small provider that does what can happen.
@Suite("hg-complete --via batch")
struct CompleteBatchTests {
  typealias Provider = BatchProvider

  static let input = """
    {"id":1,"user":"a","model":"m"}
    {"id":2,"user":"b","model":"n"}
    {"id":3,"user":"a","model":"m"}
    not JSON
    {"id":4,"error":{"stage":"hg-route","kind":"k","message":"m"}}
    {"id":5,"user":"c","model":"m","fallbacks":["n"]}

    """

  /// Runs the program as people do: `--resume OUT < IN >> OUT`.
  static func run(
    _ folder: TestFolder, _ provider: Provider, _ arguments: String = "", input: String = input
  ) throws -> CommandResult {
    try folder.write("in", text: input)
    try folder.write(
      "run.sh",
      text: """
        echo $$ > pid
        exec hg-complete --via batch --batch-poll 0.01 --retry-base 0.01 --retry-max 0.02 \
          --resume out \(arguments) < in >> out
        """)
    return try folder.shell(
      "touch out; sh run.sh", environment: ["LITELLM_BASE_URL": provider.url, "LITELLM_API_KEY": CompleteTests.key])
  }

  static func records(_ folder: TestFolder) throws -> [[String: Any]] {
    try String(decoding: folder.read("out"), as: UTF8.self).split(separator: "\n").map {
      try CompleteTests.object(String($0))
    }
  }

  static func texts(_ folder: TestFolder) throws -> [String?] { try records(folder).map { $0["text"] as? String } }

  static func kinds(_ folder: TestFolder) throws -> [String?] {
    try records(folder).map { ($0["error"] as? [String: Any])?["kind"] as? String }
  }

  @Test("answers records in their order, one batch for each model, what is none at its place")
  func answers() throws {
    let provider = try Provider()
    let folder = try TestFolder()
    let result = try Self.run(folder, provider)
    #expect(result.status == 1, "\(result)")
    #expect(try Self.texts(folder) == ["batch a", "batch b", "batch a", nil, nil, "batch c"], "\(result)")
    #expect(try Self.kinds(folder) == [nil, nil, nil, "bad_input", "k", nil])
    #expect(provider.batches.count == 2 && provider.liveCount == 0)
    let attempts = try #require(try Self.records(folder)[0]["attempts"] as? [[String: Any]])
    #expect(attempts.count == 1 && attempts[0]["via"] as? String == "batch" && attempts[0]["duration_ms"] == nil)
    // The same request twice has two names.
    let names = provider.files[0].split(separator: "\n").compactMap { line in
      (try? CompleteTests.object(String(line)))?["custom_id"] as? String
    }
    #expect(names.count == 3 && Set(names).count == 3 && names[1] == names[0] + "-2", "\(names)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("out.batches")))
  }

  @Test("batches hold so many lines and bytes")
  func limits() throws {
    for (option, count) in [("--batch-lines 2", 3), ("--batch-bytes 400", 5), ("--batch-lines 5", 1)] {
      let provider = try Provider()
      let folder = try TestFolder()
      let input = (1...5).map { #"{"id":\#($0),"user":"\#($0)","model":"m"}"# + "\n" }.joined()
      let result = try Self.run(folder, provider, option, input: input)
      #expect(result.status == 0, "\(result)")
      #expect(try Self.texts(folder) == (1...5).map { "batch \($0)" }, "\(option)")
      #expect(provider.batches.count == count, "\(option)")
    }
  }

  @Test("--wait ends with 75, one line, and nothing written; the same command fetches")
  func wait() throws {
    let provider = try Provider()
    let folder = try TestFolder()
    let first = try Self.run(folder, provider, "--wait 0")
    #expect(first.status == 75, "\(first)")
    #expect(
      first.errors
        == "hg-complete: still running: batch_0 and 1 more, 0 of 4 requests done; the same command fetches them\n")
    #expect(try folder.read("out").isEmpty)
    // Records that came since make a batch of their own.
    let more = Self.input + #"{"id":6,"user":"d","model":"m"}"# + "\n"
    let second = try Self.run(folder, provider, input: more)
    #expect(second.status == 1, "\(second)")
    #expect(try Self.texts(folder) == ["batch a", "batch b", "batch a", nil, nil, "batch c", "batch d"])
    #expect(provider.batches.count == 3)
  }

  @Test("other requests than those that were submitted are refused, and nothing is touched")
  func otherRequests() throws {
    let provider = try Provider()
    let folder = try TestFolder()
    #expect(try Self.run(folder, provider, "--wait 0").status == 75)
    let state = try folder.read("out.batches")
    let result = try Self.run(folder, provider, input: #"{"user":"another","model":"m"}"# + "\n")
    #expect(result.status == 66 && result.errors.contains("out.batches is of other requests"), "\(result)")
    #expect(try folder.read("out.batches") == state)
    #expect(provider.batches.count == 2)
  }

  @Test("a state file that is foreign, of a later version, or in use")
  func stateFile() throws {
    let provider = try Provider()
    for (content, words) in [
      ("important\n", "did not write it"), ("{\"a\":1}\n", "did not write it"), ("no end", "did not write it"),
      ("{\"hg_batches\":2,\"name\":\"x\",\"answered_lines\":0}\n", "version 2"),
    ] {
      let folder = try TestFolder()
      try folder.write("out.batches", text: content)
      let result = try Self.run(folder, provider)
      #expect(result.status == 66 && result.errors.contains(words), "\(result)")
      #expect(try folder.read("out.batches") == Array(content.utf8))
    }
    let folder = try TestFolder()
    try folder.write("out.batches", text: "")
    let used = try folder.shell(
      """
      exec 9< out.batches; flock 9
      echo '{"user":"u"}' | hg-complete --via batch --batch-state out.batches
      """, environment: ["LITELLM_BASE_URL": provider.url])
    #expect(used.status == 75 && used.errors.contains("another run is using it"), "\(used)")
    #expect(provider.batches.isEmpty && provider.files.isEmpty)
  }

  @Test("a torn last line of the state is asked of the server")
  func tornState() throws {
    let provider = try Provider()
    let folder = try TestFolder()
    #expect(try Self.run(folder, provider, "--wait 0").status == 75)
    let state = try folder.read("out.batches")
    try folder.write("out.batches", state.dropLast(20))
    let result = try Self.run(folder, provider)
    #expect(result.status == 1, "\(result)")
    #expect(provider.batches.count == 2 && provider.files.count == 2)
  }

  @Test("killed at any request, before it is obeyed and behind: everything is submitted and answered once")
  func kills() throws {
    for number in 0..<12 {
      for isObeyed in [false, true] {
        let folder = try TestFolder()
        let pid = folder.file("pid")
        var faults = Provider.Faults()
        faults.looks = 2
        faults.interrupt = { at, obeyed in
          guard at == number && obeyed == isObeyed else { return }
          let text = (try? String(contentsOfFile: pid, encoding: .utf8)) ?? ""
          guard let id = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { return }
          kill(id, SIGKILL)
        }
        let provider = try Provider(faults)
        let first = try Self.run(folder, provider)
        var calm = faults
        calm.interrupt = { _, _ in }
        provider.set(calm)
        let second = try Self.run(folder, provider)
        let place = "killed at \(number), obeyed \(isObeyed): \(first) \(second)"
        #expect(first.status == 137, "\(place)")
        #expect(second.status == 1, "\(place)")
        #expect(try Self.texts(folder) == ["batch a", "batch b", "batch a", nil, nil, "batch c"], "\(place)")
        #expect(provider.batches.count == 2 && provider.files.count == 2, "\(place)")
      }
    }
  }

  @Test("killed while it writes: what is written stays, and the rest follows")
  func killedWriting() throws {
    let provider = try Provider()
    let folder = try TestFolder()
    #expect(try Self.run(folder, provider, "--wait 0").status == 75)
    let state = try folder.read("out.batches")
    #expect(try Self.run(folder, provider).status == 1)
    // As a kill in the middle of the second line leaves it.
    let whole = try folder.read("out")
    let end = try #require(whole.firstIndex(of: 0x0A))
    try folder.write("out", whole[...(end + 30)])
    try folder.write("out.batches", state)
    let result = try Self.run(folder, provider)
    #expect(result.status == 1, "\(result)")
    #expect(try folder.read("out") == whole)
    #expect(provider.batches.count == 2)
  }
}
