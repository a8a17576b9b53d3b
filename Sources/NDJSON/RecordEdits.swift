import CSimdJSON

/// What a stage changes in a record. All other bytes of the record stay as they are.
///
/// A member that is set is replaced in place when it is there (the last one, when it is there twice), else added at
/// the end, in the order of the calls. One `RecordEdits` serves record after record.
public struct RecordEdits {
  private struct Edit {
    let name: String
    /// The name as it is added, quoted and with its colon, in `values`.
    let label: Range<Int>
    /// The new value in `values`, behind the label; nil takes the member away.
    let value: Range<Int>?
  }

  /// Beyond this many bytes, what one huge record needed is given back.
  private static let keptCapacity = 1 << 20

  private var edits: [Edit] = []
  private var values = JSONWriter()

  /// Makes an empty list of changes.
  public init() {}

  /// Whether nothing changes.
  public var isEmpty: Bool { edits.isEmpty }

  /// Forgets all changes and keeps the memory.
  public mutating func removeAll() {
    guard !edits.isEmpty else { return }
    edits.removeAll(keepingCapacity: true)
    if values.bytes.capacity > Self.keptCapacity {
      values = JSONWriter()
    } else {
      values.removeAll()
    }
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
    values.name(any: name)
    let labelEnd = values.bytes.count
    do throws(Failure) {
      try body(&values)
    } catch {
      values.truncate(to: start)
      throw error
    }
    forget(name)
    edits.append(Edit(name: name, label: start..<labelEnd, value: labelEnd..<values.bytes.count))
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
    forget(name)
    edits.append(Edit(name: name, label: 0..<0, value: nil))
  }

  /// What a member was set to so far.
  ///
  /// - Parameter name: The member's name, unescaped.
  /// - Returns: Its JSON; nil when it is not changed, or taken away.
  package func pendingValue(of name: String) -> [UInt8]? {
    guard let edit = edits.first(where: { $0.name.utf8.elementsEqual(name.utf8) }), let range = edit.value else {
      return nil
    }
    return Array(values.bytes[range])
  }

  /// Drops an earlier change to the same member. Bytes decide: as strings, "é" in one and in two scalars are the same.
  private mutating func forget(_ name: String) {
    guard !edits.isEmpty else { return }
    edits.removeAll { $0.name.utf8.elementsEqual(name.utf8) }
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
    values.bytes.withUnsafeBytes { values in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: edits.count) { places in
        append(record, values, places, to: &output)
      }
    }
  }

  /// `places` gets the place of the last member of each change's name, -1 when there is none.
  private func append(
    _ record: Record, _ values: UnsafeRawBufferPointer, _ places: UnsafeMutableBufferPointer<Int>,
    to output: inout [UInt8]
  ) {
    var first = record.count
    for (number, edit) in edits.enumerated() {
      let place = record.place(of: edit.name) ?? -1
      places.initializeElement(at: number, to: place)
      if place >= 0 { first = edit.value == nil ? 0 : min(first, place) }
    }
    var splice = Splice(record: record)
    for index in first..<record.count {
      for (number, edit) in edits.enumerated() where index <= places[number] {
        if let value = edit.value {
          if index == places[number] {
            splice.replace(index, UnsafeRawBufferPointer(rebasing: values[value]), to: &output)
          }
        } else if record.name(at: index).isString(edit.name) {
          splice.remove(index, to: &output)
        }
      }
    }
    for (number, edit) in edits.enumerated() where places[number] < 0 {
      guard let value = edit.value else { continue }
      let member = values[edit.label.lowerBound..<value.upperBound]
      splice.add(UnsafeRawBufferPointer(rebasing: member), to: &output)
    }
    splice.finish(to: &output)
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
    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: record.line[position..<end]))
    position = end
  }

  mutating func replace(_ index: Int, _ value: UnsafeRawBufferPointer, to output: inout [UInt8]) {
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

  /// Adds a member, name and value, behind the last one.
  mutating func add(_ member: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    copy(to: record.members.last.map { Int($0.value_end) } ?? record.closing, &output)
    if hasMembers { output.append(UInt8(ascii: ",")) }
    hasMembers = true
    output.append(contentsOf: member)
  }

  mutating func finish(to output: inout [UInt8]) {
    copy(to: record.line.count, &output)
  }
}
