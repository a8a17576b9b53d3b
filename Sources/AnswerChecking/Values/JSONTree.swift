import NDJSON

/// A checked JSON text as a flat list of nodes, in the order of the text. Made in one pass without recursion, in memory
/// that is kept from one text to the next.
///
/// It does not own the text: it is valid as long as that is.
struct JSONTree {
  /// One value, or the name of a member.
  struct Node {
    let kind: JSONValue.Kind
    /// Where it starts in the text.
    let start: Int
    /// Where it ends.
    var end: Int
    /// The node behind it and all that lies within it.
    var next: Int
    /// How many members or elements it has.
    var count: Int
  }

  /// How deeply values may be nested: what walks over the nodes recurses.
  static let maximumDepth = 500

  private(set) var nodes: [Node] = []
  private(set) var text = UnsafeRawBufferPointer(start: nil, count: 0)
  private var open: [Int] = []

  /// Reads a text.
  ///
  /// - Parameter value: A slice of a checked text.
  /// - Returns: False when it is nested too deeply; the nodes are of no use then.
  mutating func read(_ value: JSONValue) -> Bool {
    text = value.bytes
    nodes.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    var position = 0
    while position < text.count {
      switch text[position] {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard open.count < Self.maximumDepth else { return false }
        add(text[position] == UInt8(ascii: "{") ? .object : .array, position, position + 1)
        open.append(nodes.count - 1)
        position += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let index = open.popLast() {
          nodes[index].end = position + 1
          nodes[index].next = nodes.count
          // Names and values are nodes of their own.
          if nodes[index].kind == .object { nodes[index].count /= 2 }
        }
        position += 1
      case UInt8(ascii: "\""):
        let end = stringEnd(position)
        add(.string, position, end)
        position = end
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"), UInt8(ascii: ","),
        UInt8(ascii: ":"):
        position += 1
      default:
        var end = position + 1
        while end < text.count, Self.isWord(text[end]) { end += 1 }
        add(JSONValue(UnsafeRawBufferPointer(rebasing: text[position..<end])).kind, position, end)
        position = end
      }
    }
    return true
  }

  /// The value at a node.
  func value(_ index: Int) -> JSONValue {
    JSONValue(UnsafeRawBufferPointer(rebasing: text[nodes[index].start..<nodes[index].end]))
  }

  /// The content of a string without its escapes; valid as long as the text when it has none.
  func withContent<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let content = UnsafeRawBufferPointer(rebasing: text[nodes[index].start + 1..<nodes[index].end - 1])
    guard content.contains(UInt8(ascii: "\\")) else { return body(content) }
    return withUnsafeTemporaryAllocation(byteCount: content.count, alignment: 1) { buffer in
      let count = EscapedString(content).unescape(into: buffer)
      return body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// A string's content, unescaped.
  func string(_ index: Int) -> String { withContent(index) { String(decoding: $0, as: UTF8.self) } }

  /// Visits the members of an object until `body` returns false.
  func members(_ index: Int, _ body: (_ name: Int, _ value: Int) -> Bool) {
    var name = index + 1
    for _ in 0..<nodes[index].count {
      guard body(name, name + 1) else { return }
      name = nodes[name + 1].next
    }
  }

  /// Visits the elements of an array until `body` returns false.
  func elements(_ index: Int, _ body: (_ place: Int, _ value: Int) -> Bool) {
    var element = index + 1
    for place in 0..<nodes[index].count {
      guard body(place, element) else { return }
      element = nodes[element].next
    }
  }

  /// The member of an object, the last one where the name is there twice.
  func member(_ index: Int, _ name: String) -> Int? {
    var found: Int?
    members(index) { key, value in
      if self.value(key).isString(name) { found = value }
      return true
    }
    return found
  }

  private mutating func add(_ kind: JSONValue.Kind, _ start: Int, _ end: Int) {
    if let parent = open.last { nodes[parent].count += 1 }
    nodes.append(Node(kind: kind, start: start, end: end, next: nodes.count + 1, count: 0))
  }

  private func stringEnd(_ start: Int) -> Int {
    var position = start + 1
    while true {
      guard let quote = text.firstOffset(of: UInt8(ascii: "\""), in: position..<text.count) else { return text.count }
      var slashes = 0
      while text[quote - 1 - slashes] == UInt8(ascii: "\\") { slashes += 1 }
      if slashes.isMultiple(of: 2) { return quote + 1 }
      position = quote + 1
    }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
      UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
