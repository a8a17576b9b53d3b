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
    guard kind == .number else { return nil }
    return ShortDecimal(bytes)?.double ?? Double(String(decoding: bytes, as: UTF8.self))
  }

  /// The number when it is written as an integer that fits, or nil.
  public var int: Int? {
    guard kind == .number else { return nil }
    if let short = ShortDecimal(bytes) { return short.int }
    return Int(String(decoding: bytes, as: UTF8.self))
  }

  /// A string's content, still escaped, without its quotes; nil for another kind.
  public var escapedContent: UnsafeRawBufferPointer? {
    isString ? UnsafeRawBufferPointer(rebasing: bytes[1..<bytes.count - 1]) : nil
  }

  /// A string's content with its escapes undone, or nil for another kind.
  public var string: String? {
    guard let content = escapedContent else { return nil }
    guard content.contains(UInt8(ascii: "\\")) else { return String(decoding: content, as: UTF8.self) }
    return String(decoding: EscapedString(content).unescaped, as: UTF8.self)
  }

  /// A string's content as UTF-8 bytes with its escapes undone, or nil for another kind.
  public var stringBytes: [UInt8]? {
    escapedContent.map { EscapedString($0).unescaped }
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
      let rest = EscapedString(UnsafeRawBufferPointer(rebasing: content[escape...]))
      return rest.unescape(into: UnsafeMutableRawBufferPointer(rebasing: bytes[(start + escape)...]))
    }
    buffer.removeLast(content.count - escape - count)
    return true
  }

  /// Whether it is a string with just this content.
  ///
  /// - Parameter text: The content, unescaped.
  /// - Returns: False for another content and for another kind.
  public func isString(_ text: String) -> Bool {
    let length = text.utf8.count
    // Escapes make a string longer, never shorter.
    guard let content = escapedContent, content.count >= length else { return false }
    let hasEscape = { content.firstOffset(of: UInt8(ascii: "\\"), in: 0..<content.count) != nil }
    // Bytes decide: as strings, "é" in one and in two scalars would be the same.
    guard content.count == length else {
      return hasEscape() && EscapedString(content).unescaped.elementsEqual(text.utf8)
    }
    var text = text
    let isSame = text.withUTF8 { expected in
      guard let left = expected.baseAddress, let right = content.baseAddress else { return true }
      return memcmp(left, right, length) == 0
    }
    return isSame && !hasEscape()
  }

  /// Whether it is the string that a member's name is.
  ///
  /// - Parameter name: The name, a literal in the program.
  /// - Returns: False for another content and for another kind.
  public func isNamed(_ name: MemberName) -> Bool {
    guard isString, let base = bytes.baseAddress else { return false }
    let count = bytes.count - 2
    if count == name.count { return memcmp(base + 1, name.start, count) == 0 }
    // Escapes make a string longer, never shorter.
    guard count > name.count, memchr(base + 1, 0x5C, count) != nil else { return false }
    return isString(name.string)
  }

  /// The members of an object in their order, duplicates too; empty for another kind.
  public var members: JSONMembers { JSONMembers(kind == .object ? bytes : .init(start: nil, count: 0)) }

  /// The elements of an array; empty for another kind.
  public var elements: JSONElements { JSONElements(kind == .array ? bytes : .init(start: nil, count: 0)) }

  /// The value of a member whose name is known only now.
  ///
  /// - Parameter name: The member's name, unescaped.
  /// - Returns: The value; nil when there is none, or when this is not an object.
  public func value(named name: String) -> JSONValue? {
    var found: JSONValue?
    for member in members where member.name.isString(name) { found = member.value }
    return found
  }

  /// The value of a member, the last one where the name is there twice (as jq and Python read it).
  ///
  /// - Parameter name: A literal in the program.
  /// - Returns: The value; nil when there is none, or when this is not an object.
  public subscript(name: MemberName) -> JSONValue? {
    var found: JSONValue?
    for member in members where member.name.isNamed(name) { found = member.value }
    return found
  }

  /// A copy of the value's text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
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
