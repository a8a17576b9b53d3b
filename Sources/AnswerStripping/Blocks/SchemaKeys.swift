import NDJSON

/// The names that an object must have at its top level to be a result-schema block.
struct SchemaKeys {
  /// The names, unescaped.
  let names: [String]

  /// Each name as it starts in an object that stands in a JSON string: `\"status`.
  let needles: [[UInt8]]

  /// Each name as it starts where a model left the quotes out or took single ones.
  let bareNeedles: [[UInt8]]

  /// The length of the longest name, in bytes.
  let longest: Int

  /// Whether every name is written the same in all JSON texts that use no `\u` escapes: printable ASCII without
  /// quotes, backslashes and slashes.
  let arePlain: Bool

  init(_ names: [String]) {
    self.names = names
    needles = names.map { Array("\\\"\($0)".utf8) }
    longest = names.map(\.utf8.count).max() ?? 0
    bareNeedles = names.map { Array($0.utf8) }
    arePlain = names.allSatisfy { name in
      name.utf8.allSatisfy { (0x20..<0x7F).contains($0) && !#""\/"#.utf8.contains($0) }
    }
  }

  /// Whether an object has all of the names.
  func areAll(in record: Record) -> Bool {
    names.allSatisfy { record.value(named: $0) != nil }
  }

  /// Whether a name of a JSON text, still escaped and without its quotes, is one of them.
  func contains(_ text: UnsafeRawBufferPointer, _ name: Range<Int>) -> Bool {
    let string = JSONValue(UnsafeRawBufferPointer(rebasing: text[name.lowerBound - 1..<name.upperBound + 1]))
    return names.contains { string.isString($0) }
  }

  /// Whether the start of a name, without its quote and without escapes, can still become one of them.
  func canGrow(from start: Slice<UnsafeRawBufferPointer>) -> Bool {
    names.contains { $0.utf8.starts(with: start) }
  }
}
