import CSimdJSON
import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// One JSON value, as a slice of a text that was checked before. It owns nothing: it is valid as long as that text.
public struct JSONValue {
  /// The value's bytes, without white space around it; a string with its quotes.
  public let bytes: UnsafeRawBufferPointer

  /// The six kinds of RFC 8259.
  public enum Kind: Sendable, Equatable {
    case object, array, string, number, bool, null
  }

  /// Takes a slice of a text that a `JSONParser` accepted.
  ///
  /// - Parameter checked: A whole value, without white space around it.
  public init(_ checked: UnsafeRawBufferPointer) {
    bytes = checked
  }

  /// What kind of value it is.
  public var kind: Kind {
    switch bytes[0] {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    case UInt8(ascii: "n"): .null
    default: .number
    }
  }

  /// Whether it is `null`.
  public var isNull: Bool { bytes[0] == UInt8(ascii: "n") }

  /// Whether it is a string.
  public var isString: Bool { bytes[0] == UInt8(ascii: "\"") }

  /// The boolean, or nil for another kind.
  public var bool: Bool? {
    switch bytes[0] {
    case UInt8(ascii: "t"): true
    case UInt8(ascii: "f"): false
    default: nil
    }
  }

  /// The number as the nearest double (infinite when it is too large), or nil for another kind.
  public var double: Double? {
    kind == .number ? Double(String(decoding: bytes, as: UTF8.self)) : nil
  }

  /// The number when it is written as an integer that fits, or nil.
  public var int: Int? {
    kind == .number ? Int(String(decoding: bytes, as: UTF8.self)) : nil
  }

  /// A string's content, still escaped, without its quotes; nil for another kind.
  public var escapedContent: UnsafeRawBufferPointer? {
    isString ? UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1]) : nil
  }

  /// A string's content with its escapes undone, or nil for another kind.
  public var string: String? {
    guard let content = escapedContent else { return nil }
    guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
    return String(decoding: unescaped(content), as: UTF8.self)
  }

  /// A string's content as UTF-8 bytes with its escapes undone, or nil for another kind.
  public var stringBytes: [UInt8]? {
    escapedContent.map { unescaped($0) }
  }

  /// Appends a string's content, with its escapes undone.
  ///
  /// - Parameter buffer: Gets the UTF-8 bytes at its end.
  /// - Returns: False, and nothing appended, for another kind.
  @discardableResult
  public func appendStringBytes(to buffer: inout [UInt8]) -> Bool {
    guard let content = escapedContent else { return false }
    let start = buffer.count
    buffer.append(contentsOf: content)
    guard let escape = content.firstOffset(of: UInt8(ascii: "\\"), in: 0..<content.count) else { return true }
    let count = buffer.withUnsafeMutableBytes { bytes in
      undoEscapes(of: content, from: escape, into: UnsafeMutableRawBufferPointer(rebasing: bytes[(start + escape)...]))
    }
    buffer.removeLast(content.count - escape - count)
    return true
  }

  /// Writes a string's content, with its escapes undone, to memory of the caller's.
  ///
  /// - Parameter buffer: Has room for as many bytes as `escapedContent` has.
  /// - Returns: The number of bytes written, or nil when there is no room or for another kind.
  public func unescape(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard let content = escapedContent, content.count <= buffer.count else { return nil }
    return undoEscapes(of: content, from: 0, into: buffer)
  }

  /// The offset in `escapedContent` of an offset in the unescaped string.
  ///
  /// - Parameter offset: In bytes of the unescaped string, at the boundary of a character.
  /// - Returns: In bytes of `escapedContent`; nil for another kind.
  public func escapedOffset(of offset: Int) -> Int? {
    guard let content = escapedContent, let base = content.baseAddress else { return nil }
    return Int(hg_json_escaped_offset(base.assumingMemoryBound(to: UInt8.self), content.count, offset))
  }

  /// Whether it is a string with just this content.
  ///
  /// - Parameter text: The content, unescaped.
  /// - Returns: False for another content and for another kind.
  public func isString(_ text: String) -> Bool {
    // An escape is longer than what it stands for: most names are told apart by their lengths.
    guard let content = escapedContent, content.count >= text.utf8.count else { return false }
    let isEscaped = content.firstOffset(of: UInt8(ascii: "\\"), in: 0..<content.count) != nil
    // Bytes decide: as strings, "é" in one and in two scalars would be the same.
    if content.count == text.utf8.count { return !isEscaped && hasBytes(content, of: text) }
    return isEscaped && unescaped(content).elementsEqual(text.utf8)
  }

  /// The members of an object in their order, duplicates too; empty for another kind.
  public var members: JSONMembers { JSONMembers(kind == .object ? bytes : .init(start: nil, count: 0)) }

  /// The elements of an array; empty for another kind.
  public var elements: JSONElements { JSONElements(kind == .array ? bytes : .init(start: nil, count: 0)) }

  /// The value of a member, the last one where the name is there twice (as jq and Python read it).
  ///
  /// - Parameter name: The member's name, unescaped.
  /// - Returns: The value; nil when there is none, or when this is not an object.
  public subscript(name: String) -> JSONValue? {
    var found: JSONValue?
    for member in members where member.name.isString(name) { found = member.value }
    return found
  }

  /// A copy of the value's text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Whether a text of the same length is just these bytes.
private func hasBytes(_ bytes: UnsafeRawBufferPointer, of text: String) -> Bool {
  guard let base = bytes.baseAddress else { return true }
  var text = text
  return text.withUTF8 { $0.baseAddress.map { memcmp(base, $0, bytes.count) == 0 } ?? true }
}

private func unescaped(_ content: UnsafeRawBufferPointer) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: content.count) { buffer, count in
    count = undoEscapes(of: content, from: 0, into: UnsafeMutableRawBufferPointer(buffer))
  }
}

/// Undoes the escapes of a checked string from an offset on; `buffer` has room for all of it.
private func undoEscapes(
  of content: UnsafeRawBufferPointer, from start: Int, into buffer: UnsafeMutableRawBufferPointer
) -> Int {
  guard let input = content.baseAddress, let output = buffer.baseAddress else { return 0 }
  return hg_json_unescape(
    input.assumingMemoryBound(to: UInt8.self) + start, content.count - start,
    output.assumingMemoryBound(to: UInt8.self))
}

/// The members of an object.
public struct JSONMembers: Sequence, IteratorProtocol {
  private var cursor: JSONCursor

  init(_ object: UnsafeRawBufferPointer) { cursor = JSONCursor(container: object) }

  /// The next member: its name (a string) and its value.
  public mutating func next() -> (name: JSONValue, value: JSONValue)? {
    guard cursor.advanceToItem() else { return nil }
    let name = cursor.takeValue()
    cursor.skipColon()
    return (name, cursor.takeValue())
  }
}

/// The elements of an array.
public struct JSONElements: Sequence, IteratorProtocol {
  private var cursor: JSONCursor

  init(_ array: UnsafeRawBufferPointer) { cursor = JSONCursor(container: array) }

  /// The next element.
  public mutating func next() -> JSONValue? {
    cursor.advanceToItem() ? cursor.takeValue() : nil
  }
}
