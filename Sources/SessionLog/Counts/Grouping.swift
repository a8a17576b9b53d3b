import NDJSON

#if canImport(Glibc)
  import Glibc
#endif

/// What the entries of a group have in common.
public enum Grouping: String, Sendable, CaseIterable {
  case skill, model, phase, day, session, project, tag

  /// The entry's member that it looks at.
  var member: MemberName {
    switch self {
    case .skill: "skill"
    case .model: "model_used"
    case .phase: "phase"
    case .day: "timestamp"
    case .session: "session_id"
    case .project: "project_root"
    case .tag: "tags"
    }
  }
}

/// The values that make a group, in the order of the groupings; nil where an entry has none.
struct GroupKey: Sendable, Hashable {
  /// The values, each with a byte in front (1 when there is one, 0 when not) and its length behind that.
  let bytes: [UInt8]

  func isEqual(_ other: [UInt8]) -> Bool {
    bytes.count == other.count && memcmp(bytes, other, bytes.count) == 0
  }

  /// The values again.
  var values: [String?] {
    var values: [String?] = []
    var rest = bytes[...]
    while let flag = rest.popFirst() {
      guard flag == 1 else {
        values.append(nil)
        continue
      }
      var count = 0
      for _ in 0..<4 { count = count << 8 | Int(rest.popFirst() ?? 0) }
      values.append(String(decoding: rest.prefix(count), as: UTF8.self))
      rest = rest.dropFirst(count)
    }
    return values
  }
}

/// Numbers the groups of entries from 0, in the order in which they come up.
struct GroupIndex: Sendable {
  private(set) var keys: [GroupKey] = []

  private let grouping: [Grouping]
  private let hasTag: Bool
  private var numbers: [GroupKey: Int] = [:]
  private var scratch: [UInt8] = []

  /// This many keys are compared before any is hashed: most questions are about a handful of groups.
  private static let comparedKeys = 16

  init(_ grouping: [Grouping]) {
    self.grouping = grouping
    hasTag = grouping.contains(.tag)
  }

  /// Calls `body` with each group that the entry belongs to: one, or one for each of its tags.
  mutating func forEachGroup(of entry: Record, time: JSONValue?, _ body: (Int) -> Void) {
    guard hasTag, let tags = entry["tags"], tags.kind == .array else {
      body(group(of: entry, time: time, tag: hasTag ? entry["tags"] : nil))
      return
    }
    var groups: Set<Int> = []
    for tag in tags.elements { groups.insert(group(of: entry, time: time, tag: tag)) }
    if groups.isEmpty { groups.insert(group(of: entry, time: time, tag: nil)) }
    for group in groups { body(group) }
  }

  /// The number of a group, a new one when it was not there.
  mutating func group(withKey key: GroupKey) -> Int {
    if let number = numbers[key] { return number }
    numbers[key] = keys.count
    keys.append(key)
    return keys.count - 1
  }

  private mutating func group(of entry: Record, time: JSONValue?, tag: JSONValue?) -> Int {
    scratch.removeAll(keepingCapacity: true)
    for part in grouping {
      switch part {
      case .tag: append(tag)
      case .day: appendDay(of: time)
      default: append(entry[part.member])
      }
    }
    for number in 0..<min(keys.count, Self.comparedKeys) where keys[number].isEqual(scratch) { return number }
    return group(withKey: GroupKey(bytes: scratch))
  }

  /// The day in UTC; nil for what is not a time.
  private mutating func appendDay(of time: JSONValue?) {
    if let content = time?.escapedContent, Timestamp.isCanonical(content) {
      append { $0.append(contentsOf: content[..<10]) }
    } else if let time = time.flatMap({ Timestamp($0) }) {
      append { $0.append(contentsOf: time.utf8[..<10]) }
    } else {
      scratch.append(0)
    }
  }

  private mutating func append(_ value: JSONValue?) {
    guard let value, value.isString else {
      scratch.append(0)
      return
    }
    append { value.appendStringBytes(to: &$0) }
  }

  @inline(__always)
  private mutating func append(_ body: (inout [UInt8]) -> Void) {
    scratch.append(contentsOf: [1, 0, 0, 0, 0])
    let start = scratch.count
    body(&scratch)
    let count = scratch.count - start
    for place in 0..<4 { scratch[start - 4 + place] = UInt8(truncatingIfNeeded: count >> (24 - 8 * place)) }
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
