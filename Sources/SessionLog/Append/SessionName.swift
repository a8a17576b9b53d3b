import Crypto

/// The file name of a session: safe for every id, another one for every id, and readable back.
///
/// Lower-case letters, digits, `-`, `_` and `.` stay; every other byte of the UTF-8 becomes `%` and two upper-case
/// hexadecimal digits (RFC 3986, section 2.1). Capital letters are encoded too, so that two ids never meet in one file
/// where file names ignore case, and so is a `.` in front. A name that would be too long is cut, and `%~` and the
/// SHA-256 of the id follow; those cannot be read back, but the entries hold the true id.
public enum SessionName {
  /// What follows the name.
  public static let suffix = ".jsonl"

  /// The longest encoded id. Linux allows 255 bytes a name; the suffix, and `.rej` or `.tmp` behind it, need room.
  static let longest = 230

  /// The longest id that can be a file name as it is.
  private static let longestPlain = 255 - suffix.utf8.count

  /// The file name for an id.
  ///
  /// - Parameter id: Any string that is not empty.
  /// - Returns: A file name without `/`, in ASCII, of at most 240 bytes.
  public static func fileName(for id: String) -> String {
    var name: [UInt8] = []
    for (index, byte) in id.utf8.enumerated() {
      if isPlain(byte) && !(index == 0 && byte == UInt8(ascii: ".")) {
        name.append(byte)
      } else {
        name.append(UInt8(ascii: "%"))
        name.append(hexadecimal(byte >> 4))
        name.append(hexadecimal(byte & 15))
      }
    }
    if name.count > longest { name = shortened(name, id) }
    return String(decoding: name, as: UTF8.self) + suffix
  }

  /// The file name that bears an id as it is, where that is another one: `MySession.jsonl`. Files are never made by such
  /// a name, but other programs made them.
  ///
  /// - Parameter id: Any string that is not empty.
  /// - Returns: A file name without `/`; nil when it can be no file of this session.
  public static func plainFileName(for id: String) -> String? {
    let bytes = id.utf8
    // With a %, it is the name of another session's file.
    guard !bytes.allSatisfy(isPlain), bytes.count <= longestPlain, bytes.first != UInt8(ascii: "."),
      !bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") })
    else { return nil }
    return id + suffix
  }

  /// The id that a file name stands for.
  ///
  /// - Parameter fileName: As `fileName(for:)` makes it, or `plainFileName(for:)`.
  /// - Returns: The id; nil when no id has this name, or when it was too long to be kept in it.
  public static func id(fromFileName fileName: String) -> String? {
    guard fileName.hasSuffix(suffix) else { return nil }
    var id: [UInt8] = []
    var rest = fileName.utf8.dropLast(suffix.utf8.count)
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        id.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else { return nil }
      id.append(high << 4 | low)
    }
    guard let text = String(validating: id, as: UTF8.self), !text.isEmpty else { return nil }
    return self.fileName(for: text) == fileName || plainFileName(for: text) == fileName ? text : nil
  }

  /// Whether the name belongs to a session, also to one with a long id.
  ///
  /// - Parameter fileName: The name of a file in the sessions directory.
  /// - Returns: False for what something else put there.
  public static func isSession(_ fileName: String) -> Bool {
    fileName.hasSuffix(suffix) && !fileName.hasPrefix(".") && fileName.utf8.count > suffix.utf8.count
  }

  /// The same of a name as the system has it.
  static func isSession(_ fileName: UnsafeRawBufferPointer) -> Bool {
    let end = suffix.utf8
    return fileName.count > end.count && fileName[0] != UInt8(ascii: ".")
      && fileName.suffix(end.count).elementsEqual(end)
  }

  private static func shortened(_ name: [UInt8], _ id: String) -> [UInt8] {
    let digest = SHA256.hash(data: Array(id.utf8)).flatMap { [hexadecimal($0 >> 4), hexadecimal($0 & 15)] }
    var head = name.prefix(longest - digest.count - 2)
    // No half of an escape may be left.
    if let last = head.suffix(2).firstIndex(of: UInt8(ascii: "%")) { head = head[..<last] }
    return head + Array("%~".utf8) + digest
  }

  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func hexadecimal(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
