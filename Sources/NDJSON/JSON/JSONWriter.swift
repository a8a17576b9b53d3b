import CSimdJSON

#if canImport(Glibc)
  import Glibc
#endif

/// Writes JSON text, without white space, into bytes it owns. It sets the commas itself.
public struct JSONWriter {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  private var needsComma = false

  /// Makes an empty writer.
  public init() {}

  /// Makes an empty writer with room for a number of bytes.
  ///
  /// - Parameter capacity: What will probably be written, in bytes.
  public init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// The bytes of one value.
  ///
  /// - Parameter body: Writes one value.
  /// - Returns: Its JSON.
  package static func bytes(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var writer = JSONWriter()
    body(&writer)
    return writer.bytes
  }

  /// Forgets what was written and keeps the memory.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    needsComma = false
  }

  /// Starts a new top-level value behind what is there.
  mutating func startOver() { needsComma = false }

  /// Drops all but the first bytes.
  mutating func truncate(to count: Int) { bytes.removeSubrange(count...) }

  /// Writes an object.
  ///
  /// - Parameter body: Writes the members.
  /// - Throws: What the body throws; the object is unfinished then.
  public mutating func object<Failure: Error>(
    _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    open(UInt8(ascii: "{"))
    try body(&self)
    close(UInt8(ascii: "}"))
  }

  /// Writes an array.
  ///
  /// - Parameter body: Writes the elements.
  /// - Throws: What the body throws; the array is unfinished then.
  public mutating func array<Failure: Error>(
    _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    open(UInt8(ascii: "["))
    try body(&self)
    close(UInt8(ascii: "]"))
  }

  /// Writes a member's name; the value must follow.
  ///
  /// - Parameter name: A literal in the program that needs no escapes.
  public mutating func name(_ name: MemberName) {
    // Put together beside the array, for each append to that looks again whether there is room.
    withUnsafeTemporaryAllocation(byteCount: name.count + 4, alignment: 8) { buffer in
      guard let base = buffer.baseAddress else { return }
      buffer[0] = UInt8(ascii: ",")
      buffer[1] = UInt8(ascii: "\"")
      memcpy(base + 2, name.start, name.count)
      buffer[name.count + 2] = UInt8(ascii: "\"")
      buffer[name.count + 3] = UInt8(ascii: ":")
      let start = needsComma ? 0 : 1
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: base + start, count: name.count + 4 - start))
    }
    needsComma = false
  }

  /// Writes a member's name that is known only now; the value must follow.
  ///
  /// - Parameter name: The name, unescaped.
  public mutating func name(any name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a string.
  ///
  /// - Parameter text: The content, unescaped.
  public mutating func string(_ text: String) {
    var text = text
    text.withUTF8 { string(UnsafeRawBufferPointer($0)) }
  }

  /// Writes a string.
  ///
  /// - Parameter content: The content, unescaped, valid UTF-8.
  public mutating func string(_ content: UnsafeRawBufferPointer) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    appendEscaped(content)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a string.
  ///
  /// - Parameter content: The content, unescaped, valid UTF-8.
  public mutating func string(_ content: [UInt8]) {
    content.withUnsafeBytes { string($0) }
  }

  /// Writes a string whose content is escaped already.
  ///
  /// - Parameter content: As it stands in a checked text, without its quotes.
  public mutating func escapedString(_ content: UnsafeRawBufferPointer) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    bytes.append(contentsOf: content)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a value without the white space between its tokens; strings and numbers keep their bytes.
  ///
  /// - Parameter value: A slice of a checked text, which may run over several lines.
  public mutating func compact(_ value: JSONValue) {
    separate()
    let start = bytes.count
    bytes.append(contentsOf: value.bytes)
    let count = bytes.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
      return Int(hg_json_compact(base + start, bytes.count - start))
    }
    bytes.removeLast(value.bytes.count - count)
  }

  /// Writes an integer.
  ///
  /// - Parameter value: Any.
  public mutating func int(_ value: some BinaryInteger) {
    separate()
    guard let small = UInt32(exactly: value) else { return bytes.append(contentsOf: String(value).utf8) }
    // Counts and times fit, and need no string of their own.
    var divisor: UInt32 = 1
    while small / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(small / divisor % 10))
      divisor /= 10
    }
  }

  /// Writes a number with the fewest digits that read back as the same, 0 without a sign; null when it is not finite.
  ///
  /// - Parameter value: Any.
  public mutating func double(_ value: Double) {
    separate()
    guard value.isFinite else {
      bytes.append(contentsOf: "null".utf8)
      return
    }
    let text = (value == 0 ? 0 : value).description
    bytes.append(contentsOf: text.hasSuffix(".0") ? text.dropLast(2).utf8 : text[...].utf8)
  }

  /// Writes a boolean.
  ///
  /// - Parameter value: Any.
  public mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes null.
  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a value byte for byte.
  ///
  /// - Parameter value: A slice of a checked text.
  public mutating func value(_ value: JSONValue) {
    raw(value.bytes)
  }

  /// Writes bytes that are a JSON value already.
  ///
  /// - Parameter json: One whole value.
  public mutating func raw(_ json: UnsafeRawBufferPointer) {
    separate()
    bytes.append(contentsOf: json)
  }

  /// Writes bytes that are a JSON value already.
  ///
  /// - Parameter json: One whole value.
  public mutating func raw(_ json: [UInt8]) {
    json.withUnsafeBytes { raw($0) }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func appendEscaped(_ content: UnsafeRawBufferPointer) {
    var rest = content
    while let base = rest.baseAddress, !rest.isEmpty {
      let plain = hg_json_plain_prefix(base.assumingMemoryBound(to: UInt8.self), rest.count)
      // A slice would be copied byte by byte.
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: plain))
      guard plain < rest.count else { return }
      appendEscape(rest[plain])
      rest = UnsafeRawBufferPointer(rebasing: rest[(plain + 1)...])
    }
  }

  private mutating func appendEscape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    default:
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(byte >> 4 + UInt8(ascii: "0"))
      let low = byte & 0xF
      bytes.append(low < 10 ? low + UInt8(ascii: "0") : low - 10 + UInt8(ascii: "a"))
    }
  }
}
