public import ArgumentParser
import NDJSON

/// How records come in and go out: the options that all filters share.
public struct FilterOptions: ParsableArguments, Sendable {
  /// How stdin is read and stdout is written.
  public enum Format: String, ExpressibleByArgument, CaseIterable, Sendable {
    case ndjson, text
  }

  /// How stdin is read.
  @Option(
    name: .customLong("in"),
    help: ArgumentHelp(
      "Read records, or all of stdin as the prompt ('user') of one record; for hg-strip, as its 'text'.",
      valueName: "ndjson|text"))
  public var input: Format = .ndjson

  /// How stdout is written.
  @Option(
    name: .customLong("out"),
    help: ArgumentHelp("Write records, or only the 'text' of each.", valueName: "ndjson|text"))
  public var output: Format = .ndjson

  /// The longest line that is read.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Longest line, in bytes (K, M, G: 1024s).", valueName: "size"),
    transform: OptionNumber.bytes(1...ByteCount.largest.count))
  public var maxLine = ByteCount(LineReader.defaultMaximum)

  /// For ArgumentParser.
  public init() {}
}

/// A number of bytes, as people write it: `65536`, `64K`, `64MiB`, `1G`.
public struct ByteCount: ExpressibleByArgument, Sendable, Equatable, CustomStringConvertible {
  /// The number of bytes.
  public let count: Int

  /// The longest JSON text that can be parsed, less what a line needs around it.
  public static let largest = ByteCount(4 << 30 - 1 << 20)

  /// Takes a number of bytes.
  ///
  /// - Parameter count: In bytes.
  public init(_ count: Int) { self.count = count }

  /// Reads a number with a unit of 1024s: none or B, K, M or G, also as KB or KiB.
  ///
  /// - Parameter argument: As the user typed it.
  public init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shift: Int? =
      switch argument.dropFirst(digits.count).lowercased() {
      case "", "b": 0
      case "k", "kb", "kib": 10
      case "m", "mb", "mib": 20
      case "g", "gb", "gib": 30
      default: nil
      }
    guard let shift, let value = Int(digits), value <= Int.max >> shift else { return nil }
    count = value << shift
  }

  /// The number with the largest unit that divides it: `64MiB`.
  public var description: String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where count > 0 && count % (1 << shift) == 0 {
      return "\(count >> shift)\(unit)"
    }
    return "\(count)"
  }

  /// As help shows the default.
  public var defaultValueDescription: String { description }
}
