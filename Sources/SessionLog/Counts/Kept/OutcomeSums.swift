/// What a decision of hg-route needs of all entries of a skill and a model: sums, so that they can be added up over
/// files and times, and taken away again.
package struct OutcomeSums: Sendable, Equatable {
  /// How many sums there are.
  package static let count = 2

  package var pass: Int64 = 0
  package var fail: Int64 = 0

  package init() {}

  /// A verdict may be left over from a job whose entry is gone: there is nothing to take away then.
  package var rate: PassRate { PassRate(pass: Int(max(pass, 0)), fail: Int(max(fail, 0))) }

  /// Takes in an entry.
  ///
  /// - Parameters:
  ///   - entry: The entry.
  ///   - times: How often: -1 takes it away.
  package mutating func add(_ entry: CountedEntry, times: Int64 = 1) {
    let weight = Int64(entry.weight) * times
    switch JobOutcome(entry.facts.status) {
    case .pass: pass += weight
    case .fail: fail += weight
    case .other: break
    case nil: return
    }
    switch entry.facts.replaced {
    case .pass: pass -= weight
    case .fail: fail -= weight
    case .other, nil: break
    }
  }

  package static func += (left: inout OutcomeSums, right: OutcomeSums) {
    left.pass += right.pass
    left.fail += right.fail
  }

  package static func -= (left: inout OutcomeSums, right: OutcomeSums) {
    left.pass -= right.pass
    left.fail -= right.fail
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(fixed: pass)
    bytes.append(fixed: fail)
  }

  init(_ reader: inout ByteReader) {
    pass = reader.fixed(Int64.self)
    fail = reader.fixed(Int64.self)
  }
}

/// Sums by skill and model.
struct SumTable: Sendable {
  /// The groups' keys, as of a `GroupKey` of skill and model.
  private(set) var names = NameTable()
  private(set) var sums: [OutcomeSums] = []
  /// The names that `byKey` is about.
  private var source: UInt64 = 0
  /// The group of each key, one more than its number; 0 when it is not known yet, -1 when there is none.
  private var byKey: [Int32] = []

  /// The group of an entry; nil for a decision, which says nothing about a model.
  @inline(__always)
  mutating func group(of entry: CountedEntry, _ names: EntryNames) -> Int? {
    if names.number != source {
      source = names.number
      byKey = []
    }
    let key = Int(entry.key)
    if key >= byKey.count { byKey += repeatElement(0, count: names.keys.count - byKey.count) }
    if byKey[key] == 0 { byKey[key] = find(names, key) }
    return byKey[key] < 0 ? nil : Int(byKey[key]) - 1
  }

  private mutating func find(_ names: EntryNames, _ key: Int) -> Int32 {
    let name = names.keys.name(key)
    guard !name.starts(with: EntryFilter.routing) else { return -1 }
    let parts = name.withUnsafeBytes { GroupKey.parts(of: $0) }
    return Int32(number(of: Array(name[..<(parts.count > 1 ? parts[1].upperBound : name.count)])) + 1)
  }

  mutating func number(of name: [UInt8]) -> Int {
    let number = names.intern(name)
    if number == sums.count { sums.append(OutcomeSums()) }
    return number
  }

  @inline(__always)
  mutating func add(_ entry: CountedEntry, _ names: EntryNames, times: Int64 = 1) {
    if let group = group(of: entry, names) { sums[group].add(entry, times: times) }
  }

  mutating func add(_ more: OutcomeSums, to group: Int) { sums[group] += more }
  mutating func subtract(_ less: OutcomeSums, from group: Int) { sums[group] -= less }
}
