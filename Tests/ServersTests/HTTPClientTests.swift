import Foundation
import Platform
import Servers
import SystemPackage
import TestSupport
import Testing

/// What came of one request.
struct Reply: Equatable {
  var status = 0
  var body = ""
  var failure: HTTPFailure.Kind?
}

extension HTTPClient {
  /// One request, from start to end.
  func fetch(
    _ url: String, body: String = "{}", limits: HTTPLimits = HTTPLimits(attempt: 30)
  ) throws -> (Reply, HTTPTransfer) {
    let endpoint = endpoint(.post, url: url, headers: [("Content-Type", "application/json")])
    try start(endpoint, body: HTTPBody(Array(body.utf8)), token: 7, limits: limits)
    while true {
      _ = try wait(until: .never)
      while let event = next() {
        guard case .finished(let transfer, let failure) = event else { continue }
        #expect(transfer.token == 7)
        let text = String(decoding: transfer.body, as: UTF8.self)
        return (Reply(status: transfer.status, body: text, failure: failure?.kind), transfer)
      }
    }
  }
}

@Suite("The HTTP client against a hostile server")
struct HTTPClientTests {
  private func client(_ change: (inout HTTPConfiguration) -> Void = { _ in }) throws -> HTTPClient {
    var configuration = HTTPConfiguration()
    change(&configuration)
    return try HTTPClient(configuration)
  }

  static let whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: 1\r\n\r\nhello"
  static let chunked =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-After: 1\r\n\r\n"

  @Test("takes a response in any two pieces", arguments: [whole, chunked])
  func everySplit(_ response: String) throws {
    let bytes = Array(response.utf8)
    let server = try ScriptedServer { request, connection in
      let split = request.number % (bytes.count + 1)
      connection.send(bytes[..<split])
      connection.send(bytes[split...])
    }
    let client = try client()
    for split in 0...bytes.count {
      let (reply, transfer) = try client.fetch(server.url)
      #expect(reply == Reply(status: 200, body: "hello"), "split at \(split)")
      client.recycle(transfer)
    }
    #expect(server.connectionCount == 1)
  }

  @Test("never takes a response that was reset for a whole one", arguments: [whole, chunked])
  func everyReset(_ response: String) throws {
    let bytes = Array(response.utf8)
    let server = try ScriptedServer { request, connection in
      connection.send(bytes[..<(request.number % bytes.count)])
      connection.reset()
    }
    let client = try client()
    for _ in 0..<bytes.count {
      let (reply, transfer) = try client.fetch(server.url)
      #expect(reply.failure == .disconnected || reply.failure == .malformed)
      client.recycle(transfer)
    }
  }

  /// Bytes of a response, after which the server closes the connection, and what is to come of them.
  struct Raw: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: String
    let reply: Reply

    var testDescription: String { name }
  }

  static let raws: [Raw] = [
    Raw(name: "nothing", bytes: "", reply: Reply(failure: .disconnected)),
    Raw(
      name: "too short", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
      reply: Reply(status: 200, body: "hello", failure: .disconnected)),
    Raw(
      name: "too long", bytes: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello",
      reply: Reply(status: 200, body: "he")),
    Raw(
      name: "no length", bytes: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello",
      reply: Reply(status: 200, body: "hello")),
    Raw(name: "HTTP/1.0", bytes: "HTTP/1.0 200 OK\r\n\r\nhello", reply: Reply(status: 200, body: "hello")),
    Raw(name: "HTTP/0.9", bytes: "hello", reply: Reply(failure: .malformed)),
    Raw(
      name: "a bad chunk", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      reply: Reply(status: 200, failure: .disconnected)),
    Raw(
      name: "a chunk cut off", bytes: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
      reply: Reply(status: 200, body: "he", failure: .disconnected)),
    Raw(
      name: "an interim response", bytes: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      reply: Reply(status: 200, body: "hi")),
    Raw(
      name: "not the encoding it says",
      bytes: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
      reply: Reply(status: 200, failure: .malformed)),
    Raw(name: "a teapot", bytes: "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n", reply: Reply(status: 418)),
  ]

  @Test("tells what came of odd responses", arguments: raws)
  func oddResponses(_ raw: Raw) throws {
    let server = try ScriptedServer { _, connection in
      connection.send(raw.bytes)
      connection.close()
    }
    #expect(try client().fetch(server.url).0 == raw.reply)
  }

  @Test("keeps a connection, and makes a new one when the server closed it")
  func keepAlive() throws {
    let server = try ScriptedServer { request, connection in
      connection.respond(200, "ok")
      if request.number == 9 { connection.close() }
    }
    let client = try client()
    for _ in 0..<20 {
      let (reply, transfer) = try client.fetch(server.url)
      #expect(reply == Reply(status: 200, body: "ok"))
      client.recycle(transfer)
    }
    #expect(server.connectionCount == 2)
  }

  @Test("does not follow a redirect, and does not show it the key")
  func redirect() throws {
    let other = try ScriptedServer { _, connection in connection.respond(200, "stolen") }
    let target = other.url
    let server = try ScriptedServer { _, connection in
      connection.respond(307, "", headers: ["Location: \(target)/v1"])
    }
    #expect(try client().fetch(server.url).0 == Reply(status: 307))
    #expect(other.connectionCount == 0)
  }

  @Test("finds headers whatever their case, of the last response, once")
  func headers() throws {
    let server = try ScriptedServer { _, connection in
      connection.send("HTTP/1.1 103 Early\r\nX-Value: early\r\n\r\n")
      connection.respond(
        200, "", headers: ["x-VALUE:  one two \t", "X-Value: second", "X-Value-Longer: no", "X-Empty:"])
    }
    let transfer = try client().fetch(server.url).1
    #expect(transfer.header("x-value") == "one two")
    #expect(transfer.header("x-empty") == "")
    #expect(transfer.header("x-val") == nil)
  }

  @Test("counts the decompressed size")
  func bomb() throws {
    let folder = try TestFolder()
    let bomb = try folder.shell("head -c 10000000 /dev/zero | gzip -9").output
    #expect(bomb.count < 20_000)
    let server = try ScriptedServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n")
      connection.send(bomb)
    }
    let (reply, _) = try client { $0.maximumResponse = 1_000_000 }.fetch(server.url)
    #expect(reply.failure == .tooLarge)
    #expect(reply.body.utf8.count <= 1_000_000)
    #expect(try client { $0.maximumResponse = 10_000_000 }.fetch(server.url).0.body.utf8.count == 10_000_000)
  }

  @Test("stops an endless response and an endless head", arguments: [true, false])
  func endless(_ isHead: Bool) throws {
    let server = try ScriptedServer { _, connection in
      connection.send("HTTP/1.1 200 OK\r\n" + (isHead ? "" : "\r\n"))
      let piece = isHead ? "X-Filler: \(String(repeating: "x", count: 1000))\r\n" : String(repeating: "x", count: 1000)
      for _ in 0..<20_000 { connection.send(piece) }
      connection.close()
    }
    let (reply, _) = try client { $0.maximumResponse = 100_000 }.fetch(server.url)
    #expect(reply.failure == .tooLarge)
  }

  @Test("tells apart who let it wait")
  func timeouts() throws {
    let server = try ScriptedServer { request, connection in
      if request.path == "/stream" { connection.send("HTTP/1.1 200 OK\r\n\r\nbegun") }
      connection.waitForEnd()
    }
    let client = try client()
    #expect(try client.fetch(server.url, limits: HTTPLimits(attempt: 0.05)).0.failure == .timedOut)
    let idle = HTTPLimits(attempt: 30, idle: 0.05)
    #expect(
      try client.fetch(server.url + "/stream", limits: idle).0 == Reply(status: 200, body: "begun", failure: .idle))
    let last = HTTPLimits(attempt: 30, deadline: MonotonicTime.now.adding(seconds: 0.05))
    #expect(try client.fetch(server.url, limits: last).0.failure == .deadline)
  }

  @Test("tells of a server that is not there", arguments: ["http://127.0.0.1:1/", "http://no-such-host.invalid/"])
  func unreachable(_ url: String) throws {
    #expect(try client().fetch(url).0.failure == .unreachable)
  }

  @Test("speaks only HTTP", arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "http://[::1"])
  func schemes(_ url: String) throws {
    let reply = try client().fetch(url).0
    #expect(reply.body.isEmpty)
    #expect(reply.failure == .malformed || reply.failure == .unsendable)
  }

  @Test("ends a transfer that is no longer wanted")
  func cancel() throws {
    let server = try ScriptedServer { _, connection in connection.waitForEnd() }
    let client = try client()
    let endpoint = client.endpoint(.get, url: server.url)
    let transfer = try client.start(endpoint, token: 1, limits: HTTPLimits(attempt: 30))
    while server.requests.isEmpty { _ = try client.wait(until: .past) }
    client.cancel(transfer)
    #expect(client.runningCount == 0)
    #expect(client.next() == nil)
  }

  @Test("waits for input of any kind beside its transfers")
  func input() throws {
    let client = try client()
    let file = try FileDescriptor.open("/dev/null", .readOnly)
    defer { try? file.close() }
    #expect(try client.wait(until: .never, input: file) == .input)
    let pipe = try FileDescriptor.pipe()
    #expect(try client.wait(until: .past, input: pipe.readEnd) == [])
    _ = try pipe.writeEnd.writeAll("x".utf8)
    #expect(try client.wait(until: .never, input: pipe.readEnd) == .input)
    // Asked once, told once.
    #expect(try client.wait(until: .past) == [])
    try pipe.writeEnd.close()
    #expect(try client.wait(until: .never, input: pipe.readEnd) == .input)
    try pipe.readEnd.close()
  }
}
