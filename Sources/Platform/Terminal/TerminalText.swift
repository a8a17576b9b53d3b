/// Text from outside as a terminal may show it: nothing in it moves the cursor, asks the terminal anything, or turns the
/// direction of what follows.
///
/// What is taken for a control: C0 with ESC and BEL, DEL, C1 (U+0080 to U+009F, which UTF-8 writes in two bytes), the
/// controls of direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069), and bytes that are no UTF-8, for
/// a terminal that is not set to UTF-8 reads C1 in them. Each is shown as JSON writes it, `\u001b`: a line of JSON stays
/// the same JSON.
public enum TerminalText {
  /// What becomes of line ends and tabs.
  public enum Layout: Sendable {
    /// They stay, as in an answer; a CR without an LF does not, for what follows it would hide what came before.
    case kept
    /// They are shown as `\n`, `\r`, `\t`, `\u2028`: a message and a cell of a table are one line.
    case oneLine
  }

  /// Makes a text safe.
  ///
  /// - Parameters:
  ///   - text: Any text.
  ///   - layout: What becomes of line ends and tabs.
  /// - Returns: The text, with what would act on the terminal escaped.
  public static func escaped(_ text: String, _ layout: Layout) -> String {
    var bytes: [UInt8] = []
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0), to: &bytes, layout) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Makes bytes safe. Linear in their number.
  ///
  /// - Parameters:
  ///   - bytes: Any bytes, mostly UTF-8.
  ///   - output: Gets them, with what would act on the terminal escaped.
  ///   - layout: What becomes of line ends and tabs.
  public static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8], _ layout: Layout) {
    output.reserveCapacity(output.count + bytes.count)
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      if (0x20..<0x7F).contains(byte) || isLayout(byte, at: position, in: bytes, layout) {
        output.append(byte)
        position += 1
        continue
      }
      let length = sequenceLength(at: position, in: bytes)
      let scalar = length == 0 ? UInt32(byte) : scalar(bytes[position..<position + length])
      if length > 1, !isControl(scalar, layout) {
        output.append(contentsOf: bytes[position..<position + length])
      } else {
        append(escapeOf: scalar, to: &output)
      }
      position += max(length, 1)
    }
  }

  private static func isLayout(
    _ byte: UInt8, at position: Int, in bytes: UnsafeRawBufferPointer, _ layout: Layout
  ) -> Bool {
    guard layout == .kept else { return false }
    return byte == 0x0A || byte == 0x09
      || (byte == 0x0D && position + 1 < bytes.count && bytes[position + 1] == 0x0A)
  }

  private static func isControl(_ scalar: UInt32, _ layout: Layout) -> Bool {
    switch scalar {
    case 0x80...0x9F, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    case 0x2028, 0x2029: layout == .oneLine
    default: false
    }
  }

  private static func append(escapeOf scalar: UInt32, to output: inout [UInt8]) {
    switch scalar {
    case 0x0A: output.append(contentsOf: #"\n"#.utf8)
    case 0x0D: output.append(contentsOf: #"\r"#.utf8)
    case 0x09: output.append(contentsOf: #"\t"#.utf8)
    default:
      let digits = String(scalar, radix: 16)
      output.append(contentsOf: "\\u\(String(repeating: "0", count: max(0, 4 - digits.utf8.count)))\(digits)".utf8)
    }
  }

  /// The bytes of the UTF-8 sequence that starts at `start`; 0 when none does.
  private static func sequenceLength(at start: Int, in bytes: UnsafeRawBufferPointer) -> Int {
    let length: Int
    // The second byte's range keeps out what is written longer than need be, surrogates, and what is past U+10FFFF.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch bytes[start] {
    case 0..<0x80: return 1
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return 0
    }
    guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { return 0 }
    for offset in 2..<max(length, 2) where bytes[start + offset] & 0xC0 != 0x80 { return 0 }
    return length
  }

  private static func scalar(_ sequence: Slice<UnsafeRawBufferPointer>) -> UInt32 {
    guard let first = sequence.first, first >= 0x80 else { return UInt32(sequence.first ?? 0) }
    let head = UInt32(first) & (0x7F >> UInt32(sequence.count))
    return sequence.dropFirst().reduce(head) { $0 << 6 | UInt32($1 & 0x3F) }
  }
}
