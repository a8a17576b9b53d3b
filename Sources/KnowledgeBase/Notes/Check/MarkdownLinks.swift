/// The links of a Markdown text that may lead to files, as people write them: `[text](path "title")`, `<a b.png>`,
/// `[label]: path`, `[[Name|text]]`, embeds, `href` and `src` of HTML, and the tags of Hugo and Jekyll. Not those in code and
/// in comments, and not other addresses.
struct MarkdownLinks {
  /// A link.
  struct Link: Equatable {
    /// What it leads to: percent signs and backslashes undone where they mean something.
    let target: String
    /// Whether it leads to a name, wherever that is, and not to a path.
    let isName: Bool
    /// Where it begins in the text.
    let place: Int
  }

  private let text: [UInt8]
  private var links: [Link] = []
  /// Brackets that were opened in this paragraph and not closed.
  private var openBrackets = 0

  /// Finds the links below the front matter, in their order.
  static func find(in text: [UInt8], from start: Int) -> [Link] {
    var finder = MarkdownLinks(text: MarkdownMask(text, from: start).text)
    finder.find(from: start)
    return finder.links
  }

  private init(text: [UInt8]) { self.text = text }

  private mutating func find(from start: Int) {
    var index = start
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\\"): index += 2
      case UInt8(ascii: "[") where at(index + 1, "["): index = wiki(index)
      case UInt8(ascii: "["): index = definition(index)
      case UInt8(ascii: "]"):
        // Without a bracket that opens, as behind a backslash, it closes nothing.
        index = openBrackets > 0 && at(index + 1, "(") ? inline(index) : index + 1
        openBrackets = max(openBrackets - 1, 0)
      case 0x0A where at(index + 1, "\n"):
        openBrackets = 0
        index += 1
      case UInt8(ascii: "{") where at(index + 1, "{") || at(index + 1, "%"): index = tag(index)
      case UInt8(ascii: "h"), UInt8(ascii: "s"): index = attribute(index)
      default: index += 1
      }
    }
  }

  // `[[Name#heading|text]]`

  private mutating func wiki(_ start: Int) -> Int {
    let rest = text[(start + 2)...]
    let inner = rest.prefix { $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: "[") && $0 != 0x0A && $0 != 0 }
    // Two brackets with a space behind them are a test of a shell; with more brackets inside, an array of arrays.
    guard at(inner.endIndex, "]"), at(inner.endIndex + 1, "]"), let first = inner.first, first != 0x20 else {
      return start + 2
    }
    var name = inner.prefix { $0 != UInt8(ascii: "|") }
    // In a table the bar has a backslash in front.
    if name.endIndex < inner.endIndex && name.last == UInt8(ascii: "\\") { name = name.dropLast() }
    let target = String(decoding: name, as: UTF8.self).trimming { $0.isWhitespace }
    let isAddress = LinkTarget.hasScheme(target) && !target.contains(": ")
    if !target.isEmpty && !isAddress { links.append(Link(target: target, isName: true, place: start)) }
    return inner.endIndex + 2
  }

  // `[text](path "title")`

  private mutating func inline(_ bracket: Int) -> Int {
    var index = skipBlank(bracket + 2)
    guard let (raw, end) = destination(index) else { return bracket + 2 }
    index = skipBlank(end)
    if let behind = title(index), index > end { index = skipBlank(behind) }
    guard at(index, ")") else { return bracket + 2 }
    add(raw, at: bracket)
    return index + 1
  }

  // `[label]: path`, at the beginning of a line.

  private mutating func definition(_ start: Int) -> Int {
    openBrackets += 1
    let line = text[..<start].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    guard start - line <= 3, text[line..<start].allSatisfy({ $0 == 0x20 }), !at(start + 1, "^") else {
      return start + 1
    }
    let label = text[(start + 1)...].prefix { $0 != UInt8(ascii: "]") && $0 != UInt8(ascii: "[") && $0 != 0x0A }
    guard !label.isEmpty, at(label.endIndex, "]"), at(label.endIndex + 1, ":") else { return start + 1 }
    guard let (raw, end) = destination(skipBlank(label.endIndex + 2)) else { return start + 1 }
    var rest = end
    while rest < text.count, text[rest] == 0x20 || text[rest] == 0x09 { rest += 1 }
    // Behind the path a title, or the line's end: anything else is a sentence.
    guard rest >= text.count || text[rest] == 0x0A || title(rest) != nil else { return start + 1 }
    add(raw, at: start)
    return end
  }

  // `{{< ref "x" >}}`, `{{% relref "x" %}}`, `{% link x %}`, `{% post_url x %}`

  private static let tags = ["ref", "relref", "link", "post_url"]

  private mutating func tag(_ start: Int) -> Int {
    let inner = text[(start + 2)...].prefix { $0 != UInt8(ascii: "}") && $0 != 0x0A }
    let isMark: (UInt8) -> Bool = { $0 <= 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "%") }
    let words = inner.drop(while: isMark)
    let name = words.prefix { $0 > 0x20 }
    guard Self.tags.contains(String(decoding: name, as: UTF8.self)) else { return inner.endIndex }
    var target = words.dropFirst(name.count).drop { $0 <= 0x20 }
    if let quote = target.first, [UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`")].contains(quote) {
      target = target.dropFirst().prefix { $0 != quote }
    } else {
      target = target.prefix { $0 > 0x20 && $0 != UInt8(ascii: ">") }
    }
    let isTemplate = target.contains(UInt8(ascii: "{")) || target.contains(UInt8(ascii: "=")) || target.isEmpty
    if !isTemplate { links.append(Link(target: String(decoding: target, as: UTF8.self), isName: true, place: start)) }
    return inner.endIndex
  }

  // `href="path"` and `src="path"` inside an element

  private mutating func attribute(_ start: Int) -> Int {
    let isAfterBlank = start > 0 && text[start - 1] <= 0x20
    guard isAfterBlank, let name = ["href=", "src="].first(where: { text[start...].starts(with: $0.utf8) }) else {
      return start + 1
    }
    let open = start + name.utf8.count
    let element = text[..<start].suffix(500).lastIndex(of: UInt8(ascii: "<"))
    guard let element, !text[element..<start].contains(UInt8(ascii: ">")), at(open, "\"") || at(open, "'") else {
      return open
    }
    let value = text[(open + 1)...].prefix { $0 != text[open] && $0 != 0x0A }
    guard value.endIndex < text.count, text[value.endIndex] == text[open] else { return open }
    add(Array(value), at: start)
    return value.endIndex + 1
  }

  // Parts

  /// A destination as CommonMark has it, and where it ends: in angle brackets, or without spaces and with its parentheses in
  /// pairs. A tag of Hugo or Jekyll is one too, whatever is in it.
  private func destination(_ start: Int) -> (raw: [UInt8], end: Int)? {
    guard start < text.count else { return nil }
    var raw: [UInt8] = []
    var index = start
    let isBracketed = at(start, "<")
    if isBracketed { index += 1 }
    var depth = 0
    while index < text.count {
      let byte = text[index]
      if byte == 0x0A || byte == 0 { break }
      if isBracketed && byte == UInt8(ascii: ">") { return (raw, index + 1) }
      if byte == UInt8(ascii: "{"), at(index + 1, "{") || at(index + 1, "%"), let end = tagEnd(index) {
        raw += text[index..<end]
        index = end
        continue
      }
      if byte == UInt8(ascii: "\\"), index + 1 < text.count, isPunctuation(text[index + 1]) {
        raw.append(text[index + 1])
        index += 2
        continue
      }
      if !isBracketed {
        if byte <= 0x20 { break }
        if byte == UInt8(ascii: "(") { depth += 1 }
        if byte == UInt8(ascii: ")") {
          if depth == 0 { break }
          depth -= 1
        }
      }
      raw.append(byte)
      index += 1
    }
    return isBracketed || depth > 0 || raw.isEmpty ? nil : (raw, index)
  }

  private func tagEnd(_ start: Int) -> Int? {
    let inner = text[start...].prefix { $0 != 0x0A && $0 != UInt8(ascii: "}") }
    guard inner.endIndex < text.count, text[inner.endIndex] == UInt8(ascii: "}") else { return nil }
    return at(inner.endIndex + 1, "}") ? inner.endIndex + 2 : inner.endIndex + 1
  }

  /// Where a title in quotes or parentheses ends.
  private func title(_ start: Int) -> Int? {
    guard start < text.count else { return nil }
    let close: UInt8
    switch text[start] {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): close = text[start]
    case UInt8(ascii: "("): close = UInt8(ascii: ")")
    default: return nil
    }
    var index = start + 1
    while index < text.count {
      if text[index] == close { return index + 1 }
      if text[index] == 0x0A && at(index + 1, "\n") { return nil }
      index += text[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return nil
  }

  /// Behind spaces and at most one line's end.
  private func skipBlank(_ start: Int) -> Int {
    var index = start
    var lineEnds = 0
    while index < text.count, text[index] == 0x20 || text[index] == 0x09 || text[index] == 0x0A {
      if text[index] == 0x0A { lineEnds += 1 }
      if lineEnds > 1 { break }
      index += 1
    }
    return index
  }

  private mutating func add(_ raw: [UInt8], at place: Int) {
    let target = String(decoding: raw, as: UTF8.self).trimming { $0.isWhitespace }
    // What a template makes of itself is not known here; tags that link are found on their own.
    guard !target.contains("{{"), !target.contains("{%") else {
      var tags = MarkdownLinks(text: raw)
      tags.find(from: 0)
      links += tags.links.map { Link(target: $0.target, isName: $0.isName, place: place) }
      return
    }
    guard LinkTarget.isPath(target) else { return }
    links.append(Link(target: target, isName: false, place: place))
  }

  private func at(_ index: Int, _ character: Unicode.Scalar) -> Bool {
    text.indices.contains(index) && text[index] == UInt8(ascii: character)
  }

  private func isPunctuation(_ byte: UInt8) -> Bool {
    (0x21...0x2F).contains(byte) || (0x3A...0x40).contains(byte) || (0x5B...0x60).contains(byte)
      || (0x7B...0x7E).contains(byte)
  }
}

/// What a link's target says about itself.
enum LinkTarget {
  /// Whether it is an address: `mailto:`, `obsidian:`, `C:`.
  static func hasScheme(_ target: String) -> Bool {
    let scheme = target.utf8.prefix { byte in
      (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E].contains(byte)
    }
    guard let first = scheme.first, (0x61...0x7A).contains(first | 0x20) else { return false }
    return target.utf8.dropFirst(scheme.count).first == UInt8(ascii: ":")
  }

  /// Whether it is a path: no other address, no anchor of the same page.
  static func isPath(_ target: String) -> Bool {
    !(target.isEmpty || target.hasPrefix("#") || target.hasPrefix("?") || target.hasPrefix("//")
      || target.hasPrefix("www.") || hasScheme(target))
  }

  /// Undoes `%20` and `&amp;`.
  static func decoded(_ path: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(path.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
        if byte == UInt8(ascii: "&"), rest.starts(with: "amp;".utf8) { rest = rest.dropFirst(4) }
      }
    }
    return NotePath.text(bytes)
  }
}
