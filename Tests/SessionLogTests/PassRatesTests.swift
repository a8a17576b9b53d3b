import Secrets
import SystemPackage
import TestSupport
import Testing

@testable import SessionLog

@Suite struct PassRatesTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private var sessions: SessionDirectory { SessionDirectory(brain: FilePath(folder.path)) }

  private func rates(
    by grouping: [Grouping] = [.skill], since: Timestamp? = nil, skill: String? = nil
  ) throws -> [String] {
    try PassRates(in: sessions, by: grouping, since: since, skill: skill).groups.map { group in
      group.values.map { $0 ?? "-" }.joined(separator: "/") + " \(group.rate.pass):\(group.rate.fail)"
    }
  }

  private static func entry(
    _ skill: String?, _ status: String, _ more: String = "", time: String = "2026-11-20T10:00:00.000Z"
  ) -> String {
    let skill = skill.map { #","skill":"\#($0)""# } ?? ""
    return #"{"session_id":"s","timestamp":"\#(time)"\#(skill),"final_status":"\#(status)"\#(more)}"# + "\n"
  }

  @Test func nothingIsThere() throws {
    #expect(try rates().isEmpty)
    #expect(PassRate().rate == nil && PassRate(pass: 3, fail: 1).rate == 0.75)
  }

  @Test func onlyPassAndFailCount() throws {
    let entries = ["pass", "pass", "fail", "ok", "error", "odd"].map { Self.entry("review", $0) }
    let others = [
      Self.entry("_routing", "fail"), Self.entry("x", "skip"), Self.entry(nil, "pass"), "torn\n", "[1]\n", "\n",
      Self.entry("spec", "ok"), #"{"session_id":"s","skill":"revi\u0065w","final_status":"p\u0061ss"}"# + "\n",
    ]
    try folder.write("sessions/s.jsonl", text: (entries + others).joined() + #"{"skill":"review","final_st"#)
    #expect(try rates() == ["- 1:0", "review 3:1", "spec 0:0"])
    #expect(try rates(skill: "spec") == ["spec 0:0"])
  }

  @Test func groupsAreWhatEntriesHaveInCommon() throws {
    let qwen = #","model_used":"qwen35","tags":["a","b","a"],"project_root":"/p""#
    try folder.write("sessions/s.jsonl", text: Self.entry("review", "pass", qwen) + Self.entry("review", "fail"))
    try folder.write("sessions/t.jsonl", text: Self.entry("spec", "fail", qwen, time: "2026-11-21T00:00:00.000Z"))
    #expect(try rates(by: [.model]) == ["- 0:1", "qwen35 1:1"])
    #expect(try rates(by: [.skill, .model]) == ["review/- 0:1", "review/qwen35 1:0", "spec/qwen35 0:1"])
    #expect(try rates(by: [.day]) == ["2026-11-20 1:1", "2026-11-21 0:1"])
    #expect(try rates(by: [.tag]) == ["- 0:1", "a 1:1", "b 1:1"])
    #expect(try rates(by: [.project, .session]) == ["-/s 0:1", "/p/s 1:1"])
  }

  @Test func aWindowTakesWhatIsNotOlder() throws {
    let times = ["2026-11-20T09:59:59.999Z", "2026-11-20T10:00:00.000Z", "2026-11-20T11:30:00+01:00", "yesterday"]
    try folder.write("sessions/s.jsonl", text: times.map { Self.entry("review", "pass", time: $0) }.joined())
    let since = try #require(Timestamp("2026-11-20T10:00:00Z".utf8))
    #expect(try rates(since: since) == ["review 2:0"])
    #expect(try rates() == ["review 4:0"])
  }

  @Test func theLastVerdictCountsAtTheTimeOfItsJob() throws {
    try folder.write(
      "sessions/s.jsonl",
      text: Self.entry("review", "pass", #","id":1"#, time: "2026-11-01T00:00:00.000Z")
        + Self.entry("review", "ok", time: "2026-11-20T00:00:00.000Z") + Self.entry("_routing", "skip"))
    func judge(_ id: String?, _ accepts: Bool) throws -> Bool {
      try Verdict(session: "s", id: id, accepts: accepts).append(to: sessions, redactor: Redactor(values: []))
    }
    #expect(try judge("1", false) && judge(nil, false) && judge("1", true) && judge("1", false))
    #expect(try rates() == ["review 0:2"])
    #expect(try rates(by: [.day]) == ["2026-11-01 0:1", "2026-11-20 0:1"])
    #expect(try rates(since: Timestamp("2026-11-10".utf8)) == ["review 0:1"])
    #expect(try judge(nil, true))
    #expect(try rates() == ["review 1:1"])
    #expect(try !judge("2", true))
  }

  /// The parts that the threads take begin and end inside of lines.
  @Test(arguments: [1, 7, 64, 100, 1 << 20])
  func everyLineIsReadOnceWhereverItIsCut(size: Int) throws {
    let lines = (0..<60).map { "{\"id\":\($0),\"x\":\"\(String(repeating: "y", count: $0 * 7 % 150))\"}" }
    let file = try folder.write("sessions/s.jsonl", text: lines.joined(separator: "\n"))
    var seen: [String] = []
    var buffer = [UInt8](repeating: 0, count: 16)
    for segment in try LogSegment.cut([FilePath(file)], size: size) {
      try segment.forEachLine(&buffer) { line, offset in
        seen.append(String(decoding: line, as: UTF8.self))
      }
    }
    #expect(seen == lines)
  }
}
