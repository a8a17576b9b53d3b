import NDJSON

#if canImport(Glibc)
  import Glibc
#endif

/// What the entries of a group have in common.
public enum Grouping: String, Sendable, CaseIterable {
  case skill, model, phase, day, session, project, tag

  /// Which part of an entry's key it looks at; nil where it looks at something else.
  var part: Int? {
    switch self {
    case .skill: 0
    case .model: 1
    case .phase: 2
    case .project: 3
    case .day, .session, .tag: nil
    }
  }
}

/// The values that make a group, in the order of the groupings; nil where an entry has none.
struct GroupKey: Sendable, Hashable {
  /// The values, each with a byte in front (1 when there is one, 0 when not) and its length behind that.
  let bytes: [UInt8]

  /// The values again.
  var values: [String?] {
    bytes.withUnsafeBytes { bytes in
      Self.parts(of: bytes).map { part in
        part.count == 1 ? nil : String(decoding: bytes[part.dropFirst(5)], as: UTF8.self)
      }
    }
  }

  /// Where each value lies, with what is in front of it.
  static func parts(of bytes: UnsafeRawBufferPointer) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    while start < bytes.count {
      var end = start + 1
      if bytes[start] == 1, start + 5 <= bytes.count {
        let count = (1...4).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
        end = min(start + 5 + count, bytes.count)
      }
      parts.append(start..<end)
      start = end
    }
    return parts
  }
}

/// Numbers the groups of entries from 0, in the order in which they come up.
struct GroupIndex: Sendable {
  /// What decides about an entry's groups.
  private struct Place: Hashable {
    let key: Int32
    let session: Int32
    let file: Int32
    let day: Int64
  }

  private(set) var keys: [GroupKey] = []

  private let grouping: [Grouping]
  private let hasDay: Bool
  private let hasSession: Bool
  private var numbers: [GroupKey: Int] = [:]
  /// The names that what follows is about.
  private var source: UInt64 = 0
  /// The groups of the entries with a key, where nothing else matters.
  private var byKey: [[Int]] = []
  private var byPlace: [Place: [Int]] = [:]

  init(_ grouping: [Grouping]) {
    self.grouping = grouping
    hasDay = grouping.contains(.day)
    hasSession = grouping.contains(.session)
  }

  /// The groups that the entry belongs to: one, or one for each of its tags.
  mutating func groups(of entry: CountedEntry, _ names: EntryNames) -> [Int] {
    if names.number != source {
      source = names.number
      byKey = []
      byPlace = [:]
    }
    guard hasDay || hasSession else {
      let key = Int(entry.key)
      if key >= byKey.count { byKey += repeatElement([], count: names.keys.count - byKey.count) }
      if byKey[key].isEmpty { byKey[key] = makeGroups(of: entry, names) }
      return byKey[key]
    }
    let isOwn = hasSession && entry.session == 1
    let place = Place(
      key: entry.key, session: hasSession ? entry.session : 0, file: isOwn ? entry.file : 0,
      day: hasDay ? Self.day(of: entry) : 0)
    if let groups = byPlace[place] { return groups }
    let groups = makeGroups(of: entry, names)
    byPlace[place] = groups
    return groups
  }

  /// The number of a group, a new one when it was not there.
  mutating func group(withKey key: GroupKey) -> Int {
    if let number = numbers[key] { return number }
    numbers[key] = keys.count
    keys.append(key)
    return keys.count - 1
  }

  private mutating func makeGroups(of entry: CountedEntry, _ names: EntryNames) -> [Int] {
    let key = names.keys.name(Int(entry.key))
    let parts = key.withUnsafeBytes { GroupKey.parts(of: $0) }
    let tags = grouping.contains(.tag) ? parts.dropFirst(4).map { key[$0] } : [[0]]
    var groups: [Int] = []
    for tag in tags.isEmpty ? [[0]] : tags {
      var bytes: [UInt8] = []
      for part in grouping {
        switch part {
        case .tag: bytes.append(contentsOf: tag)
        case .day: append(dayOf: entry, to: &bytes)
        case .session: bytes.append(part: names.session(of: entry))
        default: bytes.append(contentsOf: part.part.map { parts.count > $0 ? key[parts[$0]] : [0] } ?? [0])
        }
      }
      let group = group(withKey: GroupKey(bytes: bytes))
      if !groups.contains(group) { groups.append(group) }
    }
    return groups
  }

  /// Days since 1970 in UTC; the earliest for what has no time.
  private static func day(of entry: CountedEntry) -> Int64 {
    guard entry.time != CountedEntry.noTime else { return .min }
    let (days, rest) = entry.time.quotientAndRemainder(dividingBy: 86_400_000)
    return rest < 0 ? days - 1 : days
  }

  private func append(dayOf entry: CountedEntry, to bytes: inout [UInt8]) {
    let time = entry.time
    bytes.append(
      part: time == CountedEntry.noTime ? nil : Array(Timestamp(milliseconds: time).utf8.prefix(10)))
  }
}

extension [UInt8] {
  /// Appends a value of a `GroupKey`; what is not a string counts as absent.
  mutating func append(part value: JSONValue?) {
    guard let value, value.isString else {
      append(0)
      return
    }
    let start = count
    append(contentsOf: [1, 0, 0, 0, 0])
    value.appendStringBytes(to: &self)
    setLength(ofPartAt: start)
  }

  /// The same of bytes.
  mutating func append(part value: [UInt8]?) {
    guard let value else {
      append(0)
      return
    }
    let start = count
    append(contentsOf: [1, 0, 0, 0, 0])
    append(contentsOf: value)
    setLength(ofPartAt: start)
  }

  private mutating func setLength(ofPartAt start: Int) {
    let length = count - start - 5
    for place in 0..<4 { self[start + 1 + place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * place)) }
  }
}

extension [String?] {
  /// By the values from left to right; no value comes first.
  func isOrdered(before other: [String?]) -> Bool {
    for (left, right) in zip(self, other) where left != right {
      guard let left else { return true }
      guard let right else { return false }
      return left < right
    }
    return count < other.count
  }
}
