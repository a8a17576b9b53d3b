import Foundation
import TestSupport
import Testing

/// The processes of `hg-complete --check`: what they get, how many there are, and how they end.
@Suite("hg-complete and the processes of its checks")
struct CompleteCheckProcessTests {
  @Test("a check gets the record as it would be written, neither the key nor our descriptors nor our signals")
  func surroundings() throws {
    let folder = try TestFolder()
    let server = try CompleteCheckTests.server()
    let check = """
      cat > seen; env > variables; ls /proc/self/fd | wc -l > descriptors; cut -d ' ' -f 5 /proc/$$/stat > group
      echo $$ > id
      """
    let result = try folder.run(
      "hg-complete", ["--check", check], text: #"{"id":1,"user":"t","model":"a","x":1e400}"# + "\n",
      environment: [
        "LITELLM_BASE_URL": server.url, "LITELLM_API_KEY": "sk-0123456789", "OPENAI_API_KEY": "sk-9876543210",
        "LITELLM_PROXY_API_KEY": "sk-abcdefghij", "OTHER": "kept",
      ])
    #expect(result.status == 0, "\(result)")
    let seen = String(decoding: try folder.read("seen"), as: UTF8.self)
    #expect(result.text.replacing(#""verdict":{"accept":true},"#, with: "") == seen)
    let variables = String(decoding: try folder.read("variables"), as: UTF8.self)
    #expect(variables.contains("OTHER=kept\n") && variables.contains("LITELLM_BASE_URL="), "\(variables)")
    #expect(!variables.contains("API_KEY"), "\(variables)")
    // Three of its own, and the folder that ls reads: none of libcurl's.
    #expect(try folder.read("descriptors") == Array("4\n".utf8))
    #expect(try folder.read("group") == folder.read("id"))
    let piped = try CompleteTests.run(
      server, ["--check", "trap 'exit 0' PIPE; kill -PIPE $$; exit 3"], CompleteCheckTests.task)
    #expect(piped.status == 0, "\(piped)")
  }

  @Test("secrets that a check prints are masked")
  func secrets() throws {
    let result = try CompleteTests.run(
      try CompleteCheckTests.server(), ["--check", "echo \(CompleteTests.key); exit 1", "--repair", "0"],
      CompleteCheckTests.task)
    #expect(result.status == 1 && !result.text.contains(CompleteTests.key), "\(result)")
    #expect(!result.errors.contains(CompleteTests.key), "\(result)")
  }

  @Test("a budget that is spent ends the repairs: the answer stays, and the exit status is the budget's")
  func budget() throws {
    let result = try CompleteTests.run(
      try CompleteCheckTests.server(), ["--check", "echo no; exit 1", "--repair", "9", "--max-tokens-total", "12"],
      CompleteCheckTests.task)
    #expect(result.status == 75, "\(result)")
    let record = try CompleteTests.object(result.lines[0])
    #expect(record["text"] as? String == "a3", "\(result)")
    #expect((record["verdict"] as? [String: Any])?["accept"] as? Bool == false, "\(result)")
    #expect(try CompleteTests.errorKind(result.lines[0]) == "budget", "\(result)")
  }

  @Test("a signal ends the checks: what was judged is written, the rest is cancelled", arguments: ["INT", "TERM"])
  func signal(_ name: String) throws {
    let folder = try TestFolder()
    try folder.write("in", text: (1...4).map { "{\"id\":\($0),\"user\":\"t\($0)\",\"model\":\"a\"}\n" }.joined())
    // Whoever hangs has said so, and does not hear.
    try folder.write(
      "check",
      text: """
        #!/bin/sh
        grep -q '"id":1,' && exit 0
        trap '' TERM; exec 9> alive; echo $$ >> hanging; while :; do sleep 9; done

        """)
    let script = """
      mkfifo hanging alive; chmod +x check; set -m
      timeout 60 cat alive & reader=$!
      hg-complete -j 1 --check ./check --check-jobs 2 < in > out 2> err & pid=$!
      exec 3<> hanging; read -rt 60 one <&3; read -rt 60 two <&3; kill -\(name) $pid; status=0; wait $pid || status=$?
      echo $status
      # Its end has come when all that held the pipe are gone.
      wait $reader || echo alive; cat out
      """
    let server = try CompleteCheckTests.server()
    let result = try folder.shell(script, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.lines.first == (name == "INT" ? "130" : "143"), "\(result)")
    #expect(!result.lines.contains("alive"), "\(result)")
    let records = try result.lines.dropFirst().map(CompleteTests.object)
    #expect(records.map { $0["id"] as? Int } == [1, 2, 3, 4], "\(result)")
    #expect(
      records.map { ($0["error"] as? [String: Any])?["kind"] as? String } == [nil]
        + [String](repeating: "cancelled", count: 3))
    #expect(records.allSatisfy { $0["text"] is String }, "\(result)")
  }

  @Test("at most --check-jobs run at once, and reading and asking go on")
  func jobs() throws {
    let folder = try TestFolder()
    let server = try CompleteCheckTests.server()
    try folder.write("in", text: (1...40).map { "{\"id\":\($0),\"user\":\"t\($0)\",\"model\":\"a\"}\n" }.joined())
    // Each check counts those beside it under a lock, and waits until all records have been asked: more would show.
    let check = """
      exec 9> lock; flock 9; n=$(cat running 2> /dev/null || echo 0); echo $((n + 1)) > running; echo $((n + 1)) >> seen
      exec 9>&-; exec 9> lock; flock 9; n=$(cat running); echo $((n - 1)) > running
      """
    let result = try folder.run(
      "hg-complete", ["-j", "8", "--check", check, "--check-jobs", "3"], stdin: try folder.read("in"),
      environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0, "\(result)")
    #expect(try result.lines.map { try CompleteTests.object($0)["id"] as? Int } == (1...40).map { $0 }, "\(result)")
    let seen = String(decoding: try folder.read("seen"), as: UTF8.self).split(separator: "\n").compactMap { Int($0) }
    #expect(seen.count == 40 && seen.allSatisfy { (1...3).contains($0) }, "\(seen)")
  }
}
