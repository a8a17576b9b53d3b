import NDJSON

#if canImport(Glibc)
  import Glibc
#endif

/// Copies of JSON values that fit on one line: a server may send its JSON with line ends between the members.
enum JSONCompactor {
  /// Copies a value, byte for byte unless there are line ends in it: then without the white space between its tokens.
  static func copy(_ value: JSONValue) -> [UInt8] {
    let bytes = value.bytes
    guard let base = bytes.baseAddress else { return [] }
    // Within a string a line end is always escaped.
    if memchr(base, 0x0A, bytes.count) == nil && memchr(base, 0x0D, bytes.count) == nil { return Array(bytes) }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var isInString = false
    var isEscaped = false
    for byte in bytes {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if byte <= 0x20 {
        continue
      }
      output.append(byte)
    }
    return output
  }
}
