import NDJSON
import Records

#if canImport(Glibc)
  import Glibc
#endif

/// Reads what counts look at from the entries of logs, on one thread.
struct CountedEntryReader: Sendable {
  private enum Member: Int, CaseIterable {
    case session, time, skill, model, phase, project, tags, status, duration, usage, cost, attempts, error, verdict
    case answeredBy, message, cached

    var name: MemberName {
      switch self {
      case .session: "session_id"
      case .time: "timestamp"
      case .skill: "skill"
      case .model: "model_used"
      case .phase: "phase"
      case .project: "project_root"
      case .tags: "tags"
      case .status: "final_status"
      case .duration: "duration_ms"
      case .usage: "usage"
      case .cost: "cost_usd"
      case .attempts: "attempts"
      case .error: "error"
      case .verdict: "verdict"
      case .answeredBy: "fell_open_to"
      case .message: "message"
      case .cached: "cached"
      }
    }

    /// What it is read for.
    var need: EntryNeeds {
      switch self {
      case .skill, .status, .verdict, .answeredBy, .cached: []
      case .session: .session
      case .time: .time
      case .model: .model
      case .phase: .phase
      case .project: .project
      case .tags: .tags
      case .message: .decision
      case .duration, .usage, .cost, .attempts, .error: .sums
      }
    }
  }

  /// What the entries' numbers stand for.
  private(set) var names: EntryNames
  private var finder: MemberFinder
  private var file: Int32 = -1
  /// The session that the file is named for; empty when it has none, or one that JSON writes with escapes.
  private var ownSession: [UInt8] = []
  private var key: [UInt8] = []
  private var time = TimeReader()
  /// What makes a key, as it stands in the entry, and its key's number: most entries repeat one of few.
  private var texts = NameTable()
  private var keysOfTexts: [Int32] = []
  private let needs: EntryNeeds

  /// Makes a reader.
  ///
  /// - Parameters:
  ///   - files: The names of the files.
  ///   - needs: What is read of an entry; the rest is as if it were not there.
  init(files: NameTable, _ needs: EntryNeeds) {
    names = EntryNames(files: files)
    self.needs = needs
    finder = MemberFinder(Member.allCases.map { $0.need.isSubset(of: needs) ? $0.name : nil })
  }

  /// Goes on with the entries of a file.
  mutating func begin(file number: Int) {
    guard Int32(number) != file else { return }
    file = Int32(number)
    ownSession = EntryNames.ownSession(ofFile: names.files.name(number)) ?? []
    if ownSession.contains(UInt8(ascii: "\\")) { ownSession = [] }
  }

  /// Reads one entry.
  mutating func read(_ entry: Record) -> CountedEntry {
    finder.find(in: entry)
    let mark = value(.verdict, entry).flatMap { Verdict.mark($0) }
    // An answer that was kept was no call: neither the model's outcome nor anything that was paid.
    let isCached = mark == nil && value(.cached, entry)?.bool == true
    let status = isCached ? .skip : LoggedStatus(value(.status, entry))
    var facts = CountedEntry.Facts(status, replaced: mark?.replaced)
    if mark != nil { facts.insert(.isVerdict) }
    if value(.answeredBy, entry) != nil { facts.insert(.isFailedModel) }
    if value(.error, entry)?.saysSomething == true { facts.insert(.hasError) }
    let skill = value(.skill, entry)
    if skill?.isString(EntrySelection.routingSkill) == true,
      value(.message, entry)?.string?.contains(": local — ") == true
    {
      facts.insert(.isLocal)
    }
    var counted = CountedEntry()
    counted.file = file
    if needs.contains(.time) {
      counted.time = (mark?.jobTime ?? value(.time, entry)).map { time.milliseconds($0) } ?? CountedEntry.noTime
    }
    counted.key = keyNumber(entry)
    counted.session = sessionNumber(value(.session, entry))
    counted.facts = facts
    if needs.contains(.sums) { readSums(of: entry, &counted) }
    return counted
  }

  private func readSums(of entry: Record, _ counted: inout CountedEntry) {
    if let duration = value(.duration, entry)?.double {
      counted.latency = UInt16(clamping: LatencyHistogram.bucket(of: duration) + 1)
    }
    if let attempts = value(.attempts, entry) {
      counted.retries = Int32(clamping: max(0, attempts.elements.reduce(0) { count, _ in count + 1 } - 1))
    }
    if let usage = value(.usage, entry).flatMap({ TokenUsage($0) }) {
      counted.promptTokens = Int64(usage.prompt)
      counted.completionTokens = Int64(usage.completion)
      counted.cachedTokens = Int64(usage.cached)
      counted.reasoningTokens = Int64(usage.reasoning)
    }
    let isFailedModel = counted.facts.contains(.isFailedModel)
    let (cost, attempts) = (value(.cost, entry), value(.attempts, entry))
    counted.cost = EntryCost(cost, attempts: attempts, answeredBy: nil, isFailedModel: isFailedModel)
    counted.costByModel = counted.cost
    if attempts != nil, !isFailedModel, !counted.facts.contains(.hasError) {
      counted.costByModel = EntryCost(
        cost, attempts: attempts, answeredBy: value(.model, entry), isFailedModel: false)
    }
  }

  @inline(__always)
  private func value(_ member: Member, _ entry: Record) -> JSONValue? { finder.value(member.rawValue, of: entry) }

  private mutating func keyNumber(_ entry: Record) -> Int32 {
    key.removeAll(keepingCapacity: true)
    append(.skill, entry)
    append(.model, entry)
    append(.phase, entry)
    append(.project, entry)
    append(.tags, entry)
    let text = texts.intern(key)
    if text == keysOfTexts.count { keysOfTexts.append(makeKey(entry)) }
    return keysOfTexts[text]
  }

  /// Appends a member as it stands there, with a byte behind it that no JSON text has.
  @inline(__always)
  private mutating func append(_ member: Member, _ entry: Record) {
    if let value = value(member, entry) { key.append(contentsOf: value.bytes) }
    key.append(0)
  }

  private mutating func makeKey(_ entry: Record) -> Int32 {
    key.removeAll(keepingCapacity: true)
    key.append(part: value(.skill, entry))
    key.append(part: value(.model, entry))
    key.append(part: value(.phase, entry))
    key.append(part: value(.project, entry))
    if let tags = value(.tags, entry) {
      if tags.kind == .array {
        for tag in tags.elements { key.append(part: tag) }
      } else {
        key.append(part: tags)
      }
    }
    return Int32(names.keys.intern(key))
  }

  private mutating func sessionNumber(_ value: JSONValue?) -> Int32 {
    guard let content = value?.escapedContent, let value else { return 0 }
    if content.count == ownSession.count, let base = content.baseAddress, memcmp(base, ownSession, content.count) == 0 {
      return 1
    }
    guard let bytes = value.stringBytes else { return 0 }
    return bytes == ownSession && !bytes.isEmpty ? 1 : Int32(names.sessions.intern(bytes) + 2)
  }
}

/// Reads times, most of which are of the day of the last one.
private struct TimeReader {
  private var day: (UInt64, UInt16) = (0, 0)
  private var midnight: Int64 = 0

  /// Milliseconds since 1970, or `noTime`.
  mutating func milliseconds(_ value: JSONValue) -> Int64 {
    guard let text = value.escapedContent, Timestamp.isCanonical(text) else {
      return Timestamp(value)?.milliseconds ?? CountedEntry.noTime
    }
    let start = (text.loadUnaligned(as: UInt64.self), text.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
    if start != day {
      guard let date = Timestamp(text[..<10]) else { return CountedEntry.noTime }
      day = start
      midnight = date.milliseconds
    }
    func digit(_ place: Int) -> Int64 { Int64(text[place]) - 0x30 }
    let hour = digit(11) * 10 + digit(12)
    let minute = digit(14) * 10 + digit(15)
    let second = digit(17) * 10 + digit(18)
    guard hour < 24, minute < 60, second <= 60 else { return CountedEntry.noTime }
    let fraction = digit(20) * 100 + digit(21) * 10 + digit(22)
    return midnight + ((hour * 60 + minute) * 60 + second) * 1000 + fraction
  }
}

extension LoggedStatus {
  init(_ value: JSONValue?) {
    guard let value, value.isString else {
      self = .none
      return
    }
    switch true {
    case value.isNamed("pass"): self = .pass
    case value.isNamed("fail"): self = .fail
    case value.isNamed("skip"): self = .skip
    case value.isNamed("error"): self = .error
    default: self = .other
    }
  }
}
