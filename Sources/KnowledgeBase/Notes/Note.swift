/// A note as the index and the excerpts see it: decoded text, and what is where in it.
struct Note {
  /// UTF-8, LF line ends, front matter included.
  let text: [UInt8]
  let frontMatter: FrontMatter
  /// The front matter's title, else the first heading, else the name of the file.
  let title: String
  /// The line of the first heading when it serves as title.
  let titleLine: Range<Int>?
  /// Headings without their marks, in order; not the one that serves as title.
  let headings: [Range<Int>]

  /// Reads a note.
  ///
  /// - Parameters:
  ///   - bytes: The file's, in any encoding.
  ///   - path: Where it is; its last part is the title of last resort.
  init(_ bytes: [UInt8], path: String) {
    text = TextDecoding.utf8(bytes)
    frontMatter = FrontMatter(text)
    var headings = MarkdownHeadings.find(in: text, from: frontMatter.end)
    var titleLine: Range<Int>?
    if let title = frontMatter.title {
      self.title = title
    } else if let first = headings.first {
      title = String(decoding: text[first], as: UTF8.self)
      titleLine = first
      headings.removeFirst()
    } else {
      title = Self.name(of: path)
    }
    self.titleLine = titleLine
    self.headings = headings
  }

  /// The text below the front matter.
  var body: Range<Int> {
    // Broken front matter is text like any other: what it says must be found.
    frontMatter.problem == nil ? frontMatter.end..<text.count : 0..<text.count
  }

  /// The file's name without directory and suffix.
  static func name(of path: String) -> String {
    let base = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[path.index(after: $0)...]) } ?? path
    for suffix in [".markdown", ".md"] where base.count > suffix.count && base.lowercased().hasSuffix(suffix) {
      return String(base.dropLast(suffix.count))
    }
    return base
  }

  /// What is searched beside title and text: headings, tags, type, domain, the file's name.
  func labels(path: String) -> [UInt8] {
    var labels: [UInt8] = []
    func add(_ bytes: some Sequence<UInt8>) {
      labels.append(contentsOf: bytes)
      labels.append(0x0A)
    }
    for heading in headings { add(text[heading]) }
    for tag in frontMatter.tags { add(tag.utf8) }
    if let type = frontMatter.type { add(type.utf8) }
    if let domain = frontMatter.domain { add(domain.utf8) }
    add(Self.name(of: path).utf8)
    return labels
  }

  /// The body in pieces of about 8 KiB that end at headings, paragraphs or lines: a row of the index each.
  ///
  /// A long note would else be ranked by its length, and its excerpt looked for in all of it.
  var pieces: [Range<Int>] {
    let end = body.upperBound
    var pieces = [piece(from: body.lowerBound)]
    while let last = pieces.last, last.upperBound < end { pieces.append(piece(from: last.upperBound)) }
    return pieces
  }

  /// One of the pieces, from 0; the last one when there are fewer.
  func piece(_ number: Int) -> Range<Int> {
    let end = body.upperBound
    var piece = piece(from: body.lowerBound)
    for _ in 0..<number where piece.upperBound < end { piece = self.piece(from: piece.upperBound) }
    return piece
  }

  private func piece(from start: Int) -> Range<Int> {
    let end = body.upperBound
    return start..<(end - start > Self.longest ? cut(from: start + Self.longest / 2, to: start + Self.longest) : end)
  }

  private static let longest = 16 << 10

  /// The best place to cut: before a heading, after a blank line, after a line, after a word.
  private func cut(from low: Int, to high: Int) -> Int {
    var line: Int?
    var paragraph: Int?
    var word: Int?
    for index in (low..<high).reversed() {
      if text[index] == 0x0A {
        if index + 1 < high && text[index + 1] == UInt8(ascii: "#") { return index + 1 }
        if paragraph == nil && index + 1 < high && text[index + 1] == 0x0A { paragraph = index + 2 }
        line = line ?? index + 1
      } else if text[index] == 0x20 {
        word = word ?? index + 1
      }
    }
    var end = paragraph ?? line ?? word ?? high
    // Never inside a character.
    while end > low && end < text.count && text[end] & 0xC0 == 0x80 { end -= 1 }
    return min(end, text.count)
  }
}
