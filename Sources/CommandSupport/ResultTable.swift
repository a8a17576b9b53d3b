import NDJSON
import Platform
import SystemPackage

/// The answer to a question: a table for a person at a terminal, NDJSON for a program.
public struct ResultTable {
  /// What stands in a row under a column; nil is nothing known.
  public enum Cell {
    /// Names the row.
    case text(String?)
    /// How many.
    case count(Int)
    /// How many, where somebody counted.
    case total(Int?)
    /// `0...1`, shown as a percentage to a person.
    case ratio(Double?)
    /// An amount, with two or six decimals for a person.
    case number(Double?)
  }

  /// Between two columns, in characters.
  private static let gap = 2

  private let columns: [String]
  private var rows: [[Cell]] = []
  private var sum: [Cell]?

  /// Makes an empty table.
  ///
  /// - Parameter columns: The names, of the columns and of the members.
  public init(_ columns: [String]) { self.columns = columns }

  /// Adds a row.
  ///
  /// - Parameters:
  ///   - row: A cell for each column.
  ///   - isSum: Whether a program can add it up by itself: only a person gets it.
  public mutating func add(_ row: [Cell], isSum: Bool = false) {
    if isSum { sum = row } else { rows.append(row) }
  }

  /// Writes to stdout.
  ///
  /// - Throws: The error of writing.
  public func print() throws(ProgramFailure) {
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      if isTerminal(.standardOutput) {
        try printTable(output)
      } else {
        for row in rows { try output.line { append(row, to: &$0) } }
      }
      try output.flush()
    } catch {
      throw .writing(error)
    }
  }

  private func append(_ row: [Cell], to bytes: inout [UInt8]) {
    var writer = JSONWriter()
    writer.object { object in
      for (name, cell) in zip(columns, row) {
        object.name(any: name)
        switch cell {
        case .text(let text?): object.string(text)
        case .count(let count), .total(let count?): object.int(count)
        case .ratio(let value?), .number(let value?): object.double(value)
        case .text(nil), .total(nil), .ratio(nil), .number(nil): object.null()
        }
      }
    }
    bytes.append(contentsOf: writer.bytes)
  }

  /// What is wider than the terminal stands in parts below each other, each with the names of its rows.
  private func printTable(_ output: RecordOutput) throws(Errno) {
    let rows = rows + (sum.map { [$0] } ?? [])
    let cells = [columns] + rows.map { $0.map(shown) }
    let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let names = columns.indices.prefix { isTextColumn($0) }
    let room = terminalWidth(of: .standardOutput) - names.reduce(0) { $0 + widths[$1] + Self.gap }
    var rest = columns.indices.dropFirst(names.count)
    repeat {
      var width = 0
      let fitting = rest.prefix { column in
        width += widths[column] + Self.gap
        return width - Self.gap <= room
      }
      // A column that fits nowhere is printed all the same.
      let part = fitting.isEmpty ? rest.prefix(1) : fitting
      if rest.count < columns.count - names.count { try output.line { _ in } }
      for (number, row) in cells.enumerated() {
        var line = ""
        for column in [Int](names) + [Int](part) {
          let padding = String(repeating: " ", count: widths[column] - row[column].count)
          let isText = number == 0 ? isTextColumn(column) : isText(rows[number - 1][column])
          line += (line.isEmpty ? "" : "  ") + (isText ? row[column] + padding : padding + row[column])
        }
        while line.hasSuffix(" ") { line.removeLast() }
        try output.line { $0.append(contentsOf: line.utf8) }
      }
      rest = rest.dropFirst(part.count)
    } while !rest.isEmpty
  }

  private func isTextColumn(_ column: Int) -> Bool {
    rows.first.map { isText($0[column]) } ?? true
  }

  private func isText(_ cell: Cell) -> Bool {
    if case .text = cell { true } else { false }
  }

  private func shown(_ cell: Cell) -> String {
    switch cell {
    case .text(let text?): TerminalText.escaped(text, .oneLine)
    case .count(let count), .total(let count?): "\(count)"
    case .ratio(let value?): "\(rounded(value * 100, 1)) %"
    case .number(let value?): rounded(value, abs(value) < 1 ? 6 : 2)
    case .text(nil), .total(nil), .ratio(nil), .number(nil): "-"
    }
  }

  /// With a fixed number of decimals.
  private func rounded(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard abs(value * scale) < 1e15 else { return "\(value)" }
    let scaled = Int((abs(value) * scale).rounded())
    let fraction = String(scaled % Int(scale))
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / Int(scale)).\(zeros)\(fraction)"
  }
}
