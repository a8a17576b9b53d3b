import Synchronization

/// What counts look at in an entry of a log: all of it has a fixed size, names are numbers (see `EntryNames`).
///
/// Whatever is counted is counted from these, whether they were just read from a log or kept from an earlier time
/// (`KeptCounts`), so that both come to the same.
package struct CountedEntry: Sendable, Hashable {
  /// What an entry says in few bits.
  struct Facts: OptionSet, Sendable, Hashable {
    let rawValue: UInt16

    static let isVerdict = Facts(rawValue: 1 << 5)
    /// A model that failed before another one answered (`FailedModel`).
    static let isFailedModel = Facts(rawValue: 1 << 6)
    static let hasError = Facts(rawValue: 1 << 7)
    /// A routing decision for the local model.
    static let isLocal = Facts(rawValue: 1 << 8)
    /// Takes away what an entry brought that is no longer in a log.
    static let isNegative = Facts(rawValue: 1 << 9)

    var status: LoggedStatus { LoggedStatus(rawValue: rawValue & 7) ?? .other }
    /// What a verdict replaced.
    var replaced: JobOutcome? {
      switch rawValue >> 3 & 3 {
      case 1: .pass
      case 2: .fail
      case 3: .other
      default: nil
      }
    }

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ status: LoggedStatus, replaced: JobOutcome?) {
      let code: UInt16 =
        switch replaced {
        case .pass: 1
        case .fail: 2
        case .other: 3
        case nil: 0
        }
      rawValue = status.rawValue | code << 3
    }
  }

  /// `time` of an entry whose time stamp cannot be read.
  static let noTime = Int64.min

  /// When the job was logged that it is about, in milliseconds since 1970.
  var time = noTime
  /// Skill, model, phase, project and tags: the number of a key.
  var key: Int32 = 0
  /// 0 without a session, 1 for the one that the file is named for, else two more than the number of a session's name.
  var session: Int32 = 0
  /// The number of the file that it stands in.
  var file: Int32 = 0
  /// Attempts beyond the first.
  var retries: Int32 = 0
  var facts = Facts(rawValue: 0)
  /// One more than the bucket of a `LatencyHistogram`; 0 without a duration.
  var latency: UInt16 = 0
  var promptTokens: Int64 = 0
  var completionTokens: Int64 = 0
  /// Those of the prompt that came from a cache.
  var cachedTokens: Int64 = 0
  /// Those of the answer that are reasoning.
  var reasoningTokens: Int64 = 0
  var cost = EntryCost()
  /// The same where models are told apart.
  var costByModel = EntryCost()

  /// The day in UTC, `2026-11-21`; nil without a time.
  package var day: String? { time == Self.noTime ? nil : Timestamp(milliseconds: time).day }

  /// Where a decision of the router sent a record.
  package enum Decision: Sendable { case local, strong, failed }

  /// What a decision was. `hg-log --routing` says it in the message, `skill: decision — ...`.
  package var decision: Decision {
    if facts.status == .fail { return .failed }
    return facts.contains(.isLocal) ? .local : .strong
  }

  /// How often it counts: once, or once less.
  package var weight: Int { facts.contains(.isNegative) ? -1 : 1 }

  /// The entry that takes this one away.
  var negated: CountedEntry {
    var entry = self
    entry.facts.formSymmetricDifference(.isNegative)
    return entry
  }
}

/// An entry's `final_status`, as far as counts tell them apart.
enum LoggedStatus: UInt16, Sendable {
  /// It has none, or one that is not a string.
  case none
  case pass, fail, skip, error
  /// `ok`, or a word of the user's.
  case other
}

/// What the numbers of counted entries stand for.
package struct EntryNames: Sendable {
  /// Skill, model, phase, project, then the tags: parts as in a `GroupKey`.
  var keys = NameTable()
  /// The ids of sessions that stand in files of other names.
  var sessions = NameTable()
  /// The names of the files.
  var files: NameTable
  /// Which names these are: those of one number only grow.
  let number: UInt64

  private static let last = Atomic<UInt64>(0)

  init(files: NameTable = NameTable()) {
    self.files = files
    number = Self.last.add(1, ordering: .relaxed).newValue
  }

  /// The id of an entry's session; nil when it has none.
  func session(of entry: CountedEntry) -> [UInt8]? {
    switch entry.session {
    case 0: nil
    case 1: Self.ownSession(ofFile: files.name(Int(entry.file)))
    default: sessions.name(Int(entry.session) - 2)
    }
  }

  /// The session that a file is named for; nil when it is a shortened name.
  static func ownSession(ofFile name: [UInt8]) -> [UInt8]? {
    let plain = name.dropLast(SessionName.suffix.utf8.count)
    // As nearly all are: they stand for themselves.
    if plain.allSatisfy(SessionName.isPlain), plain.first != UInt8(ascii: "."), plain.count <= SessionName.longest {
      return Array(plain)
    }
    return SessionName.id(fromFileName: String(decoding: name, as: UTF8.self)).map { Array($0.utf8) }
  }

  /// Numbers an entry of other names by these. The files are the same.
  mutating func adopt(_ entry: CountedEntry, from other: EntryNames) -> CountedEntry {
    var entry = entry
    entry.key = Int32(other.keys.withName(Int(entry.key)) { keys.intern($0) })
    if entry.session > 1 {
      entry.session = Int32(other.sessions.withName(Int(entry.session) - 2) { sessions.intern($0) } + 2)
    }
    return entry
  }
}
