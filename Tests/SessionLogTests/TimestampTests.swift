import Platform
import Testing

@testable import SessionLog

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000Z", 0), ("1969-12-31T23:59:59.999Z", -1), ("2000-02-29T12:00:00.500Z", 951_825_600_500),
    ("2026-11-21T04:06:25.123Z", 1_795_233_985_123), ("0001-01-01T00:00:00.000Z", -62_135_596_800_000),
    ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
  ])
  func textAndNumberAreOne(text: String, milliseconds: Int) {
    #expect(Timestamp(milliseconds: Int64(milliseconds)).description == text)
    #expect(Timestamp(text.utf8)?.milliseconds == Int64(milliseconds))
  }

  @Test(arguments: [
    ("2026-11-21T05:06:25.123+01:00", "2026-11-21T04:06:25.123Z"), ("2026-11-21", "2026-11-21T00:00:00.000Z"),
    ("2026-11-21T04:06:25Z", "2026-11-21T04:06:25.000Z"), ("2026-11-21t04:06:25.1z", "2026-11-21T04:06:25.100Z"),
    ("2026-11-21 04:06:25.123456789-00:30", "2026-11-21T04:36:25.123Z"),
    ("2026-11-21T04:06:25,5Z", "2026-11-21T04:06:25.500Z"), ("2026-11-21T05:06:25+0100", "2026-11-21T04:06:25.000Z"),
    ("2026-11-21T05:06:25+01", "2026-11-21T04:06:25.000Z"), ("2026-11-21 04:06:25 UTC", "2026-11-21T04:06:25.000Z"),
    ("2026-11-21 05:06:25.1 +0100", "2026-11-21T04:06:25.100Z"),
    ("2026-11-21T23:30:00-01:00", "2026-11-22T00:30:00.000Z"),
  ])
  func otherFormsAreRead(text: String, same: String) {
    #expect(Timestamp(text.utf8)?.description == same)
  }

  @Test(arguments: [
    "", "now", "2026-13-01", "2026-00-01", "2026-11-21T", "2026-11-21T24:00:00Z", "2026-11-21T04:06:25",
    "2026-11-21T04:06:25+24:00", "2026-11-21T04:06:25+01:60", "2026-11-21T04:06:25+01:", "2026-11-21T04:06:25U",
    "2026-11-21T04:06:25.Z", "2026-11-21T04:06:25ZZ", "2026-11-21T04:06:25+1:00",
  ])
  func whatIsNoTimeIsNone(text: String) {
    #expect(Timestamp(text.utf8) == nil)
  }

  /// The form whose bytes are in the order of time, and forms of the same length that are not.
  @Test(arguments: [
    ("2026-11-21T04:06:25.123Z", true), ("0000-00-00T00:00:00.000Z", true), ("9999-99-99T99:99:99.999Z", true),
    ("2026-11-21 04:06:25.123Z", false), ("2026-11-21t04:06:25.123Z", false), ("2026-11-21T04:06:25.123z", false),
    ("2026-11-21T04:06:25,123Z", false), ("2026-11-21T04:06:25+00:0", false), ("2026/11/21T04:06:25.123Z", false),
    ("2026-11-21T04:06:2:.123Z", false), ("2026-11-21T04:06:25.1/3Z", false), ("2026-1\u{0}-21T04:06:25.123Z", false),
    ("202\u{7F}-11-21T04:06:25.123Z", false), ("éé-11-21T04:06:25.123ZZ", false), ("", false), ("2026-11-21", false),
  ])
  func theFormOfThisProgramIsKnown(text: String, isCanonical: Bool) {
    #expect(Array(text.utf8).withUnsafeBytes { Timestamp.isCanonical($0) } == isCanonical)
  }

  @Test(arguments: [Int64.min, -62_167_219_200_001, 253_402_300_800_000, .max])
  func momentsBeyondTheYearsOfFourDigitsAreNoTrap(milliseconds: Int64) {
    let text = Timestamp(milliseconds: milliseconds).description
    #expect(text == (milliseconds < 0 ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"))
    #expect(TimeWindow(milliseconds: 1).start(before: Timestamp(milliseconds: milliseconds)).milliseconds < .max)
  }

  /// Every day of 800 years, leap days too.
  @Test func everyDayReadsBack() {
    for day in stride(from: -100_000, through: 192_194, by: 1) {
      let time = Timestamp(milliseconds: Int64(day) * 86_400_000 + 86_399_999)
      guard Timestamp(time.utf8) == time else {
        Issue.record("\(time)")
        return
      }
    }
  }

  @Test(arguments: [
    ("90s", 90_000), ("30m", 1_800_000), ("24h", 86_400_000), ("7d", 604_800_000), ("2w", 1_209_600_000),
    ("36500d", 3_153_600_000_000),
  ])
  func windowsAreLengths(text: String, milliseconds: Int) {
    #expect(TimeWindow(text)?.milliseconds == Int64(milliseconds))
  }

  @Test(arguments: [
    "", "7", "d", "0d", "-1d", "1.5h", "7 d", "7y", "99999999999999999999d", "9999999999999w", "999999d", "36501d",
    "5215w", "9223372036854775807s",
  ])
  func otherWordsAreNoWindow(text: String) {
    #expect(TimeWindow(text) == nil)
  }
}
