import CSimdJSON

#if canImport(Glibc)
  import Glibc
#endif

/// Finds several members of records in one pass over each, where one look-up a member would be a pass a member.
public struct MemberFinder: Sendable {
  /// What is found by its number; the names of one length are looked at together.
  private struct Wanted: Sendable {
    let name: MemberName
    let number: Int
  }

  private let wanted: [Wanted]
  /// Where in `wanted` the names of a length begin; those of the next length end them.
  private let starts: [Int]
  /// The place of each in the record, or -1.
  private var places: [Int]

  /// Takes the names.
  ///
  /// - Parameter names: Each is known by its number in this list; nil is not looked for.
  public init(_ names: [MemberName?]) {
    let longest = names.compactMap(\.?.count).max() ?? 0
    let sorted = names.enumerated().compactMap { number, name in name.map { Wanted(name: $0, number: number) } }
      .sorted { $0.name.count < $1.name.count }
    starts = (0...longest + 1).map { length in sorted.count { $0.name.count < length } }
    wanted = sorted
    places = Array(repeating: -1, count: names.count)
  }

  /// Looks for all names; what was found in another record is forgotten.
  ///
  /// - Parameter record: Stays valid for as long as its values are asked for.
  public mutating func find(in record: Record) {
    for number in places.indices { places[number] = -1 }
    guard let base = record.line.baseAddress else { return }
    for index in record.members.indices {
      let member = record.members[index]
      if record.hasEscapedName(at: index) {
        let name = record.name(at: index)
        // The last of two members of one name counts.
        for item in wanted where name.isString(item.name.string) { places[item.number] = index }
        continue
      }
      let length = Int(member.name_end - member.name_start)
      guard length + 1 < starts.count else { continue }
      for item in starts[length]..<starts[length + 1]
      where memcmp(base + Int(member.name_start), wanted[item].name.start, length) == 0 {
        places[wanted[item].number] = index
        break
      }
    }
  }

  /// The value of a name in the record that was looked at last.
  ///
  /// - Parameters:
  ///   - number: The name's number.
  ///   - record: That record.
  /// - Returns: The value; nil when the record has no such member.
  @inline(__always)
  public func value(_ number: Int, of record: Record) -> JSONValue? {
    places[number] < 0 ? nil : record.value(at: places[number])
  }
}
