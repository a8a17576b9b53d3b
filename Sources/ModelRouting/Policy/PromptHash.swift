import Crypto
public import NDJSON
import Records

/// The first 8 bytes, big-endian, of SHA-256 over `system`, one zero byte, and `user`, in UTF-8.
///
/// Anyone can check it: `printf 'sys\0user' | sha256sum | cut -c1-16`.
public struct PromptHash: Sendable, Hashable {
  /// The number.
  public let value: UInt64

  /// Takes a number.
  ///
  /// - Parameter value: The first 8 bytes of the digest, big-endian.
  public init(value: UInt64) {
    self.value = value
  }

  /// Hashes a prompt.
  ///
  /// - Parameters:
  ///   - system: The system prompt; empty when there is none.
  ///   - user: The task.
  public init(system: String, user: String) {
    var hasher = PromptHasher()
    hasher.append(Array(system.utf8))
    hasher.append([0])
    hasher.append(Array(user.utf8))
    self = hasher.finish()
  }

  /// Hashes the prompt of a record.
  ///
  /// With `messages`, wherever they are, the text of the system and developer messages stands for `system` and the text
  /// of all others for `user`; texts are joined by one zero byte. So a conversation of one system and one user message
  /// has the hash of the same two as members. Parts count as their text; images and the like as they are written.
  ///
  /// - Parameter record: The record.
  public init(_ record: Record) {
    let prompt = record.prompt
    var hasher = PromptHasher()
    if let messages = prompt.messages {
      hasher.append(messages)
    } else {
      if let system = prompt.system { hasher.append(content: system) }
      hasher.append([0])
      if let user = prompt.user { hasher.append(content: user) }
    }
    self = hasher.finish()
  }

  /// Where the hash lies between all hashes, `0..<1`: a share of prompts is those below a number.
  public var fraction: Double { Double(value >> 11) * 0x1p-53 }

  /// 16 hexadecimal digits, as `sha256sum` begins.
  public var hexadecimal: String {
    var digits: [UInt8] = []
    appendHexadecimal(to: &digits)
    return String(decoding: digits, as: UTF8.self)
  }

  /// Appends the 16 hexadecimal digits.
  func appendHexadecimal(to bytes: inout [UInt8]) {
    for shift in stride(from: 60, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 0xF
      bytes.append(digit < 10 ? digit + UInt8(ascii: "0") : digit - 10 + UInt8(ascii: "a"))
    }
  }
}

/// Collects what a prompt hash is over.
private struct PromptHasher {
  private var digest = SHA256()

  mutating func append(_ bytes: [UInt8]) { digest.update(data: bytes) }

  /// The text of a string or of parts; nothing for another kind.
  mutating func append(content: JSONValue) {
    if content.isString { return append(text: content) }
    for part in content.elements {
      if let text = part["text"] { append(text: text) } else { digest.update(bufferPointer: part.bytes) }
    }
  }

  /// The decoded text of a string; nothing for another kind. Text without escapes is hashed where it lies.
  private mutating func append(text value: JSONValue) {
    guard let content = value.escapedContent else { return }
    if content.firstOffset(of: UInt8(ascii: "\\"), in: 0..<content.count) == nil {
      digest.update(bufferPointer: content)
    } else {
      digest.update(data: value.stringBytes ?? [])
    }
  }

  mutating func append(_ messages: JSONValue) {
    let isSystem = { (message: JSONValue) in
      let role = message["role"]
      return role?.isString("system") == true || role?.isString("developer") == true
    }
    append(messages.elements.filter(isSystem))
    append([0])
    append(messages.elements.filter { !isSystem($0) })
  }

  private mutating func append(_ messages: [JSONValue]) {
    for (index, message) in messages.enumerated() {
      if index > 0 { append([0]) }
      if let content = message["content"] { append(content: content) }
    }
  }

  func finish() -> PromptHash {
    PromptHash(value: digest.finalize().prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
  }
}
