import CSimdJSON

#if canImport(Glibc)
  import Glibc
#endif

/// One record: a line that is one JSON object, with the spans of its members.
///
/// It is valid until the parser that made it, which it keeps alive, parses again, or the line's buffer changes.
public struct Record {
  /// The line as it was read, with any white space around the object, without its line end.
  public let line: UnsafeRawBufferPointer

  let members: UnsafeBufferPointer<hg_json_member>
  private let owner: JSONParser
  /// The offset of the closing brace.
  let closing: Int

  init?(_ document: JSONDocument) {
    let raw = document.document
    line = document.text
    owner = document.owner
    guard line[Int(raw.root_start)] == UInt8(ascii: "{") else { return nil }
    members = UnsafeBufferPointer(start: raw.members, count: Int(raw.count))
    closing = Int(raw.root_end) - 1
  }

  /// The number of members, duplicates counted.
  public var count: Int { members.count }

  /// The value of a member, the last one where the name is there twice (as jq and Python read it).
  ///
  /// - Parameter name: The member's name, unescaped.
  /// - Returns: The value, or nil when there is none.
  public subscript(name: MemberName) -> JSONValue? {
    index(of: name).map { value(at: $0) }
  }

  /// The value of a member whose name is known only now.
  ///
  /// - Parameter name: The member's name, unescaped.
  /// - Returns: The value, or nil when there is none.
  public func value(named name: String) -> JSONValue? {
    place(of: name).map { value(at: $0) }
  }

  func place(of name: String) -> Int? {
    var name = name
    return name.withUTF8 { index(of: MemberName($0)) }
  }

  /// The value at a place.
  ///
  /// - Parameter index: `0..<count`.
  /// - Returns: The value.
  public func value(at index: Int) -> JSONValue {
    let member = members[index]
    return JSONValue(
      UnsafeRawBufferPointer(rebasing: line[Int(member.value_start)..<Int(member.value_end)]))
  }

  /// The name at a place.
  ///
  /// - Parameter index: `0..<count`.
  /// - Returns: The name as a JSON string, with its quotes.
  public func name(at index: Int) -> JSONValue {
    let member = members[index]
    return JSONValue(
      UnsafeRawBufferPointer(rebasing: line[Int(member.name_start) - 1..<Int(member.name_end) + 1]))
  }

  /// The whole object as a value, without white space around it.
  public var value: JSONValue {
    guard let first = line.firstIndex(of: UInt8(ascii: "{")) else { return JSONValue(line) }
    return JSONValue(UnsafeRawBufferPointer(rebasing: line[first...closing]))
  }

  /// Whether the string at a place holds escapes: without them its content is its bytes.
  ///
  /// - Parameter index: `0..<count`.
  /// - Returns: False for values that are not strings.
  public func isEscaped(at index: Int) -> Bool {
    members[index].flags & UInt32(HG_JSON_VALUE_ESCAPED) != 0
  }

  /// Whether the string at a place holds an ASCII character as a `\u` escape: without them every ASCII character but
  /// quotes, backslashes, slashes and control characters stands for itself.
  ///
  /// - Parameter index: `0..<count`.
  /// - Returns: False for values that are not strings.
  public func hidesASCII(at index: Int) -> Bool {
    members[index].flags & UInt32(HG_JSON_VALUE_HIDES_ASCII) != 0
  }

  /// Whether the name at a place holds escapes.
  func hasEscapedName(at index: Int) -> Bool { members[index].flags & UInt32(HG_JSON_NAME_ESCAPED) != 0 }

  /// The place of a member, the last one where the name is there twice.
  ///
  /// - Parameter name: The member's name, unescaped.
  /// - Returns: `0..<count`, or nil when there is none.
  public func index(of name: MemberName) -> Int? {
    guard let base = line.baseAddress else { return nil }
    var index = members.count
    while index > 0 {
      index -= 1
      let member = members[index]
      if hasEscapedName(at: index) {
        if self.name(at: index).isString(name.string) { return index }
        continue
      }
      let length = Int(member.name_end - member.name_start)
      if length == name.count && memcmp(base + Int(member.name_start), name.start, length) == 0 {
        return index
      }
    }
    return nil
  }
}

/// A member's name: a literal in the program, so that a look-up allocates nothing.
///
/// It may be sent: what it points to is never written. Only a look-up in this module makes one of other bytes, and that
/// one does not outlive the call.
public struct MemberName: ExpressibleByStringLiteral, @unchecked Sendable {
  let start: UnsafePointer<UInt8>
  let count: Int

  /// Takes a literal.
  ///
  /// - Parameter value: The name, unescaped.
  public init(stringLiteral value: StaticString) {
    start = value.utf8Start
    count = value.utf8CodeUnitCount
  }

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    // An empty buffer may have no address; any will do, for nothing is read from it.
    start = bytes.baseAddress ?? ("" as StaticString).utf8Start
    count = bytes.count
  }

  /// The name as a string.
  public var string: String {
    String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
}
