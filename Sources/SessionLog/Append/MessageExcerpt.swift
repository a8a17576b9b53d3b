import NDJSON
import Secrets

/// The start of an answer, as it stands in an entry: whole grapheme clusters, without secrets.
struct MessageExcerpt {
  /// How many clusters are kept.
  static let length = 200

  /// A cluster may have any number of bytes; more than this is not looked at.
  private static let most = 64 << 10

  private let redactor: Redactor

  /// A secret that starts in the excerpt is known by what follows it, in bytes.
  private let lookahead: Int

  init(_ redactor: Redactor) {
    self.redactor = redactor
    // In JSON a byte takes six at most.
    lookahead = max(512, redactor.longestValue.multipliedSaturated(by: 6))
  }

  /// Writes the excerpt of a string.
  ///
  /// - Parameters:
  ///   - value: A string.
  ///   - writer: Gets one string.
  func write(_ value: JSONValue, to writer: inout JSONWriter) {
    guard let content = value.escapedContent else { return writer.string("") }
    let start = text(content, atMost: Self.length + lookahead)
    // Escapes and secrets may leave less than is wanted.
    let isEnough = start.count > Self.length || content.count <= Self.length + lookahead
    if isEnough, let end = asciiEnd(start) {
      return start.withUnsafeBytes { writer.string(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
    }
    let text = String(decoding: text(content, atMost: Self.most), as: UTF8.self)
    writer.string(String(text.prefix(Self.length)))
  }

  /// The start of the string, unescaped and without secrets.
  private func text(_ content: UnsafeRawBufferPointer, atMost limit: Int) -> [UInt8] {
    let start = UnsafeRawBufferPointer(rebasing: content[..<safeEnd(content, atMost: limit)])
    var text: [UInt8]
    if start.firstOffset(of: UInt8(ascii: "\\"), in: 0..<start.count) != nil {
      let quoted = [UInt8(ascii: "\"")] + start + [UInt8(ascii: "\"")]
      text = quoted.withUnsafeBytes { JSONValue($0).stringBytes } ?? []
    } else {
      text = Array(start)
    }
    redactor.redact(&text)
    return text
  }

  /// Where 200 clusters end when every one is an ASCII character; nil when it is not that simple: a carriage return and
  /// the line feed behind it are one cluster, and a mark behind the last character belongs to it.
  private func asciiEnd(_ text: [UInt8]) -> Int? {
    let end = min(Self.length, text.count)
    return text[..<min(end + 1, text.count)].allSatisfy { $0 < 0x80 && $0 != 0x0D } ? end : nil
  }

  /// The last offset up to a limit that is in the middle of neither an escape nor a character.
  private func safeEnd(_ content: UnsafeRawBufferPointer, atMost limit: Int) -> Int {
    guard content.count > limit else { return content.count }
    var end = limit
    while end > 0, content[end] & 0xC0 == 0x80 { end -= 1 }
    guard content.firstOffset(of: UInt8(ascii: "\\"), in: 0..<end) != nil else { return end }
    // Where an escape starts is known only from the start.
    var position = 0
    while position < end {
      let next = position + unitLength(content, position)
      if next > end { return position }
      position = next
    }
    return end
  }

  private func unitLength(_ content: UnsafeRawBufferPointer, _ position: Int) -> Int {
    guard content[position] == UInt8(ascii: "\\") else { return 1 }
    guard content[position + 1] == UInt8(ascii: "u") else { return 2 }
    let isHighSurrogate =
      content[position + 2] | 0x20 == UInt8(ascii: "d") && "89abAB".utf8.contains(content[position + 3])
    return isHighSurrogate ? 12 : 6
  }
}
