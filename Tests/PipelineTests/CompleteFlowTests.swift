import Foundation
import TestSupport
import Testing

/// hg-complete between an input and a reader that behave badly.
@Suite("hg-complete, its input and its reader")
struct CompleteFlowTests {
  private static func open(_ path: String) {
    let descriptor = Glibc.open(path, O_WRONLY)
    if descriptor >= 0 { close(descriptor) }
  }

  @Test("a reader that takes its time does not hold up the requests")
  func slowReader() throws {
    let folder = try TestFolder()
    let asked = folder.file("asked")
    _ = try folder.shell("mkfifo asked answers")
    // More than a pipe holds: the last request is sent only if nobody waits for the reader.
    let text = String(repeating: "x", count: 16 << 10)
    let server = try ScriptedServer { request, connection in
      connection.answer(text)
      if request.text.contains("last") { Self.open(asked) }
    }
    let result = try folder.shell(
      #"""
      seq 30 | sed 's/.*/{"id":&,"user":"u"}/; $s/u"}/last"}/' > in
      hg-complete -j 1 < in > answers & pid=$!
      exec 3< answers
      timeout 60 cat asked
      jq -c .id <&3 | tail -1
      wait $pid
      """#, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 0 && result.text == "30\n", "\(result)")
  }

  @Test("an input that breaks off: what was read is answered, and the exit status says it", arguments: [1, 40])
  func brokenInput(_ count: Int) throws {
    let folder = try TestFolder()
    let asked = DispatchSemaphore(value: 0)
    let server = try ScriptedServer { _, connection in
      connection.answer("ok")
      asked.signal()
    }
    let input = try ScriptedServer { _, connection in
      for id in 1...count { connection.send("{\"id\":\(id),\"user\":\"u\"}\n") }
      // A reset throws away what has not been read.
      for _ in 1...count { asked.wait() }
      connection.reset()
    }
    let port = try #require(input.url.split(separator: ":").last)
    let result = try folder.shell(
      """
      exec 3<> /dev/tcp/127.0.0.1/\(port)
      printf 'GET / HTTP/1.1\\r\\n\\r\\n' >&3
      hg-complete -j 4 <&3
      """, environment: ["LITELLM_BASE_URL": server.url])
    #expect(result.status == 74, "\(result)")
    #expect(result.errors.hasPrefix("hg-complete: stdin: "), "\(result)")
    let ids = try result.lines.map { try CompleteTests.object($0)["id"] as? Int }
    #expect(ids == Array(1...count), "\(result)")
  }

  @Test("an input that cannot be read is an error")
  func unreadableInput() throws {
    let result = try TestFolder().shell("hg-complete < .", environment: ["LITELLM_BASE_URL": "http://127.0.0.1:9"])
    #expect(result.status == 74 && result.errors.hasPrefix("hg-complete: stdin: "), "\(result)")
  }
}
