import Foundation
import TestSupport
import Testing

/// What servers do to batches.
@Suite("hg-complete --via batch, faults")
struct CompleteBatchFaultTests {
  typealias Provider = BatchProvider

  static let input = (1...4).map { #"{"id":\#($0),"user":"\#($0)","model":"m"}"# + "\n" }.joined()

  static func faults(_ change: (inout Provider.Faults) -> Void) -> Provider.Faults {
    var faults = Provider.Faults()
    change(&faults)
    return faults
  }

  private static func isAnswered(_ folder: TestFolder) throws -> Bool {
    try CompleteBatchTests.texts(folder) == (1...4).map { "batch \($0)" }
  }

  /// What a batch may end as, half done or not at all, and what becomes of the other lines.
  static let endings: [(end: String, answered: Int, kind: String)] = [
    ("expired", 2, "batch_expired"), ("expired", 0, "batch_expired"), ("cancelled", 1, "batch_cancelled"),
    ("failed", 0, "batch_failed"), ("completed", 3, "batch_lost"),
  ]

  @Test("lines that a batch did not come to are errors, or asked live", arguments: endings)
  func ends(_ end: (end: String, answered: Int, kind: String)) throws {
    let faults = Self.faults {
      $0.end = end.end
      $0.answered = end.answered
      $0.message = end.end == "failed" ? "line 3 is no JSON" : nil
    }
    let provider = try Provider(faults)
    let folder = try TestFolder()
    let result = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(result.status == 1, "\(result)")
    let answered = (1...4).map { $0 <= end.answered ? "batch \($0)" : nil }
    #expect(try CompleteBatchTests.texts(folder) == answered, "\(result)")
    #expect(try CompleteBatchTests.kinds(folder) == (1...4).map { $0 <= end.answered ? nil : end.kind })
    if end.end == "failed" { #expect(result.errors.contains("line 3 is no JSON"), "\(result)") }

    let other = try Provider(faults)
    let live = try TestFolder()
    let second = try CompleteBatchTests.run(live, other, "--then live", input: Self.input)
    #expect(second.status == 0, "\(second)")
    #expect(try CompleteBatchTests.texts(live) == answered.map { $0 ?? "live" }, "\(second)")
    #expect(other.liveCount == 4 - end.answered && other.batches.count == 1)
  }

  /// Output files as they come.
  static let outputFiles: [(name: String, rewrite: @Sendable ([String]) -> [String], warning: String?)] = [
    ("backwards", { $0.reversed() }, nil),
    ("an id twice", { $0 + [$0[1].replacingOccurrences(of: "batch 2", with: "other")] }, "answered twice"),
    (
      "an unknown id",
      { $0 + [$0[0].replacingOccurrences(of: #""custom_id":""#, with: #""custom_id":"x"#)] }, "of no request"
    ),
    ("a line that is no JSON", { ["<html>"] + $0 }, "of no request"),
    ("blank lines and CRLF", { ["", ""] + $0.map { $0 + "\r" } }, nil),
  ]

  @Test("answers find their records", arguments: outputFiles.indices)
  func outputs(_ place: Int) throws {
    let output = Self.outputFiles[place]
    let provider = try Provider(Self.faults { $0.rewrite = output.rewrite })
    let folder = try TestFolder()
    let result = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(result.status == 0, "\(output.name): \(result)")
    #expect(try Self.isAnswered(folder), "\(output.name): \(result)")
    if let warning = output.warning {
      #expect(result.errors.contains(warning), "\(result)")
    } else {
      #expect(result.errors.isEmpty, "\(result)")
    }
  }

  @Test("an error file only: each line's own error, and the next model with --then live")
  func errorFile() throws {
    let faults = Self.faults {
      $0.inErrorFile = true
      $0.rewrite = { lines in
        lines.enumerated().map { place, line in
          let id = line.components(separatedBy: #""custom_id":""#)[1].split(separator: "\"")[0]
          return place == 0
            ? #"{"id":"r","custom_id":"\#(id)","response":null,"error":{"code":"batch_expired","message":"late"}}"#
            : #"{"id":"r","custom_id":"\#(id)","response":{"status_code":400,"request_id":"q","body":{"error":"#
              + #"{"message":"too long","code":"context_length_exceeded"}}},"error":null}"#
        }
      }
    }
    let provider = try Provider(faults)
    let folder = try TestFolder()
    let result = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(result.status == 1 && result.errors.contains("too long"), "\(result)")
    let kinds = try CompleteBatchTests.kinds(folder)
    #expect(kinds == ["batch_expired", "bad_request", "bad_request", "bad_request"], "\(result)")
  }

  @Test("trouble while it looks is waited out, the server's Retry-After is kept to")
  func trouble() throws {
    let answers: [(Int, [String])] = [(500, []), (429, ["Retry-After: 0.05"]), (503, []), (404, [])]
    let provider = try Provider(
      Self.faults {
        $0.refusal = { path, number in
          path.contains("/batches/") && number < 2 + answers.count ? answers[number - 2] : nil
        }
      })
    let folder = try TestFolder()
    let result = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(result.status == 0, "\(result)")
    #expect(try Self.isAnswered(folder), "\(result)")
    #expect(provider.batches.count == 1)
  }

  @Test("trouble while it submits: what may have been made is looked for first")
  func submission() throws {
    let provider = try Provider(
      Self.faults { $0.refusal = { _, number in [0, 2, 3].contains(number) ? (status: 502, headers: []) : nil } })
    let folder = try TestFolder()
    let result = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(result.status == 0, "\(result)")
    #expect(try Self.isAnswered(folder), "\(result)")
    #expect(provider.batches.count == 1 && provider.files.count == 1)
  }

  @Test("a server without batches: errors, or everything live")
  func noBatches() throws {
    let faults = Self.faults { $0.refusal = { path, _ in path.contains("chat") ? nil : (status: 404, headers: []) } }
    let folder = try TestFolder()
    let result = try CompleteBatchTests.run(folder, try Provider(faults), input: Self.input)
    #expect(result.status == 1, "\(result)")
    #expect(try CompleteBatchTests.kinds(folder).allSatisfy { $0 == "batch_failed" }, "\(result)")
    let live = try TestFolder()
    let second = try CompleteBatchTests.run(live, try Provider(faults), "--then live", input: Self.input)
    #expect(second.status == 0, "\(second)")
    #expect(try CompleteBatchTests.texts(live).allSatisfy { $0 == "live" })
  }

  @Test("an output file that comes late is waited for; one that is gone is told")
  func files() throws {
    let late = try TestFolder()
    let first = try CompleteBatchTests.run(late, try Provider(Self.faults { $0.lateLooks = 3 }), input: Self.input)
    #expect(first.status == 0, "\(first)")
    #expect(try Self.isAnswered(late), "\(first)")
    let gone = try TestFolder()
    let second = try CompleteBatchTests.run(
      gone, try Provider(Self.faults { $0.losesOutput = true }), input: Self.input)
    #expect(second.status == 1 && second.errors.contains("out-batch_0 is not there"), "\(second)")
    #expect(try CompleteBatchTests.kinds(gone).allSatisfy { $0 == "batch_lost" })
  }

  @Test("a key that is refused ends with 77, a server that is not there with 69")
  func refusals() throws {
    let provider = try Provider(Self.faults { $0.refusal = { _, _ in (status: 401, headers: []) } })
    let refused = try CompleteBatchTests.run(try TestFolder(), provider, input: Self.input)
    #expect(refused.status == 77, "\(refused)")
    let nobody = try TestFolder().run(
      "hg-complete", ["--via", "batch", "--batch-state", "s", "--retries", "0"], text: Self.input,
      environment: ["LITELLM_BASE_URL": "http://127.0.0.1:1"])
    #expect(nobody.status == 69, "\(nobody)")
  }

  @Test("SIGINT leaves the batch running and says so; --cancel-batch ends it")
  func interruption() throws {
    let folder = try TestFolder()
    let pid = folder.file("pid")
    let provider = try Provider(
      Self.faults {
        $0.looks = 1_000_000
        $0.interrupt = { number, isObeyed in
          guard number == 3, isObeyed, let text = try? String(contentsOfFile: pid, encoding: .utf8),
            let id = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
          else { return }
          kill(id, SIGINT)
        }
      })
    let result = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(result.status == 130, "\(result)")
    #expect(
      result.errors.contains("interrupted: still running: batch_0, 0 of 4 requests done")
        && result.errors.contains("--cancel-batch ends them"), "\(result)")
    let environment = ["LITELLM_BASE_URL": provider.url]
    let cancelled = try folder.run("hg-complete", ["--cancel-batch", "--resume", "out"], environment: environment)
    #expect(cancelled.status == 0 && cancelled.errors == "hg-complete: batch batch_0 is cancelled\n", "\(cancelled)")
    let second = try CompleteBatchTests.run(folder, provider, input: Self.input)
    #expect(second.status == 1, "\(second)")
    #expect(try CompleteBatchTests.kinds(folder).allSatisfy { $0 == "batch_cancelled" }, "\(second)")
    #expect(provider.batches.count == 1)
    let nothing = try folder.run("hg-complete", ["--cancel-batch", "--resume", "out"], environment: environment)
    #expect(nothing.status == 66, "\(nothing)")
  }

  @Test("answers of batches are judged, cost what batches cost, and come in every format")
  func judged() throws {
    let folder = try TestFolder()
    let prices = #"{"m":{"input_cost_per_token":0.002,"output_cost_per_token":0.004}}"#
    try folder.write("prices.json", text: prices)
    let checked = try CompleteBatchTests.run(
      folder, try Provider(), #"--prices prices.json --check "jq -e '.text != \"batch 2\"'""#, input: Self.input)
    #expect(checked.status == 1, "\(checked)")
    #expect(try CompleteBatchTests.kinds(folder) == [nil, "rejected", nil, nil], "\(checked)")
    let records = try CompleteBatchTests.records(folder)
    #expect(records[0]["cost_usd"] as? Double == 3, "\(records[0])")
    #expect((records[0]["verdict"] as? [String: Any])?["accept"] as? Bool == true)
    let live = try TestFolder()
    let provider = try Provider()
    let repaired = try CompleteBatchTests.run(
      live, provider, #"--then live --check "jq -e '.text != \"batch 2\"'""#, input: Self.input)
    #expect(repaired.status == 0 && provider.liveCount == 1, "\(repaired)")

    let formats = try Provider()
    let environment = ["LITELLM_BASE_URL": formats.url]
    let arguments = ["--via", "batch", "--batch-poll", "0.01", "--batch-state", "state"]
    let text = try folder.run(
      "hg-complete", arguments + ["--out", "text"], text: Self.input, environment: environment)
    #expect(text.text == (1...4).map { "batch \($0)\n" }.joined(), "\(text)")
    let line =
      #"{"custom_id":"k","method":"POST","url":"/v1/chat/completions","#
      + #""body":{"model":"m","messages":[{"role":"user","content":"q"}]}}"#
    let batch = try folder.run("hg-complete", arguments + ["--batch-out"], text: line, environment: environment)
    let object = try CompleteTests.object(try #require(batch.lines.first))
    #expect(object["custom_id"] as? String == "k" && object["error"] is NSNull, "\(batch)")
    #expect(formats.batches.count == 2)
    let preview = try folder.run("hg-complete", ["--via", "batch", "--dry-run"], text: line)
    let request = try CompleteTests.object(try #require(preview.lines.first))
    #expect(request["method"] as? String == "POST" && request["body"] is [String: Any], "\(preview)")
  }
}
