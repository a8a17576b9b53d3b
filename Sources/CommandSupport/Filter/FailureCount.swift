/// How many records failed here; with text output also those that had failed before.
final class FailureCount {
  /// How many are told one by one; the rest is counted.
  private static let tellAtMost = 10

  private var count = 0

  /// Counts one more, and tells a person.
  ///
  /// - Parameters:
  ///   - message: What is wrong, and where.
  ///   - diagnostics: The program's voice.
  func add(_ message: String, _ diagnostics: Diagnostics) {
    count += 1
    if count <= Self.tellAtMost { diagnostics.message(message) }
  }

  /// Tells how many were not told one by one.
  ///
  /// - Parameter diagnostics: The program's voice.
  /// - Returns: `success`, or `recordsFailed`.
  func finish(_ diagnostics: Diagnostics) -> ExitStatus {
    if count > Self.tellAtMost { diagnostics.message("\(count) records failed") }
    return count == 0 ? .success : .recordsFailed
  }
}
