import Crypto

/// The identity of a request: SHA-256 of the body as it would be sent to the first model, without the members that
/// only choose how the answer comes (`stream`, `stream_options`, `disable_fallbacks`).
///
/// The server's address is no part of it, nor is the key: the same question asked elsewhere is the same question.
enum RequestHash {
  /// Hashes a request.
  ///
  /// - Parameter identity: The body.
  /// - Returns: 64 hexadecimal digits in lower case.
  static func hex(_ identity: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(64)
    for byte in SHA256.hash(data: identity) {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return text
  }
}
