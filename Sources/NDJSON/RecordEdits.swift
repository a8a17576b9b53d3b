import CSimdJSON

/// What a stage changes in a record. All other bytes of the record stay as they are.
///
/// A member that is set is replaced in place when it is there (the last one, when it is there twice), else added at
/// the end, in the order of the calls. One `RecordEdits` serves record after record.
public struct RecordEdits {
  private struct Edit {
    let name: String
    /// The new value in `values`; nil takes the member away.
    let value: Range<Int>?
  }

  private var edits: [Edit] = []
  private var values = JSONWriter()

  /// Makes an empty list of changes.
  public init() {}

  /// Whether nothing changes.
  public var isEmpty: Bool { edits.isEmpty }

  /// Forgets all changes and keeps the memory.
  public mutating func removeAll() {
    edits.removeAll(keepingCapacity: true)
    values.removeAll()
  }

  /// Sets a member.
  ///
  /// - Parameters:
  ///   - name: The member's name, unescaped.
  ///   - body: Writes one value.
  /// - Throws: What the body throws; then nothing changes.
  public mutating func set<Failure: Error>(
    _ name: String, _ body: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let start = values.bytes.count
    values.startOver()
    do throws(Failure) {
      try body(&values)
    } catch {
      values.truncate(to: start)
      throw error
    }
    edits.removeAll { $0.name == name }
    edits.append(Edit(name: name, value: start..<values.bytes.count))
  }

  /// Sets a member to a string.
  ///
  /// - Parameters:
  ///   - name: The member's name, unescaped.
  ///   - text: The string, unescaped.
  public mutating func set(_ name: String, string text: String) {
    set(name) { $0.string(text) }
  }

  /// Takes a member away, every one of that name.
  ///
  /// - Parameter name: The member's name, unescaped.
  public mutating func remove(_ name: String) {
    edits.removeAll { $0.name == name }
    edits.append(Edit(name: name, value: nil))
  }

  /// Appends the changed record to `output`.
  ///
  /// - Parameters:
  ///   - record: The record as it was read.
  ///   - output: Gets the record's bytes, without a line end.
  public func append(_ record: Record, to output: inout [UInt8]) {
    guard !edits.isEmpty else {
      output.append(contentsOf: record.line)
      return
    }
    var splice = Splice(record: record)
    for (index, edit) in placed(in: record) {
      if let value = edit.value {
        splice.replace(index, values.bytes[value], to: &output)
      } else {
        splice.remove(index, to: &output)
      }
    }
    for edit in edits {
      guard let value = edit.value, record.value(named: edit.name) == nil else { continue }
      splice.add(edit.name, values.bytes[value], to: &output)
    }
    splice.finish(to: &output)
  }

  /// The changes to members that are there, in the order of the record.
  private func placed(in record: Record) -> [(Int, Edit)] {
    var placed: [(Int, Edit)] = []
    for edit in edits {
      var index = record.count
      while index > 0 {
        index -= 1
        guard record.name(at: index).isString(edit.name) else { continue }
        placed.append((index, edit))
        if edit.value != nil { break }
      }
    }
    placed.sort { $0.0 < $1.0 }
    return placed
  }
}

/// Copies a record with changes, from left to right.
private struct Splice {
  let record: Record
  /// What lies before this offset is written or dropped.
  var position = 0
  /// The number of members taken away from the start of the object.
  var removedFirst = 0
  var hasMembers: Bool

  init(record: Record) {
    self.record = record
    hasMembers = record.count > 0
  }

  mutating func copy(to end: Int, _ output: inout [UInt8]) {
    guard end > position else { return }
    output.append(contentsOf: record.line[position..<end])
    position = end
  }

  mutating func replace(_ index: Int, _ value: ArraySlice<UInt8>, to output: inout [UInt8]) {
    copy(to: Int(record.members[index].value_start), &output)
    output.append(contentsOf: value)
    position = Int(record.members[index].value_end)
  }

  /// Takes a member away with the comma before it; the first ones with the comma behind them.
  mutating func remove(_ index: Int, to output: inout [UInt8]) {
    if removedFirst == index {
      copy(to: Int(record.members[index].name_start) - 1, &output)
      removedFirst += 1
      hasMembers = index + 1 < record.count
      position = hasMembers ? Int(record.members[index + 1].name_start) - 1 : Int(record.members[index].value_end)
    } else {
      copy(to: Int(record.members[index - 1].value_end), &output)
      position = Int(record.members[index].value_end)
    }
  }

  mutating func add(_ name: String, _ value: ArraySlice<UInt8>, to output: inout [UInt8]) {
    copy(to: record.members.last.map { Int($0.value_end) } ?? record.closing, &output)
    if hasMembers { output.append(UInt8(ascii: ",")) }
    hasMembers = true
    var label = JSONWriter()
    label.name(name)
    output.append(contentsOf: label.bytes)
    output.append(contentsOf: value)
  }

  mutating func finish(to output: inout [UInt8]) {
    copy(to: record.line.count, &output)
  }
}
