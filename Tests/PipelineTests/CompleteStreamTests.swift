import Foundation
import Synchronization
import TestSupport
import Testing

/// hg-complete's streams, pipes, signals and continued runs.
@Suite("hg-complete, streams and runs")
struct CompleteStreamTests {
  static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"

  static func delta(_ text: String) -> String {
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"}}]}\r\n\r\n"
  }

  static let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

  /// Waits until the other end of a named pipe is open too.
  static func open(_ pipe: String, _ mode: Int32) { close(Glibc.open(pipe, mode)) }

  /// What a server streams before it closes, and what is to become of it.
  static let streams: [(String, String, String?, String?)] = [
    ("whole", delta("a") + ": ping\n\n" + delta("b") + end, "ab", nil),
    ("cut off", delta("a"), "a", "truncated"),
    ("empty", "", nil, "truncated"),
    ("only its end", "data: [DONE]\n\n", nil, "bad_answer"),
    ("an error in it", delta("a") + "data: {\"error\":{\"message\":\"busy\",\"code\":429}}\n\n", "a", "stream_error"),
    ("an error event", "event: error\ndata: {\"message\":\"busy\"}\n\n", nil, "stream_error"),
    ("a web page", "<html></html>\n\n", nil, "bad_answer"),
  ]

  @Test("a stream is an answer only when it is whole", arguments: streams)
  func isWhole(_ name: String, _ body: String, _ text: String?, _ kind: String?) throws {
    let server = try ScriptedServer { _, connection in
      connection.send(Self.head + body)
      connection.close()
    }
    let result = try CompleteTests.run(server, ["--stream", "--retries", "0"], "{\"user\":\"u\"}\n")
    #expect(try CompleteTests.errorKind(result.lines[0]) == kind, "\(result)")
    #expect(try CompleteTests.object(result.lines[0])["text"] as? String == text)
    #expect(result.status == (kind == nil ? 0 : 1))
  }

  @Test("deltas come in front of their record, each once, also after a retry")
  func deltas() throws {
    let server = try ScriptedServer { request, connection in
      if request.number == 0 { return connection.reset() }
      connection.send(Self.head + Self.delta("a\\u00e9") + Self.delta("\\\"b"))
      connection.send(request.text.contains("breaks") ? "" : Self.end)
      connection.close()
    }
    let input = #"{"id":"x","user":"u"}"# + "\n" + #"{"id":7,"user":"breaks","fallbacks":["other"]}"# + "\n"
    let result = try CompleteTests.run(server, ["--deltas", "-j", "1"], input)
    #expect(result.status == 1)
    let pieces = try result.lines.filter { $0.contains("\"delta\"") }.map { line in
      let object = try CompleteTests.object(line)
      return "\(object["id"] ?? "")=\(object["delta"] ?? "")"
    }
    #expect(
      pieces.joined(separator: "|").replacingOccurrences(of: "|x=", with: "").replacingOccurrences(
        of: "|7=\"b", with: "\"b")
        == "x=aé\"b|7=aé\"b", "\(result)")
    #expect(try CompleteTests.errorKind(try #require(result.lines.last)) == "truncated")
    #expect(server.requests.count == 3, "what was shown is not asked again")
  }

  @Test("text appears while the answer is still coming")
  func liveText() throws {
    // The server sends the rest only when the reader has the beginning: a barrier of files.
    let folder = try TestFolder()
    let go = folder.file("go")
    _ = try folder.shell("mkfifo go")
    let server = try ScriptedServer { _, connection in
      connection.send(Self.head + Self.delta("begin "))
      Self.open(go, O_RDONLY)
      connection.send(Self.delta("end") + Self.end)
      connection.close()
    }
    let result = try folder.shell(
      "hg-complete --in text --out text --stream | (head -c 6 && : > go && cat)", text: "u",
      environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.text == "begin end\n", "\(result)")
    #expect(result.status == 0)
  }

  @Test("the first answer comes before the input ends")
  func trickle() throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try folder.shell(
      """
      mkfifo in out
      hg-complete < in > out &
      exec 3> in 4< out
      for i in 1 2 3; do echo "{\\"id\\":$i,\\"user\\":\\"u\\"}" >&3; read -r line <&4; echo "${line:0:8}"; done
      exec 3>&-
      wait $!
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.text == "{\"id\":1,\n{\"id\":2,\n{\"id\":3,\n", "\(result)")
    #expect(result.status == 0)
  }

  @Test("reads no further than it can ask")
  func backPressure() throws {
    let server = try ScriptedServer { request, connection in connection.waitForEnd() }
    let folder = try TestFolder()
    // 100 MB of records: the writer gets stuck, and what it wrote shows how far the program read.
    let result = try folder.shell(
      #"""
      python3 -c '
      import os, sys
      line = b"{\"user\":\"" + b"x" * 100000 + b"\"}\n"
      count = 0
      try:
          for _ in range(1000):
              sys.stdout.buffer.write(line); sys.stdout.buffer.flush(); count += 1
      finally:
          os.write(2, b"wrote %d\n" % count)
      ' | hg-complete -j 4 --timeout 0.5 --retries 0 | head -1 | wc -l
      """#, environment: ["LITELLM_BASE_URL": server.url])
    let wrote = try #require(result.errors.split(separator: "\n").first { $0.hasPrefix("wrote") })
    #expect(Int(wrote.dropFirst(6)) ?? 1000 < 200, "\(result)")
    #expect(result.text == "1\n")
  }

  @Test(
    "a signal ends what is on its way as cancelled, and the program with its number",
    arguments: [
      ("INT", 130), ("TERM", 143),
    ])
  func signals(_ name: String, _ status: Int) throws {
    let folder = try TestFolder()
    let asked = folder.file("asked")
    _ = try folder.shell("mkfifo asked")
    let server = try ScriptedServer { request, connection in
      if request.text.contains("quick") { return connection.answer("ok") }
      if request.text.contains("never") { Self.open(asked, O_WRONLY) }
      connection.waitForEnd()
    }
    let result = try folder.shell(
      """
      set -m
      printf '%s\\n' '{"id":1,"user":"quick"}' '{"id":2,"user":"slow"}' '{"id":3,"user":"never"}' > in
      hg-complete -j 2 < in > out &
      read -r line < asked || true
      kill -\(name) $!
      wait $! || echo "status $?"
      cat out
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.lines.first == "status \(status)", "\(result)")
    let records = Array(result.lines.dropFirst())
    #expect(try records.map(CompleteTests.errorKind) == [nil, "cancelled", "cancelled"], "\(result)")
  }

  @Test("a reader that goes away is no error")
  func head() throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try TestFolder().shell(
      "seq 2000 | sed 's/.*/{\"id\":&,\"user\":\"u\"}/' | hg-complete | head -1; echo ${PIPESTATUS[2]}",
      environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.lines.last == "0" && result.lines.count == 2, "\(result)")
    #expect(result.errors.isEmpty)
  }

  @Test("a full disk is an error", arguments: ["", "--stream", "--batch-out"])
  func fullDisk(_ option: String) throws {
    let server = try ScriptedServer { _, connection in connection.answer("ok") }
    let result = try TestFolder().shell(
      "echo '{\"user\":\"u\"}' | hg-complete \(option) > /dev/full", environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 74, "\(result)")
    #expect(result.errors.hasPrefix("hg-complete: stdout: "))
  }

  @Test("a killed run goes on where it was, and pays for nothing twice", arguments: ["", "--batch-out", "--unordered"])
  func resume(_ option: String) throws {
    let folder = try TestFolder()
    let killed = folder.file("killed")
    let server = try ScriptedServer { request, connection in
      if request.number >= 150 && !FileManager.default.fileExists(atPath: killed) { return connection.waitForEnd() }
      connection.answer("ok")
    }
    // The same questions with other ids must be asked each for itself.
    let result = try folder.shell(
      """
      seq 400 | awk '{printf "{\\"id\\":%d,\\"user\\":\\"u%d\\"}\\n", $1, $1 % 50}' > in
      hg-complete \(option) -j 4 --resume out < in >> out & pid=$!
      until [ "$(wc -l < out)" -ge 100 ]; do :; done
      kill -KILL $pid; wait $pid || true
      touch killed
      printf '{"id":9999,"to' >> out
      shuf in | hg-complete \(option) -j 4 --resume out >> out
      wc -l < out
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0, "\(result)")
    #expect(result.lines.last == "400")
    let lines = String(decoding: try folder.read("out"), as: UTF8.self).split(separator: "\n").map(String.init)
    let ids = try lines.map { line in
      let object = try CompleteTests.object(line)
      return (object["custom_id"] ?? object["id"]) as? Int ?? 0
    }
    #expect(Set(ids) == Set(1...400))
    // What was on its way at the kill or not written yet, and what waited for its turn.
    #expect(server.requests.count <= 400 + 4 + 16 + (option == "--unordered" ? 0 : 256))
    let again = try folder.shell(
      "hg-complete \(option) --resume out < in >> out; wc -l < out", environment: ["LITELLM_BASE_URL": server.url])
    #expect(again.lines.last == "400")
  }

  @Test("asks little more than -j ahead of what is in the file, however slow the disk is")
  func unsafe() throws {
    let folder = try TestFolder()
    let out = folder.file("out")
    let ahead = Mutex(0)
    let server = try ScriptedServer { request, connection in
      let written = FileManager.default.contents(atPath: out).map { $0.count { $0 == 0x0A } } ?? 0
      ahead.withLock { $0 = max($0, request.number + 1 - written) }
      connection.answer("ok")
    }
    let result = try folder.shell(
      """
      seq 300 | awk '{printf "{\\"id\\":%d,\\"user\\":\\"u\\"}\\n", $1}' > in
      strace -f -qq -o trace -P "$PWD/out" -e trace=write -e inject=write:delay_enter=100000 \
        hg-complete --unordered -j 20 < in > out
      wc -l < out
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0 && result.text.hasSuffix("300\n"), "\(result)")
    #expect(server.requests.count == 300)
    #expect(ahead.withLock { $0 } <= 20 + 16)
  }

  @Test("a slow answer holds the order up, and no more than a window of answers waits for it")
  func window() throws {
    let folder = try TestFolder()
    let go = folder.file("go")
    let asked = Mutex(0)
    let askedBefore = Mutex(0)
    let server = try ScriptedServer { request, connection in
      asked.withLock { $0 += 1 }
      if request.text.contains("slow") {
        while !FileManager.default.fileExists(atPath: go) { sched_yield() }
        let count = asked.withLock { $0 }
        askedBefore.withLock { $0 = count }
      }
      connection.answer("ok")
    }
    let result = try folder.shell(
      """
      (echo '{"user":"slow"}'; seq 999 | awk '{print "{\\"user\\":\\"u\\"}"}') > in
      hg-complete -j 8 --progress=json < in > out 2> progress &
      until grep -qE '"done":(255|999),' progress; do :; done
      touch go
      wait $!
      wc -l < out
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0 && result.text == "1000\n", "\(result)")
    #expect(askedBefore.withLock { $0 } == 256)
  }

  @Test("errors of an earlier run are asked again; stdout must not overwrite the file")
  func resumeErrors() throws {
    let folder = try TestFolder()
    let server = try ScriptedServer { request, connection in
      if request.number == 0 { connection.respond(400, "{}") } else { connection.answer("ok") }
    }
    let result = try folder.shell(
      """
      printf '%s\\n' '{"id":1,"user":"a"}' '{"id":2,"user":"b"}' > in
      hg-complete -j 1 --resume out < in >> out || echo "first $?"
      hg-complete -j 1 --resume out < in >> out
      grep -c text out
      hg-complete --resume out < in > out || echo "refused $?"
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.lines == ["first 1", "2", "refused 64"], "\(result)")
    #expect(server.requests.count == 3)
  }

  @Test("a file for the Batch API runs as it is, and its results come back as it writes them")
  func batch() throws {
    let server = try ScriptedServer { request, connection in
      if request.text.contains("bad") {
        connection.respond(400, #"{"error":{"message":"no"}}"#)
      } else {
        connection.answer("ok", headers: ["x-request-id: r1"])
      }
    }
    let body = #"{"model": "m", "messages":[{"role":"user","content":"\u00e9"}], "temperature":1.0}"#
    let lines = [body, #"{"model":"bad","messages":[1]}"#].enumerated().map {
      #"{"custom_id":"c\#($0.offset)","method":"POST","url":"/v1/chat/completions","body":\#($0.element)}"# + "\n"
    }
    let result = try CompleteTests.run(server, ["--batch-out"], lines.joined())
    #expect(server.requests.contains { $0.text == body })
    let (good, bad) = (try CompleteTests.object(result.lines[0]), try CompleteTests.object(result.lines[1]))
    #expect(good["custom_id"] as? String == "c0" && good["error"] is NSNull, "\(result)")
    let response = try #require(good["response"] as? [String: Any])
    #expect(response["status_code"] as? Int == 200 && response["request_id"] as? String == "r1")
    #expect((response["body"] as? [String: Any])?["choices"] is [Any])
    #expect((bad["response"] as? [String: Any])?["status_code"] as? Int == 400, "\(result)")
    #expect(result.status == 1)
  }
}
