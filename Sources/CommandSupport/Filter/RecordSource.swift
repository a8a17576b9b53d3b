public import NDJSON
public import SystemPackage

#if canImport(Glibc)
  import Glibc
#endif

/// One line of the input, and what it turned out to be.
public enum InputLine {
  /// A record, valid until the source is asked for the next line, and its number in the input, from 1.
  case record(Record, line: Int)

  /// A line that is not a record: the error, and the line itself unless it was too long to keep.
  case bad(RecordError, raw: UnsafeRawBufferPointer?)
}

/// The records of stdin: lines parsed one at a time, or one record made of the whole text.
public final class RecordSource {
  /// What is read.
  public var descriptor: FileDescriptor { reader.descriptor }

  private let reader: LineReader
  private let parser = JSONParser()
  private let options: FilterOptions
  private var text: TextInput?

  /// Makes a source.
  ///
  /// - Parameters:
  ///   - options: The format and the limit.
  ///   - textMember: The member that `--in text` fills.
  ///   - descriptor: What to read.
  ///   - bufferSize: How much is read at a time, in bytes.
  /// - Throws: `ProgramFailure` with `usage` when it is a terminal: there is nothing to read then.
  public init(
    _ options: FilterOptions, textMember: String = "user", from descriptor: FileDescriptor = .standardInput,
    bufferSize: Int = LineReader.defaultBufferSize
  ) throws(ProgramFailure) {
    try Self.check(descriptor)
    self.options = options
    reader = LineReader(descriptor, maximum: options.maxLine.count, bufferSize: bufferSize)
    if options.input == .text { text = TextInput(member: textMember, maximum: options.maxLine) }
  }

  /// Refuses an input that nothing can come of, before anything is read or asked.
  ///
  /// - Parameters:
  ///   - descriptor: What is to be read.
  ///   - hint: What to do instead of reading a terminal.
  /// - Throws: `ProgramFailure` with `usage` when it is a terminal, or the file that stdout writes: a program that reads
  ///   what it writes never ends, and one that writes where it reads loses what it has not read.
  public static func check(
    _ descriptor: FileDescriptor,
    hint: String = "pipe records in or redirect a file (< tasks.ndjson), or a text with --in text; see --help"
  ) throws(ProgramFailure) {
    guard isatty(descriptor.rawValue) == 0 else {
      throw ProgramFailure(.usage, "stdin is a terminal: there is nothing to read", hint: hint)
    }
    var (input, output) = (stat(), stat())
    guard fstat(descriptor.rawValue, &input) == 0, input.st_mode & S_IFMT == S_IFREG,
      fstat(STDOUT_FILENO, &output) == 0, input.st_dev == output.st_dev, input.st_ino == output.st_ino
    else { return }
    throw ProgramFailure(
      .usage, "input file is output file: write to another file, and rename it when this has succeeded")
  }

  /// Whether the input is at its end; `next` may have one more record then.
  public var isAtEnd: Bool { text?.isAtEnd ?? reader.isAtEnd }

  /// The next line that was read already.
  ///
  /// - Returns: A line; nil when `fill` must be called, or at the end of the input.
  public func next() -> InputLine? {
    if let text {
      return text.next().map { line in
        switch line {
        case .json(let json): parse(json, line: 1)
        case .bad(let error, let raw): .bad(error, raw: raw)
        }
      }
    }
    guard let line = reader.next() else { return nil }
    guard let bytes = line.bytes else {
      let message = "the line has \(line.count) bytes, more than --max-line \(options.maxLine)"
      return .bad(RecordError(kind: "line_too_long", message: message, line: line.number), raw: nil)
    }
    return parse(bytes, line: line.number)
  }

  /// Reads once, which may block. Records that were handed out are no longer valid.
  ///
  /// - Throws: `ProgramFailure` when reading fails.
  public func fill() throws(ProgramFailure) {
    do throws(Errno) {
      if let text {
        try text.fill(from: descriptor)
      } else {
        _ = try reader.fill()
      }
    } catch {
      throw .reading(error)
    }
  }

  /// Reads whole lines where another source of the same descriptor stopped; not for text input.
  ///
  /// - Parameter place: Where to read on; where the next source does, afterwards.
  /// - Throws: `ProgramFailure` when reading fails.
  public func fill(from place: inout LineReader.Checkpoint) throws(ProgramFailure) {
    do throws(Errno) { try reader.fill(from: &place) } catch { throw .reading(error) }
  }

  private func parse(_ bytes: UnsafeRawBufferPointer, line: Int) -> InputLine {
    do throws(JSONSyntaxError) {
      return .record(try parser.record(bytes), line: line)
    } catch {
      let message = error.code == .notAnObject ? "not a JSON object" : "not JSON: \(error)"
      return .bad(RecordError(kind: "bad_input", message: message, line: line), raw: bytes)
    }
  }
}
