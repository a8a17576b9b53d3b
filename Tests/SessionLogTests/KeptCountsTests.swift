import Foundation
import Secrets
import SystemPackage
import TestSupport
import Testing

@testable import SessionLog

/// What is kept of the logs answers as the logs do, whatever happens to either.
@Suite struct KeptCountsTests {
  let folder: TestFolder

  init() throws {
    folder = try TestFolder()
    try FileManager.default.createDirectory(atPath: folder.file("sessions"), withIntermediateDirectories: true)
  }

  private var sessions: SessionDirectory { SessionDirectory(brain: FilePath(folder.path)) }
  private var caches: FilePath { FilePath(folder.file("caches")) }

  /// Everything that a tally can tell, as text.
  private struct Answers: EntryTally {
    var rates: [PassRateTally]
    var statistics: [StatisticsTally]
    var needs: EntryNeeds { .all }

    init(since: Timestamp?) {
      let groupings: [[Grouping]] = [[.skill, .model], [.day, .tag], [.session, .phase, .project], []]
      rates = groupings.map { PassRateTally(grouping: $0, filter: EntryFilter(since: since)) }
      statistics = groupings.map { StatisticsTally(grouping: $0, filter: EntryFilter(since: since)) }
      rates.append(PassRateTally(grouping: [.day], filter: EntryFilter(since: since, skill: "_routing")))
    }

    mutating func add(_ entry: CountedEntry, _ names: EntryNames) {
      for index in rates.indices { rates[index].add(entry, names) }
      for index in statistics.indices { statistics[index].add(entry, names) }
    }

    mutating func merge(_ other: Answers) {
      for index in rates.indices { rates[index].merge(other.rates[index]) }
      for index in statistics.indices { statistics[index].merge(other.statistics[index]) }
    }

    var lines: [String] {
      rates.flatMap { $0.groups.map { "\($0)" } }
        + statistics.flatMap { tally in
          tally.groups.map { group in
            let latencies = [0.5, 0.95, 0.99].map { "\(group.latency($0) ?? -1)" }
            return "\(group.values) \(group.calls) \(group.errors) \(group.retries) \(group.promptTokens) "
              + "\(group.completionTokens) \(group.cost.map { "\($0)" } ?? "-") \(latencies)"
          }
        }
    }
  }

  private func answers(_ caches: FilePath?, since: Timestamp?, _ limits: KeptCounts.Limits) throws -> [String] {
    let counted = try LogCount.run(sessions, caches: caches, since: since, limits: limits) { Answers(since: since) }
    let outcomes = try LogCount.outcomes(
      sessions, caches: caches, since: since ?? Timestamp(milliseconds: .min + 1), limits: limits)
    let routes = outcomes.answer.filter { $0.sums.rate.total > 0 }.map { "\($0.values) \($0.sums.rate)" }.sorted()
    return counted.answer.lines + routes
  }

  private static var small: KeptCounts.Limits {
    var limits = KeptCounts.Limits()
    (limits.tail, limits.memory, limits.run, limits.block, limits.shortBlock) = (40, 30, 200, 8, 4)
    limits.updates = 5
    limits.keepsFirst = true
    return limits
  }

  private func compare(
    _ comment: @autoclosure () -> String, since: Timestamp? = nil, limits: KeptCounts.Limits = small
  ) throws {
    let kept = try answers(caches, since: since, limits)
    let full = try answers(nil, since: since, limits)
    #expect(kept == full, "\(comment())")
  }

  /// The files of the counts.
  private var keptFiles: [String] {
    let root = folder.file("caches")
    return ((try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []).filter { $0.contains("/") }.sorted()
      .map { "caches/" + $0 }
  }

  // MARK: Random logs

  private static let base = 1_795_000_000_000

  private func entry(_ random: inout SeededGenerator, session: String) -> String {
    func one<Value>(_ values: [Value]) -> Value { values[Int.random(in: values.indices, using: &random)] }
    let span = one([1000, 3_600_000, 86_400_000, 40 * 86_400_000])
    let time = Timestamp(milliseconds: Int64(Self.base + Int.random(in: -span...span, using: &random)))
    var members = [#""session_id":"\#(one([session, session, session, "other", "Ö\u{1F600}"]))""#]
    members.append(
      one([#""timestamp":"\#(time)""#, #""timestamp":"\#(time)""#, #""timestamp":"yesterday""#, #""x":1"#]))
    for (name, values) in [
      ("skill", [#""review""#, #""tdd""#, #""r\u0065view""#, #""_routing""#, "7"]),
      ("model_used", [#""q""#, #""claude""#, "null"]), ("phase", [#""a""#]), ("project_root", [#""/p""#, #""/q""#]),
      ("final_status", ["pass", "fail", "fail", "ok", "error", "skip", "odd"].map { "\"\($0)\"" }),
      ("tags", [#"["a","b","a"]"#, "[]", #""x""#, "[1]"]), ("duration_ms", ["7", "812.5", "1e400", "-3"]),
      ("cost_usd", ["0.1", "0.000123", "1e308", "1e-300", "-0.5"]),
      ("usage", [#"{"prompt_tokens":12,"completion_tokens":9223372036854775807}"#, #"{"prompt_tokens":3}"#]),
      ("attempts", ["[{},{},{}]", "[]"]), ("error", ["null", #"{"kind":"x"}"#]), ("fell_open_to", [#""claude""#]),
      ("message", [#""review: local — why""#]),
      ("verdict", [#"{"accept":true,"job":"\#(time)","replaces":"fail"}"#, #"{"accept":false}"#]),
    ] where Int.random(in: 0..<3, using: &random) > 0 || name == "skill" {
      if ["error", "fell_open_to", "verdict"].contains(name), Int.random(in: 0..<4, using: &random) > 0 { continue }
      members.append("\"\(name)\":\(one(values))")
    }
    return "{" + members.joined(separator: ",") + "}\n"
  }

  /// Does one thing to the logs, or to what is kept of them.
  private func change(_ random: inout SeededGenerator) throws -> String {
    func below(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &random) }
    let session = "s\(below(6))"
    let file = "sessions/\(session).jsonl"
    let old = (try? folder.read(file)) ?? []
    func entries(_ count: Int) -> [UInt8] { (0..<count).flatMap { _ in Array(entry(&random, session: session).utf8) } }
    switch below(16) {
    case 0...4:
      try append(entries(below(60)), to: file)
      return "append"
    case 5:
      try append(Array(entry(&random, session: session).utf8.prefix(1 + below(80))), to: file)
      return "torn line"
    case 6:
      try? FileManager.default.removeItem(atPath: folder.file(file))
      return "removed"
    case 7:
      try? FileManager.default.moveItem(atPath: folder.file(file), toPath: folder.file("sessions/s\(below(9)).jsonl"))
      return "rotated"
    case 8:
      _ = truncate(folder.file(file), off_t(below(old.count)))
      return "truncated"
    case 9:
      try folder.write(file, entries(below(90)))
      return "written anew"
    case 10:
      // As long as it was, and the same at both ends.
      guard let place = old.dropFirst(300).dropLast(600).firstIndex(of: UInt8(ascii: "p")) else { return "nothing" }
      var bytes = old
      bytes[place] = UInt8(ascii: "q")
      try folder.write(file, bytes)
      return "written over"
    case 11:
      if !old.isEmpty { _ = try LogVerifier(FilePath(folder.file(file))).repair() }
      return "repaired"
    case 12:
      _ = try Verdict(session: session, accepts: below(2) == 0).append(to: sessions, redactor: Redactor(values: []))
      return "judged"
    case 13:
      let files = keptFiles
      guard !files.isEmpty else { return "nothing" }
      let name = files[below(files.count)]
      var bytes = try folder.read(name)
      guard !bytes.isEmpty else { return "nothing" }
      if below(2) == 0 {
        bytes[below(bytes.count)] ^= UInt8(1 << below(8))
      } else {
        bytes.removeLast(below(bytes.count))
      }
      try folder.write(name, bytes)
      return "damaged \(name)"
    case 14:
      if below(3) == 0 { try? FileManager.default.removeItem(atPath: folder.file("caches")) }
      return "counts removed"
    default:
      let pipe = folder.file("sessions/pipe.jsonl")
      if unlink(pipe) != 0 { _ = mkfifo(pipe, 0o600) }
      return "FIFO"
    }
  }

  private func append(_ bytes: [UInt8], to file: String) throws {
    let descriptor = open(folder.file(file), O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  @Test(arguments: 1...3)
  func whateverHappensTheAnswerIsThatOfAFullCount(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var history: [String] = []
    for step in 0..<25 {
      history.append(try change(&random))
      let since =
        step % 3 == 0 ? nil : Timestamp(milliseconds: Int64(Self.base - Int.random(in: 0...90_000_000, using: &random)))
      try compare("seed \(seed), step \(step): \(history.suffix(4))", since: since)
    }
  }

  // MARK: Faults

  private func fill(_ seed: UInt64 = 7) throws {
    var random = SeededGenerator(seed: seed)
    for session in 0..<4 {
      let entries = (0..<50).flatMap { _ in Array(entry(&random, session: "s\(session)").utf8) }
      try append(entries, to: "sessions/s\(session).jsonl")
    }
  }

  private var lenient: KeptCounts.Limits {
    var limits = KeptCounts.Limits()
    limits.keepsFirst = true
    return limits
  }

  /// A process that is killed leaves any beginning of what it was writing.
  @Test func cutOffAnywhereWhatIsKeptIsCountedAgain() throws {
    try fill()
    try compare("first", limits: lenient)
    try fill(8)
    try compare("second", limits: lenient)
    let tail = try #require(keptFiles.first { $0.hasSuffix("/tail") })
    let whole = try folder.read(tail)
    for length in stride(from: 0, to: whole.count, by: max(whole.count / 8, 1)) {
      try folder.write(tail, whole.prefix(length))
      try compare("cut off after \(length) of \(whole.count) bytes", limits: lenient)
    }
    // What follows goes behind the last whole update.
    try folder.write(tail, whole.dropLast(7))
    try fill(9)
    try compare("cut off and appended to", limits: lenient)
    try compare("and read again", limits: lenient)
  }

  @Test func anyDamageIsSeen() throws {
    try fill()
    try compare("first", limits: lenient)
    for kind in ["/tail", "/run-", "/files-"] {
      for share in 0..<5 {
        // A new one was made after the last damage.
        let name = try #require(keptFiles.first { $0.contains(kind) })
        var bytes = try folder.read(name)
        bytes[bytes.count * share / 5] ^= 0x10
        try folder.write(name, bytes)
        try compare("\(name), \(share) fifths into it", limits: lenient)
      }
    }
  }

  @Test func theOneWithTheLockKeepsAndOthersCount() throws {
    try fill()
    try compare("first", limits: lenient)
    let held = try #require(KeptCounts(caches: caches, sessions, lenient))
    #expect(held.mayWrite)
    try fill(9)
    let before = try keptFiles.map { try folder.read($0) }
    try compare("while another has the lock", limits: lenient)
    #expect(try keptFiles.map { try folder.read($0) } == before)
    held.close()
    try compare("afterwards", limits: lenient)
    #expect(try keptFiles.map { try folder.read($0) } != before)
  }

  @Test func whatAnotherUserCouldHaveWrittenIsNotUsed() throws {
    try fill()
    try compare("first", limits: lenient)
    let names = try FileManager.default.contentsOfDirectory(atPath: caches.string)
    #expect(chmod(folder.file("caches/" + (names.first ?? "")), 0o777) == 0)
    #expect(KeptCounts(caches: caches, sessions, lenient) == nil)
    try compare("writable by all", limits: lenient)
  }

  @Test func whereNothingCanBeKeptItIsCounted() throws {
    try fill()
    try folder.write("caches", text: "a file in the way")
    try compare("a file in the way", limits: lenient)
  }

  /// The price of keeping is not paid by someone who asks only once.
  @Test func theFirstQuestionKeepsNothing() throws {
    try fill()
    var limits = lenient
    limits.keepsFirst = false
    for count in [0, 0, 4] {
      #expect(keptFiles.count == count)
      _ = try LogCount.run(sessions, caches: caches, limits: limits) { Answers(since: nil) }
    }
  }

  @Test func whatIsNoRegularFileIsTold() throws {
    try fill()
    #expect(mkfifo(folder.file("sessions/pipe.jsonl"), 0o600) == 0)
    #expect(symlink("nowhere", folder.file("sessions/link.jsonl")) == 0)
    for caches in [nil, caches, caches] {
      let skipped = try LogCount.run(sessions, caches: caches, limits: lenient) { Answers(since: nil) }.skipped
      #expect(skipped.map(\.reason) == [.symbolicLink, .notRegular])
    }
  }
}
