import NDJSON
import Testing

/// Numbers from outside saturate or are refused; none of them ends the program.
@Suite struct NumberTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let json: String
    let whole: Int?
    let count: Int?
    let finite: Double?
    var testDescription: String { json }
  }

  static let largest = Double.greatestFiniteMagnitude

  static let cases = [
    Case(json: "0", whole: 0, count: 0, finite: 0), Case(json: "-0", whole: 0, count: 0, finite: 0),
    Case(json: "-1", whole: -1, count: nil, finite: -1), Case(json: "94.0", whole: 94, count: 94, finite: 94),
    Case(json: "9.4e1", whole: 94, count: 94, finite: 94), Case(json: "1E3", whole: 1000, count: 1000, finite: 1000),
    Case(json: "0.5", whole: nil, count: nil, finite: 0.5), Case(json: "-0.5", whole: nil, count: nil, finite: -0.5),
    Case(json: "9007199254740992", whole: 1 << 53, count: 1 << 53, finite: 0x1p53),
    Case(json: "9223372036854775807", whole: .max, count: .max, finite: 0x1p63),
    Case(json: "9223372036854775808", whole: .max, count: .max, finite: 0x1p63),
    Case(json: "9223372036854775807.0", whole: .max, count: .max, finite: 0x1p63),
    Case(json: "-9223372036854775808", whole: .min, count: nil, finite: -0x1p63),
    Case(json: "-9223372036854775809", whole: .min, count: nil, finite: -0x1p63),
    Case(json: "18446744073709551616", whole: .max, count: .max, finite: 0x1p64),
    Case(json: "1e30", whole: .max, count: .max, finite: 1e30),
    Case(json: "-1e30", whole: .min, count: nil, finite: -1e30),
    Case(json: "1e400", whole: .max, count: .max, finite: largest),
    Case(json: "-1e400", whole: .min, count: nil, finite: -largest),
    Case(json: "1e-400", whole: 0, count: 0, finite: 0),
    Case(json: "\"1\"", whole: nil, count: nil, finite: nil), Case(json: "null", whole: nil, count: nil, finite: nil),
    Case(json: "true", whole: nil, count: nil, finite: nil), Case(json: "[1]", whole: nil, count: nil, finite: nil),
  ]

  @Test(arguments: cases)
  func extremes(test: Case) throws {
    try Array(test.json.utf8).withUnsafeBytes { bytes in
      let value = try JSONParser().parse(bytes).value
      #expect(value.wholeNumber == test.whole)
      #expect(value.count == test.count)
      #expect(value.finiteDouble == test.finite)
    }
  }

  @Test(
    arguments: [
      (0.0, 0), (-0.9, 0), (1.9, 1), (1e30, .max), (-1e30, .min), (.infinity, .max), (-.infinity, .min), (.nan, 0),
      (0x1p63, .max), (-0x1p63, .min), (0x1p62, 1 << 62),
    ] as [(Double, Int)])
  func doublesBecomeIntegers(number: Double, integer: Int) {
    #expect(Int(saturating: number) == integer)
  }

  @Test(
    arguments: [
      (1, 2, 3, 2), (.max, 1, .max, .max), (.max, .max, .max, .max), (.min, -1, .min, .max), (.min, .max, -1, .min),
      (.min, .min, .min, .max), (-1, .min, .min, .max), (0, .min, .min, 0),
    ] as [(Int, Int, Int, Int)])
  func sumsAndProductsSaturate(left: Int, right: Int, sum: Int, product: Int) {
    #expect(left.addingSaturated(right) == sum)
    #expect(left.multipliedSaturated(by: right) == product)
    var total = left
    total.addSaturated(right)
    #expect(total == sum)
    #expect(UInt8(200).addingSaturated(100) == 255 && UInt8(saturating: -5) == 0)
  }
}
