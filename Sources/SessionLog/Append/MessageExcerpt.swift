import NDJSON

/// The start of an answer, as it stands in an entry: whole grapheme clusters, without secrets.
struct MessageExcerpt {
  /// How many clusters are kept.
  static let length = 200

  /// A secret that starts in the excerpt is known by what follows it.
  private static let lookahead = 512

  /// A cluster may have any number of bytes; more than this is not looked at.
  private static let most = 64 << 10

  private let redactor: Redactor

  init(_ redactor: Redactor) { self.redactor = redactor }

  /// Writes the excerpt of a string.
  ///
  /// - Parameters:
  ///   - content: The string's escaped content.
  ///   - writer: Gets one string.
  func write(_ content: UnsafeRawBufferPointer, to writer: inout JSONWriter) {
    var window = Array(content[..<safeEnd(content, atMost: Self.length + Self.lookahead)])
    redactor.redact(&window)
    if let end = plainEnd(window) {
      window.withUnsafeBytes { writer.escapedString(UnsafeRawBufferPointer(rebasing: $0[..<end])) }
      return
    }
    window = Array(content[..<safeEnd(content, atMost: Self.most)])
    redactor.redact(&window)
    var quoted = [UInt8(ascii: "\"")]
    quoted += window
    quoted.append(UInt8(ascii: "\""))
    let text = quoted.withUnsafeBytes { JSONValue($0).string } ?? ""
    writer.string(String(text.prefix(Self.length)))
  }

  /// Where 200 clusters end when every one is an ASCII character; nil when it is not that simple.
  private func plainEnd(_ window: [UInt8]) -> Int? {
    var position = 0
    for _ in 0..<Self.length {
      guard position < window.count else { break }
      switch window[position] {
      case UInt8(ascii: "\\"):
        // A carriage return and the line feed behind it are one cluster; \u may be anything.
        let kind = window[position + 1]
        if kind == UInt8(ascii: "u") || kind == UInt8(ascii: "r") { return nil }
        position += 2
      case 0x80...: return nil
      default: position += 1
      }
    }
    // A mark behind the last character belongs to it.
    if position < window.count, window[position] >= 0x80 || window[position] == UInt8(ascii: "\\") {
      return window[position] == UInt8(ascii: "\\") && window[position + 1] != UInt8(ascii: "u") ? position : nil
    }
    return position
  }

  /// The last offset up to a limit that is in the middle of neither an escape nor a character.
  private func safeEnd(_ content: UnsafeRawBufferPointer, atMost limit: Int) -> Int {
    guard content.count > limit else { return content.count }
    var end = limit
    while end > 0, content[end] & 0xC0 == 0x80 { end -= 1 }
    guard content[..<end].contains(UInt8(ascii: "\\")) else { return end }
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
