/// The first words that a program printed, as they go into a record.
struct Feedback {
  /// How much is kept, in bytes.
  static let limit = 4096

  private var bytes: [UInt8] = []
  private var isCut = false

  /// Whether nothing of what comes now is kept.
  var isFull: Bool { bytes.count == Self.limit }

  /// Takes more; what is too much is dropped.
  mutating func append(_ more: UnsafeRawBufferPointer) {
    let room = Self.limit - bytes.count
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: more.prefix(room)))
    if more.count > room { isCut = true }
  }

  /// The text: whole characters, without white space at both ends; what is no UTF-8 is replaced.
  var text: String {
    let text = String(decoding: isCut ? bytes.dropLast(Self.lengthOfPart(bytes)) : bytes[...], as: UTF8.self)
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
  }

  /// How many bytes at the end begin a character whose rest is missing.
  private static func lengthOfPart(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let byte = bytes[bytes.count - length]
      if byte & 0xC0 == 0x80 { continue }
      let whole = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      return whole > length ? length : 0
    }
    return 0
  }
}
