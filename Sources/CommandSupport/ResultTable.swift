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
    /// How many, where they were counted.
    case total(Int?)
    /// `0...1`, shown as a percentage to a person.
    case ratio(Double?)
    /// An amount, with two or six decimals for a person.
    case number(Double?)
    /// A time, whole for a person.
    case milliseconds(Double?)
  }

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
        case .ratio(let value?), .number(let value?), .milliseconds(let value?): object.double(value)
        case .text(nil), .total(nil), .ratio(nil), .number(nil), .milliseconds(nil): object.null()
        }
      }
    }
    bytes.append(contentsOf: writer.bytes)
  }

  private func printTable(_ output: RecordOutput) throws(Errno) {
    let rows = rows + (sum.map { [$0] } ?? [])
    let names = columns.indices.prefix { column in
      if case .text? = rows.first?[column] { true } else { rows.isEmpty }
    }
    let table = TerminalTable(headings: columns, rows: rows.map { $0.map(shown) }, nameCount: names.count)
    for line in table.lines(width: terminalWidth(of: .standardOutput)) {
      try output.line { $0.append(contentsOf: line.utf8) }
    }
  }

  private func shown(_ cell: Cell) -> String {
    switch cell {
    case .text(let text?): TerminalText.escaped(text, .oneLine)
    case .count(let count), .total(let count?): "\(count)"
    case .ratio(let value?): "\(rounded(value * 100, 1)) %"
    case .number(let value?): rounded(value, abs(value) < 1 ? 6 : 2)
    // A tenth of a millisecond is nothing.
    case .milliseconds(let value?): rounded(value, value < 10 ? 2 : 0)
    case .text(nil), .total(nil), .ratio(nil), .number(nil), .milliseconds(nil): "-"
    }
  }

  /// With a fixed number of decimals.
  private func rounded(_ value: Double, _ decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard abs(value * scale) < 1e15 else { return "\(value)" }
    let scaled = Int((abs(value) * scale).rounded())
    guard decimals > 0 else { return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled)" }
    let fraction = String(scaled % Int(scale))
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return (value < 0 && scaled > 0 ? "-" : "") + "\(scaled / Int(scale)).\(zeros)\(fraction)"
  }
}
