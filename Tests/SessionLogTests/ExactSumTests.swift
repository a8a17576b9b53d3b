import TestSupport
import Testing

@testable import SessionLog

@Suite struct ExactSumTests {
  private func sum(_ numbers: [Double]) -> Double {
    var sum = ExactSum()
    for number in numbers { sum.add(number) }
    return sum.value
  }

  private static let cases: [([Double], Double)] = [
    ([], 0), ([0.1, 0.2, 0.3], 0.6), ([1e16, 1, -1e16], 1), ([1e100, 1, -1e100, 1], 2),
    ([1e308, 1e308], .greatestFiniteMagnitude), ([1e308, 1e308, -1e308], 1e308), ([1.7e308, 1, -1.7e308], 1),
    (Array(repeating: 0.1, count: 10), 1), ([0x1p-1074, 0x1p-1074, -0x1p-1074], 0x1p-1074),
    // Half way between two doubles: the last one decides.
    ([1, 0x1p-53, 0x1p-110], 1 + 0x1p-52), ([1, 0x1p-53, -0x1p-110], 1),
  ]

  @Test(arguments: cases)
  func sumsAreRoundedOnce(numbers: [Double], expected: Double) {
    #expect(sum(numbers) == expected)
    #expect(sum(numbers.reversed()) == expected)
  }

  @Test func theOrderDoesNotMatterAndWhatIsTakenAwayIsGone() {
    var random = SeededGenerator(seed: 3)
    let numbers = (0..<300).map { _ in
      Double(random.below(2_000_001) - 1_000_000) * random.pick([1e-9, 1e-3, 1, 1e9, 1e300])
    }
    let expected = sum(numbers)
    for _ in 0..<10 { #expect(sum(numbers.shuffled(using: &random)) == expected) }
    var (left, right) = (ExactSum(), ExactSum())
    for number in numbers { left.add(number) }
    for number in numbers.dropLast() { right.add(-number) }
    left += right
    #expect(left.value == numbers.last)
  }
}
