import NDJSON
public import SystemPackage

/// Where the key comes from, and how it stays out of everything that is written.
public struct APIKey: Sendable {
  /// Where a key comes from.
  public enum Source: Sendable {
    /// There is none.
    case none
    /// A variable held it.
    case value(String)
    /// A file holds it, read again for each request, so that a new key works at once.
    case file(FilePath)
  }

  private let source: Source

  /// Takes a source.
  ///
  /// - Parameter source: Where the key comes from.
  public init(_ source: Source) { self.source = source }

  /// The key as it is now.
  ///
  /// - Returns: The key, or nil when there is none.
  /// - Throws: The error of the file.
  public func current() throws(Errno) -> String? {
    switch source {
    case .none: return nil
    case .value(let key): return key.isEmpty ? nil : key
    case .file(let path):
      let text = try Self.read(path)
      let key = text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
      return key.isEmpty ? nil : String(key)
    }
  }

  private static func read(_ path: FilePath) throws(Errno) -> String {
    do {
      let file = try FileDescriptor.open(path, .readOnly)
      defer { try? file.close() }
      // No key is longer; a wrong path must not read a disk.
      var bytes = [UInt8](repeating: 0, count: 64 << 10)
      let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0) }
      return String(decoding: bytes[..<count], as: UTF8.self)
    } catch let error as Errno {
      throw error
    } catch {
      throw .ioError
    }
  }
}

/// Takes secrets out of what a server said.
public struct Redactor: Sendable {
  /// So many bytes of a key in a row give it away.
  static let run = 8

  private let secret: [UInt8]

  /// Makes a redactor.
  ///
  /// - Parameter key: The key in use, if any.
  public init(key: String?) { secret = Array((key ?? "").utf8) }

  /// The text without the key, without longer pieces of it, and without whatever looks like one (`sk-...`,
  /// `Bearer ...`): a server echoes what it was sent, and sometimes what it knows.
  ///
  /// - Parameter text: Any.
  /// - Returns: The text with `***` in those places.
  public func redact(_ text: String) -> String {
    var bytes = hideKey(Array(text.utf8))
    bytes = hideWord(after: "sk-", in: bytes)
    bytes = hideWord(after: "Bearer ", in: bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  private func hideKey(_ bytes: [UInt8]) -> [UInt8] {
    let shortest = min(Self.run, secret.count)
    guard shortest > 0 else { return bytes }
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let length = longestMatch(bytes[index...])
      if length >= shortest {
        result.append(contentsOf: "***".utf8)
        index += length
      } else {
        result.append(bytes[index])
        index += 1
      }
    }
    return result
  }

  private func longestMatch(_ bytes: ArraySlice<UInt8>) -> Int {
    var longest = 0
    for start in secret.indices where secret[start] == bytes.first {
      let length = zip(secret[start...], bytes).prefix { $0 == $1 }.count
      longest = max(longest, length)
    }
    return longest
  }

  private func hideWord(after mark: String, in bytes: [UInt8]) -> [UInt8] {
    let mark = Array(mark.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let isAtWordStart = index == 0 || !isWordByte(bytes[index - 1])
      guard isAtWordStart, bytes[index...].starts(with: mark) else {
        result.append(bytes[index])
        index += 1
        continue
      }
      result.append(contentsOf: mark)
      index += mark.count
      let word = bytes[index...].prefix(while: isWordByte)
      if !word.isEmpty { result.append(contentsOf: "***".utf8) }
      index += word.count
    }
    return result
  }

  private func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "*"):
      true
    default: false
    }
  }
}
