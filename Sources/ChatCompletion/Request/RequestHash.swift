import Crypto
import Servers

/// The identity of a request: SHA-256 of the body as it would be sent to the first model, without the members that
/// only choose how the answer comes (`stream`, `stream_options`, `disable_fallbacks`).
///
/// Neither the server's address nor the key is part of it: the same question asked elsewhere is the same question.
enum RequestHash {
  /// 64 hexadecimal digits in lower case.
  ///
  /// - Parameter identity: `ChatRequest.identity`.
  /// - Returns: The digits.
  static func hex(of identity: HTTPBody) -> [UInt8] {
    SHA256.hash(data: identity.bytes).withUnsafeBytes { digest in
      [UInt8](unsafeUninitializedCapacity: 2 * digest.count) { text, count in
        for place in 0..<digest.count {
          text[2 * place] = digit(digest[place] >> 4)
          text[2 * place + 1] = digit(digest[place] & 15)
        }
        count = 2 * digest.count
      }
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
  }
}
