import CommandSupport
import NDJSON
import Platform
import SystemPackage

/// The answer to a question: a table for a person at a terminal, NDJSON for a program.
struct ResultTable {
  enum Cell {
    case text(String?)
    case count(Int)
    /// `0...1`, shown as a percentage to a person.
    case ratio(Double?)
    case number(Double?)
  }

  private let columns: [String]
  private var rows: [[Cell]] = []

  init(_ columns: [String]) { self.columns = columns }

  mutating func add(_ row: [Cell]) { rows.append(row) }

  /// Writes to stdout.
  func print() throws(ProgramFailure) {
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
        case .count(let count): object.int(count)
        case .ratio(let value?), .number(let value?): object.double(value)
        case .text(nil), .ratio(nil), .number(nil): object.null()
        }
      }
    }
    bytes.append(contentsOf: writer.bytes)
  }

  private func printTable(_ output: RecordOutput) throws(Errno) {
    let cells = [columns] + rows.map { $0.map(shown) }
    let widths = columns.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    for (number, row) in cells.enumerated() {
      var line = ""
      for (column, text) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - text.count)
        let isText = number == 0 ? isTextColumn(column) : isText(rows[number - 1][column])
        line += (column == 0 ? "" : "  ") + (isText ? text + padding : padding + text)
      }
      while line.hasSuffix(" ") { line.removeLast() }
      try output.line { $0.append(contentsOf: line.utf8) }
    }
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
    case .count(let count): "\(count)"
    case .ratio(let value?): "\(rounded(value * 100, 1)) %"
    case .number(let value?): rounded(value, abs(value) < 1 ? 6 : 2)
    case .text(nil), .ratio(nil), .number(nil): "-"
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
