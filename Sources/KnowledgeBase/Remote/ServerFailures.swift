/// How long a server that fails is asked again: not at all when it cannot be reached or refuses the caller, and no more
/// after three other failures in a row. So a server that hangs costs one wait, and not one for each record.
public struct ServerFailures: Sendable {
  private static let most = 3

  private var failures = 0
  private var verdict: KnowledgeError?

  /// Begins without a failure.
  public init() {}

  /// Asks, unless that is known to be in vain.
  ///
  /// - Parameter request: Asks the server.
  /// - Returns: What it answers.
  /// - Throws: What the request throws; when it was not made, what the last one threw.
  public mutating func ask<Answer>(_ request: () throws(KnowledgeError) -> Answer) throws(KnowledgeError) -> Answer {
    if let verdict { throw verdict }
    do throws(KnowledgeError) {
      let answer = try request()
      failures = 0
      return answer
    } catch {
      switch error {
      case .noServer: verdict = error
      case .server:
        failures += 1
        if failures == Self.most { verdict = error }
      default: break
      }
      throw error
    }
  }
}
