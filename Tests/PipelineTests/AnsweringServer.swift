import Foundation
import Synchronization

/// A server on a free port of 127.0.0.1 that gives every connection the same bytes, or says nothing at all.
final class AnsweringServer: Sendable {
  /// Where it listens.
  let url: String

  private let listener: Int32
  private let answer: [UInt8]?
  private let heads = Mutex<[String]>([])
  private let held = Mutex<[Int32]>([])

  /// Starts to listen; nil for an answer takes connections and says nothing.
  init(answer: String?) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 16) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isListening else { throw CocoaError(.featureUnsupported) }
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    let answer = answer.map { Array($0.utf8) }
    (self.listener, self.answer) = (listener, answer)
    Thread { [weak self] in
      while case let connection = accept(listener, nil, nil), connection >= 0 {
        guard let self else { break }
        self.serve(connection, answer)
      }
      close(listener)
    }.start()
  }

  deinit {
    // Ends the thread's accept, which closes the listener.
    shutdown(listener, Int32(SHUT_RDWR))
    held.withLock { for connection in $0 { close(connection) } }
  }

  /// The first lines of the requests so far.
  var requests: [String] { heads.withLock { $0.map { String($0.prefix { $0 != "\r\n" }) } } }

  /// The whole heads of the requests so far.
  var requestHeads: [String] { heads.withLock { $0 } }

  /// An answer with a JSON body.
  static func json(_ body: String, status: String = "200 OK") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
      + "Connection: close\r\n\r\n\(body)"
  }

  private func serve(_ connection: Int32, _ answer: [UInt8]?) {
    var head: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      let count = read(connection, &chunk, chunk.count)
      if count <= 0 { break }
      head += chunk[..<count]
    }
    heads.withLock { $0.append(String(decoding: head, as: UTF8.self)) }
    guard let answer else {
      held.withLock { $0.append(connection) }
      return
    }
    _ = answer.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    close(connection)
  }
}
