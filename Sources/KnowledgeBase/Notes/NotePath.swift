import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Paths of notes as text, also of those whose names are not UTF-8.
///
/// A byte that is not UTF-8 is written `\xE9`, as Python, C and `$'...'` of a shell have it, and a backslash that would look
/// like the beginning of one is `\x5C`. Each name has one such text and each text one name; all ordinary names are their own.
enum NotePath {
  /// The text of a path's bytes.
  static func text(_ bytes: some Collection<UInt8>) -> String {
    if !bytes.contains(UInt8(ascii: "\\")), let path = String(validating: bytes, as: UTF8.self) { return path }
    var text: [UInt8] = []
    var rest = Array(bytes)[...]
    while let byte = rest.first {
      if let length = characterLength(rest) {
        if byte == UInt8(ascii: "\\"), escaped(rest) != nil {
          text += Array("\\x5C".utf8)
        } else {
          text += rest.prefix(length)
        }
        rest = rest.dropFirst(length)
      } else {
        text += Array("\\x".utf8) + [digit(byte >> 4), digit(byte & 15)]
        rest = rest.dropFirst()
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes that a text stands for.
  static func bytes(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return Array(text.utf8) }
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "\\"), let value = escaped(rest) {
        bytes.append(value)
        rest = rest.dropFirst(4)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return bytes
  }

  /// The text of a path that ends with a zero.
  static func text(cString: UnsafePointer<CChar>) -> String {
    text(UnsafeRawBufferPointer(start: cString, count: strlen(cString)))
  }

  /// The path as system calls take it.
  static func file(_ text: String) -> FilePath { FilePath(platformString: cString(text)) }

  /// The bytes of a path as C takes them, with a zero at the end.
  static func cString(_ text: String) -> [CChar] { bytes(text).map { CChar(bitPattern: $0) } + [0] }

  /// The value of `\xHH` at the beginning, when it is one that `text` writes.
  private static func escaped(_ rest: ArraySlice<UInt8>) -> UInt8? {
    let escape = Array(rest.prefix(4))
    guard escape.count == 4, escape[1] == UInt8(ascii: "x"), let high = value(escape[2]), let low = value(escape[3])
    else {
      return nil
    }
    let byte = high << 4 | low
    return byte >= 0x80 || byte == UInt8(ascii: "\\") ? byte : nil
  }

  /// How long the character at the beginning is; nil when that is no UTF-8.
  private static func characterLength(_ rest: ArraySlice<UInt8>) -> Int? {
    guard let lead = rest.first else { return nil }
    let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    return rest.count >= length && String(validating: rest.prefix(length), as: UTF8.self) != nil ? length : nil
  }

  private static func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? 0x30 : 0x37) }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }
}
