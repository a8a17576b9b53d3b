/// A table as a person sees it: names to the left, numbers to the right.
struct TerminalTable {
  /// Between two columns, in characters.
  private static let gap = 2

  let headings: [String]
  /// As wide as the headings.
  let rows: [[String]]
  /// How many columns in front name a row.
  let nameCount: Int

  /// Its lines. Where it is too wide, headings are broken at their `_`; where that is not enough, it stands in parts below
  /// each other, each with the names of its rows.
  ///
  /// - Parameter width: Of the terminal, in characters.
  /// - Returns: Lines without their ends; a single column may be wider than the terminal.
  func lines(width: Int) -> [String] {
    let whole = headings.map { [Substring($0)] }
    if isFitting(whole, width) { return part(whole, Array(headings.indices)) }
    let broken = headings.map { $0.split(separator: "_") }
    let widths = self.widths(broken)
    let names = Array(headings.indices.prefix(nameCount))
    let room = width - names.reduce(0) { $0 + widths[$1] + Self.gap }
    var rest = headings.indices.dropFirst(nameCount)
    var lines: [String] = []
    repeat {
      var used = 0
      let fitting = rest.prefix { column in
        used += widths[column] + Self.gap
        return used - Self.gap <= room
      }
      let columns = fitting.isEmpty ? rest.prefix(1) : fitting
      if !lines.isEmpty { lines.append("") }
      lines += part(broken, names + columns)
      rest = rest.dropFirst(columns.count)
    } while !rest.isEmpty
    return lines
  }

  private func isFitting(_ headings: [[Substring]], _ width: Int) -> Bool {
    widths(headings).reduce(-Self.gap) { $0 + $1 + Self.gap } <= width
  }

  private func widths(_ headings: [[Substring]]) -> [Int] {
    headings.indices.map { column in
      max(headings[column].map(\.count).max() ?? 0, rows.map { $0[column].count }.max() ?? 0)
    }
  }

  private func part(_ headings: [[Substring]], _ columns: [Int]) -> [String] {
    let widths = widths(headings)
    let height = columns.map { headings[$0].count }.max() ?? 1
    let heads = (0..<height).map { level in
      // The last words stand above the numbers.
      headings.map { words in level + words.count < height ? "" : String(words[level + words.count - height]) }
    }
    return (heads + rows).map { row in
      var line = ""
      for (place, column) in columns.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        if place > 0 { line += String(repeating: " ", count: Self.gap) }
        line += column < nameCount ? row[column] + padding : padding + row[column]
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }
  }
}
