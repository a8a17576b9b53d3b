import NDJSON
import Platform
import SessionLog
public import SystemPackage

/// Reads and writes pass rates as NDJSON, one line for a skill and a model:
/// `{"skill":"review","model":"qwen35","pass":94,"fail":6}`.
public enum PassRateFile {
  /// Why a file of pass rates cannot be used.
  public enum Failure: Error, Equatable, CustomStringConvertible {
    /// Opening or reading failed.
    case system(Errno)
    /// A line is not what it must be; its number from 1, and why.
    case line(Int, String)

    /// What went wrong, without the file's name.
    public var description: String {
      switch self {
      case .system(let errno): "\(errno)"
      case .line(let number, let reason): "line \(number): \(reason)"
      }
    }
  }

  /// Reads a file.
  ///
  /// - Parameter path: Its path.
  /// - Returns: The counts; lines of the same skill and model are added up.
  /// - Throws: ``Failure`` for anything that is not as it must be: half a table would be worse than none.
  public static func read(_ path: FilePath) throws(Failure) -> PassRateTable {
    let descriptor: FileDescriptor
    do throws(Errno) { descriptor = try openFile(path, .readOnly) } catch { throw .system(error) }
    defer { closeQuietly(descriptor) }
    let reader = LineReader(descriptor)
    let parser = JSONParser()
    var table = PassRateTable()
    while true {
      while let line = reader.next() {
        guard let bytes = line.bytes else { throw .line(line.number, "too long") }
        try add(bytes, number: line.number, with: parser, to: &table)
      }
      if reader.isAtEnd { return table }
      do throws(Errno) { _ = try reader.fill() } catch { throw .system(error) }
    }
  }

  private static func add(
    _ bytes: UnsafeRawBufferPointer, number: Int, with parser: JSONParser, to table: inout PassRateTable
  ) throws(Failure) {
    let record: Record
    do throws(JSONSyntaxError) {
      record = try parser.record(bytes)
    } catch {
      throw .line(number, "not a JSON object: \(error)")
    }
    let (key, counts) = try row(record, number: number)
    table.add(counts, to: key)
  }

  /// What one line says.
  static func row(_ record: Record, number: Int) throws(Failure) -> (PassRateTable.Key, PassRate) {
    let key = PassRateTable.Key(
      skill: try name(record, "skill", number), model: try name(record, "model", number))
    return (key, PassRate(pass: try count(record, "pass", number), fail: try count(record, "fail", number)))
  }

  private static func name(_ record: Record, _ member: MemberName, _ number: Int) throws(Failure) -> String? {
    guard let value = record[member], !value.isNull else { return nil }
    guard let text = value.string else { throw .line(number, "'\(member.string)' is not a string") }
    return text
  }

  private static func count(_ record: Record, _ member: MemberName, _ number: Int) throws(Failure) -> Int {
    // More than a quadrillion outcomes is a typing error.
    guard let count = record[member]?.count, (0...1_000_000_000_000_000).contains(count) else {
      throw .line(number, "'\(member.string)' is not a number of outcomes: a whole number, 0 or more")
    }
    return count
  }

  /// Writes a table.
  ///
  /// - Parameters:
  ///   - table: The counts.
  ///   - output: Gets the lines.
  public static func append(_ table: PassRateTable, to output: inout [UInt8]) {
    for (key, counts) in table.counts {
      var writer = JSONWriter()
      writer.object { object in
        object.member("skill", key.skill)
        object.member("model", key.model)
        object.member("pass", counts.pass)
        object.member("fail", counts.fail)
      }
      output.append(contentsOf: writer.bytes)
      output.append(0x0A)
    }
  }
}
