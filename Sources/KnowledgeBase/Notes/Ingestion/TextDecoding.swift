/// Turns the bytes of a file into UTF-8 text with LF line ends, whatever wrote them.
///
/// UTF-8 with or without a byte order mark, UTF-16 with one, and else Windows-1252, the superset of Latin-1 that old editors
/// meant. Text that is mostly UTF-8 with a few broken bytes keeps what is whole.
enum TextDecoding {
  /// Of UTF-8.
  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Why bytes are no text; nil when they are. Notes that are there already are read as well as can be, but what is taken
  /// in should be text.
  static func problem(_ bytes: [UInt8]) -> String? {
    let isLittle = bytes.starts(with: [0xFF, 0xFE])
    if isLittle || bytes.starts(with: [0xFE, 0xFF]) {
      let units = stride(from: 2, to: bytes.count - 1, by: 2).map { index in
        UInt16(bytes[isLittle ? index : index + 1]) | UInt16(bytes[isLittle ? index + 1 : index]) << 8
      }
      let isWhole = bytes.count % 2 == 0 && String(validating: units, as: UTF16.self) != nil
      return isWhole && !units.contains(0) ? nil : "is not UTF-16, which its first two bytes say it is"
    }
    return bytes.contains(0) ? "is not a text" : nil
  }

  static func utf8(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), low: 0) }
    if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), low: 1) }
    var text = bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(byteOrderMark.count)) : bytes
    if !isUTF8(text) {
      text = looksLikeUTF8(text) ? Array(String(decoding: text, as: UTF8.self).utf8) : windows1252(text)
    }
    return text.contains(0x0D) ? withLineFeeds(text) : text
  }

  static func isUTF8(_ bytes: [UInt8]) -> Bool {
    guard bytes.contains(where: { $0 >= 0x80 }) else { return true }
    return String(validating: bytes, as: UTF8.self) != nil
  }

  /// Whether more characters beyond ASCII are whole than broken.
  private static func looksLikeUTF8(_ bytes: [UInt8]) -> Bool {
    var whole = 0
    var broken = 0
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      index += 1
      guard lead >= 0x80 else { continue }
      let follow = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0
      let end = index + follow
      if follow > 0 && end <= bytes.count && bytes[index..<end].allSatisfy({ $0 & 0xC0 == 0x80 }) {
        whole += 1
        index = end
      } else {
        broken += 1
      }
    }
    return whole > broken
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, low: Int) -> [UInt8] {
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    var index = bytes.startIndex
    while index + 1 < bytes.endIndex {
      units.append(UInt16(bytes[index + low]) | UInt16(bytes[index + 1 - low]) << 8)
      index += 2
    }
    let text = Array(String(decoding: units, as: UTF16.self).utf8)
    return text.contains(0x0D) ? withLineFeeds(text) : text
  }

  /// What Windows-1252 has at 0x80...0x9F; 0 where it has nothing.
  private static let high: [UInt16] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
    0x0178,
  ]

  private static func windows1252(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count + bytes.count / 8)
    for byte in bytes {
      if byte < 0x80 {
        text.append(byte)
      } else {
        let mapped = byte < 0xA0 ? high[Int(byte) - 0x80] : UInt16(byte)
        text.append(contentsOf: String(Unicode.Scalar(mapped == 0 ? 0xFFFD : mapped) ?? "\u{FFFD}").utf8)
      }
    }
    return text
  }

  private static func withLineFeeds(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    for (index, byte) in bytes.enumerated() {
      if byte != 0x0D {
        text.append(byte)
      } else if index + 1 >= bytes.count || bytes[index + 1] != 0x0A {
        text.append(0x0A)
      }
    }
    return text
  }
}
