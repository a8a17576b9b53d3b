import Servers
import Testing

/// A stream and the events in it, as `name|data`.
struct EventCase: Sendable, CustomTestStringConvertible {
  let name: String
  let stream: String
  let events: [String]

  var testDescription: String { name }
}

@Suite("Server-sent events")
struct ServerSentEventTests {
  static let cases: [EventCase] = [
    EventCase(name: "nothing", stream: "", events: []),
    EventCase(name: "one", stream: "data: a\n\n", events: ["|a"]),
    EventCase(name: "no space", stream: "data:a\n\n", events: ["|a"]),
    EventCase(name: "one space only is taken", stream: "data:  a \n\n", events: ["| a "]),
    EventCase(name: "CR", stream: "data: a\r\rdata: b\r\r", events: ["|a", "|b"]),
    EventCase(name: "CRLF", stream: "data: a\r\n\r\ndata: b\r\n\r\n", events: ["|a", "|b"]),
    EventCase(name: "mixed ends", stream: "data: a\r\n\ndata: b\r\rdata: c\n\r\n", events: ["|a", "|b", "|c"]),
    EventCase(name: "CR then LF are one end", stream: "data: a\r\ndata: b\r\n\r\n", events: ["|a\nb"]),
    EventCase(name: "comment", stream: ": ping\n\ndata: a\n: pong\n\n", events: ["|a"]),
    EventCase(name: "several lines", stream: "data: a\ndata\ndata: c\n\n", events: ["|a\n\nc"]),
    EventCase(name: "named", stream: "event: error\ndata: a\n\ndata: b\n\n", events: ["error|a", "|b"]),
    EventCase(name: "name without data is none", stream: "event: x\n\ndata: b\n\n", events: ["|b"]),
    EventCase(name: "other fields", stream: "id: 1\nretry: 5\nfoo: bar\ndata: a\n\n", events: ["|a"]),
    EventCase(name: "field name only in part", stream: "dat: x\ndatax: y\ndata: a\n\n", events: ["|a"]),
    EventCase(name: "colons in data", stream: "data: a: b:c\n\n", events: ["|a: b:c"]),
    EventCase(name: "byte-order mark", stream: "\u{FEFF}data: a\n\n", events: ["|a"]),
    EventCase(name: "mark only at the start", stream: "data: a\n\n\u{FEFF}data: b\n\n", events: ["|a"]),
    EventCase(name: "cut off", stream: "data: a\n\ndata: b\n", events: ["|a"]),
    EventCase(name: "empty data", stream: "data:\n\n", events: ["|"]),
    EventCase(name: "not ASCII", stream: "data: é😀\u{2028}\n\n", events: ["|é😀\u{2028}"]),
    EventCase(name: "NUL", stream: "data: a\0b\n\n", events: ["|a\0b"]),
  ]

  private func events(_ chunks: [ArraySlice<UInt8>]) -> [String] {
    var parser = ServerSentEventParser()
    var events: [String] = []
    for chunk in chunks {
      chunk.withUnsafeBytes { bytes in
        parser.feed(bytes) { name, data in
          events.append(String(decoding: name, as: UTF8.self) + "|" + String(decoding: data, as: UTF8.self))
        }
      }
    }
    return events
  }

  @Test("are found whatever the split", arguments: cases)
  func everySplit(_ example: EventCase) {
    let bytes = Array(example.stream.utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let chunks = [bytes[..<first], bytes[first..<second], bytes[second...]]
        #expect(events(chunks) == example.events, "split at \(first) and \(second)")
      }
    }
    #expect(events(bytes.indices.map { bytes[$0...$0] }) == example.events, "byte by byte")
  }

  @Test("may have lines of megabytes")
  func longLine() {
    let data = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
    let stream = Array("data: ".utf8) + data + Array("\n\n".utf8)
    let chunks = stride(from: 0, to: stream.count, by: 16_384).map { stream[$0..<min($0 + 16_384, stream.count)] }
    #expect(events(chunks) == ["|" + String(decoding: data, as: UTF8.self)])
  }
}
