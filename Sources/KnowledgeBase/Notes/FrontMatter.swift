import YAML

/// What the head of a note says about it.
struct FrontMatter: Equatable {
  var title: String?
  var type: String?
  var domain: String?
  var source: String?
  var tags: [String] = []
  /// Other names of the note; they are among the tags too.
  var aliases: [String] = []
  /// Why the head is not YAML; what looked like `key: value` was taken all the same.
  var problem: String?
  /// Where the note's text begins: after the closing line, or 0 without a head.
  var end = 0

  /// Reads the head of a note, if it has one: from a first line `---` to a line `---` or `...`. A byte order mark in front and
  /// any line ends are read, so that a text that comes from elsewhere has the same head as the file it becomes.
  init(_ text: [UInt8]) {
    guard let bounds = Self.bounds(text) else { return }
    end = bounds.end
    let yaml = Array(text[bounds.yaml])
    do throws(YAMLError) {
      let root = try YAMLNode(parsing: yaml, firstLine: 2)
      guard case .mapping(let entries) = root.content else {
        if !yaml.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }) {
          problem = "line 2: the front matter is not a mapping"
        }
        return
      }
      for entry in entries { take(entry.key, Self.texts(entry.value)) }
    } catch {
      problem = "\(error)"
      takeLines(yaml)
    }
  }

  private mutating func take(_ key: String, _ values: [String]) {
    guard let first = values.first, !first.isEmpty else { return }
    switch Self.name(of: key) {
    case "title": title = title ?? first
    case "type": type = first
    case "domain": domain = first
    case "source": source = first
    case "tags", "tag", "keywords":
      tags += values.count > 1 ? values : first.split { $0 == "," || $0 == " " }.map { String($0) }
    case "aliases", "alias":
      tags += values
      aliases += values
    default: break
    }
  }

  /// A key as it is compared: without quotes and blanks around it, in small letters.
  static func name(of key: String) -> String {
    key.trimming { $0.isWhitespace || $0 == "\"" || $0 == "'" }.lowercased()
  }

  /// For a head that is not YAML, most often because of a colon in the title.
  private mutating func takeLines(_ yaml: [UInt8]) {
    for line in yaml.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let key = String(decoding: line[..<colon], as: UTF8.self)
      let value = String(decoding: line[(colon + 1)...], as: UTF8.self)
      take(key, [value.trimming { $0 == " " || $0 == "\t" || $0 == "\"" || $0 == "'" || $0 == "[" || $0 == "]" }])
    }
  }

  private static func texts(_ node: YAMLNode) -> [String] {
    switch node.content {
    case .scalar: node.text.map { [$0] } ?? []
    case .sequence(let nodes): nodes.flatMap { texts($0) }
    case .mapping: []
    }
  }

  private static func bounds(_ text: [UInt8]) -> (yaml: Range<Int>, end: Int)? {
    let mark = TextDecoding.byteOrderMark
    let begin = text.starts(with: mark) ? mark.count : 0
    guard text[begin...].starts(with: [0x2D, 0x2D, 0x2D]) else { return nil }
    var lines = LineRanges(text, from: begin)
    guard let first = lines.next(), isFence(text[first], "---") else { return nil }
    let start = lines.position
    while let line = lines.next() {
      if isFence(text[line], "---") || isFence(text[line], "...") { return (start..<line.lowerBound, lines.position) }
      // A head is short; without an end the line was a thematic break.
      if line.lowerBound > 256 << 10 { return nil }
    }
    return nil
  }

  private static func isFence(_ line: ArraySlice<UInt8>, _ fence: StaticString) -> Bool {
    guard line.count >= 3, line.prefix(3).elementsEqual(UnsafeBufferPointer(start: fence.utf8Start, count: 3)) else {
      return false
    }
    return line.dropFirst(3).allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}

/// The lines of a text as ranges without their line feeds.
struct LineRanges: Sequence, IteratorProtocol {
  private let text: [UInt8]
  private let end: Int
  /// Where the next line begins.
  private(set) var position: Int

  init(_ text: [UInt8], from start: Int = 0) {
    self.text = text
    position = start
    end = text.count
  }

  mutating func next() -> Range<Int>? {
    guard position < end else { return nil }
    let start = position
    let stop = text[start...].firstIndex(of: 0x0A) ?? end
    position = Swift.min(stop + 1, end)
    if stop == end { position = end }
    return start..<stop
  }
}

extension String {
  /// The text without the characters at both ends that a test names.
  func trimming(_ isTrimmed: (Character) -> Bool) -> String {
    guard let start = firstIndex(where: { !isTrimmed($0) }), let last = lastIndex(where: { !isTrimmed($0) }) else {
      return ""
    }
    return String(self[start...last])
  }
}
