import Foundation
import TestSupport
import Testing

/// Full disks and sudden deaths: what the examples say then, and what is left on disk.
@Suite struct ExamplesDiskTests {
  @Test(arguments: ExamplesFaultTests.scripts.filter { $0.command != "learn.sh" })
  func aFullDeviceIsAFailure(script: ExamplesFaultTests.Script) throws {
    let server = try ScriptedServer { _, connection in connection.answer(script.answer) }
    let (folder, environment) = try ExamplesFaultTests.prepared(server)
    let result = try folder.shell(
      "cd repo; exec \"$EXAMPLES\"/\(script.command) >/dev/full", text: script.stdin, environment: environment)
    #expect(result.status == 74 && result.errors.contains("No space left"), "\(result)")
  }

  /// A disk of that many KB, then room: the same command completes what it began, whenever it was cut off.
  @Test(arguments: [0, 4, 24, 48, 96, 320])
  func aBatchOnAFullDiskLosesNothing(kilobytes: Int) throws {
    let server = try ScriptedServer { _, connection in connection.answer("yes") }
    let (folder, environment) = try ExamplesFaultTests.prepared(server)
    let count = 1000
    try folder.write(
      "tasks", text: (1...count).map { "{\"id\":\($0),\"user\":\"question \($0)\"}\n" }.joined())
    // A namespace of its own, where a mount needs no root. An empty disk is one page and a file that fills it.
    let script = """
      mkdir small
      mount -t tmpfs -o size=\(max(kilobytes, 4))k tmpfs small || { echo "no tmpfs can be mounted here" >&2; exit 99; }
      if [ \(kilobytes) = 0 ]; then head -c 4096 /dev/zero >small/full; fi
      status=0; "$EXAMPLES/batch.sh" tasks small/-answers -j 16 || status=$?
      echo "$status"
      rm -f small/full; mount -o remount,size=16M small
      "$EXAMPLES/batch.sh" tasks small/-answers -j 16
      jq -r 'select(.text) | .id' small/-answers | sort -n | uniq | wc -l
      wc -l <small/-answers; ls small
      """
    let result = try folder.run(
      "unshare", ["--user", "--map-root-user", "--mount", "bash", "-euc", script], environment: environment)
    #expect(result.status == 0, "\(result)")
    #expect(
      result.lines == ["74", "\(count)", "\(count)", "-answers", "-answers.lock", "-answers.routed"], "\(result)")
  }

  /// Killed at the worst of times: behind a part of the routed tasks, and behind a part of the answers.
  @Test func aBatchThatIsKilledLosesNothing() throws {
    let server = try ScriptedServer { _, connection in connection.answer("yes") }
    let (folder, environment) = try ExamplesFaultTests.prepared(server)
    try folder.write("tasks", text: (1...200).map { "{\"id\":\($0),\"user\":\"question \($0)\"}\n" }.joined())
    // batch.sh has become hg-complete by then.
    for (program, lines, victims) in [("hg-route", 50, "$PPID $$"), ("hg-complete", 70, "$$")] {
      try folder.write(
        "\(program)/\(program)",
        text: """
          #!/bin/sh
          "\(programDirectory)/\(program)" "$@" | head -n \(lines)
          printf '{"id":'
          kill -KILL \(victims)
          """)
      let killed = try folder.shell(
        "chmod +x \(program)/*; PATH=$PWD/\(program):$PATH; exec \"$EXAMPLES/batch.sh\" tasks answers",
        environment: environment)
      #expect(killed.status == 137, "\(killed)")
    }
    let result = try folder.shell(
      "\"$EXAMPLES/batch.sh\" tasks answers; jq -r 'select(.text) | .id' answers | sort -n | uniq -c | awk '{ print $1 }' | uniq -c",
      environment: environment)
    #expect(result.status == 0 && result.text.split(whereSeparator: \.isWhitespace) == ["200", "1"], "\(result)")
  }

  @Test func aTaskThatCannotBeRoutedIsAFailureOfTheBatch() throws {
    let server = try ScriptedServer { _, connection in connection.answer("yes") }
    let (folder, environment) = try ExamplesFaultTests.prepared(server)
    try folder.write("tasks", text: "{\"user\":\"a\"}\nbad\n{\"user\":\"b\"}\n")
    for _ in 1...2 {
      let result = try folder.shell("\"$EXAMPLES/batch.sh\" tasks answers", environment: environment)
      #expect(result.status == 1 && result.errors.contains("1 records of tasks could not be routed"), "\(result)")
    }
    let answers = try folder.shell("jq -c '[.text, .raw]' answers").lines
    #expect(answers.sorted() == [#"["yes",null]"#, #"["yes",null]"#, #"[null,"bad"]"#], "\(answers)")
  }
}
