import NDJSON

/// Takes secrets out of text that is about to be logged: keys that start with `sk-`, bearer tokens, and the values of
/// the key variables.
///
/// It works on the escaped content of JSON strings; what it puts in needs no escape.
public struct Redactor: Sendable {
  /// The variables whose values are secrets.
  public static let variables = [
    "LITELLM_API_KEY", "LITELLM_PROXY_API_KEY", "LITELLM_MASTER_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY",
    "BRAIN_TOKEN",
  ]

  /// A shorter value could be any word.
  private static let shortestValue = 6
  private static let replacement = Array("[redacted]".utf8)
  private static let keyPrefix = Array("sk-".utf8)
  private static let bearer = Array("earer ".utf8)

  private let values: [[UInt8]]

  /// Makes a redactor.
  ///
  /// - Parameter secrets: The values of the key variables that are set, unescaped.
  public init(secrets: [String]) {
    values = secrets.filter { $0.utf8.count >= Self.shortestValue }.map { secret in
      var writer = JSONWriter()
      writer.string(secret)
      return Array(writer.bytes.dropFirst().dropLast())
    }.sorted { $0.count > $1.count }
  }

  /// Replaces the secrets behind an offset.
  ///
  /// - Parameters:
  ///   - json: JSON, or a part of a string's escaped content.
  ///   - start: Where to begin, an offset in bytes.
  public func redact(_ json: inout [UInt8], from start: Int = 0) {
    let found = secrets(in: json, from: start)
    guard !found.isEmpty else { return }
    var output = Array(json[..<start])
    var position = start
    for range in found where range.lowerBound >= position {
      output += json[position..<range.lowerBound] + Self.replacement
      position = range.upperBound
    }
    json = output + json[position...]
  }

  /// Where the secrets are, by their start.
  private func secrets(in json: [UInt8], from start: Int) -> [Range<Int>] {
    json.withUnsafeBytes { bytes in
      var found: [Range<Int>] = []
      for value in values {
        forEach(value, in: bytes, from: start) { found.append($0..<$0 + value.count) }
      }
      forEach(Self.keyPrefix, in: bytes, from: start) { place in
        let end = endOfToken(in: bytes, from: place)
        if end - place >= 7, isBoundary(bytes, place, start) { found.append(place..<end) }
      }
      forEach(Self.bearer, in: bytes, from: start) { place in
        let token = place + Self.bearer.count
        let end = endOfToken(in: bytes, from: token)
        let isBearer = place > start && (bytes[place - 1] == UInt8(ascii: "B") || bytes[place - 1] == UInt8(ascii: "b"))
        if isBearer, end - token >= 6 { found.append(token..<end) }
      }
      return found.sorted { $0.lowerBound < $1.lowerBound }
    }
  }

  private func forEach(
    _ needle: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int, _ body: (Int) -> Void
  ) {
    var position = start
    while let place = bytes.firstOffset(of: needle, in: position..<bytes.count) {
      body(place)
      position = place + 1
    }
  }

  private func endOfToken(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var end = start
    while end < bytes.count, isWord(bytes[end]) || "-_.~+/=".utf8.contains(bytes[end]) { end += 1 }
    return end
  }

  /// Whether a word starts here: `risk-free` holds no key.
  private func isBoundary(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ start: Int) -> Bool {
    guard place > start, isWord(bytes[place - 1]) else { return true }
    // What looks like a letter may be the end of an escape: \n, or \u00e9.
    let escape = UInt8(ascii: "\\")
    if place - 2 >= start, bytes[place - 2] == escape { return true }
    return place - 6 >= start && bytes[place - 6] == escape && bytes[place - 5] == UInt8(ascii: "u")
  }

  private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
