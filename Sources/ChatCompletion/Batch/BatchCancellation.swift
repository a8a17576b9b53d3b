public import Servers

/// Ends the batches that a state file knows.
public struct BatchCancellation {
  private let state: BatchState
  private let server: BatchServer

  /// Prepares it.
  ///
  /// - Parameters:
  ///   - options: What holds for all requests.
  ///   - address: The server.
  ///   - key: Its key.
  ///   - client: Carries the requests.
  ///   - state: What was submitted.
  public init(_ options: CompletionOptions, address: BaseURL, key: APIKey, client: HTTPClient, state: BatchState) {
    self.state = state
    server = BatchServer(options, address: address, key: key, client: client)
  }

  /// Ends them.
  ///
  /// - Returns: Of each batch, what to tell a person, and whether it was ended.
  /// - Throws: Why it cannot go on.
  public func run() throws(BatchStop) -> [(message: String, isCancelled: Bool)] {
    var results: [(String, Bool)] = []
    for (number, entry) in state.entries.sorted(by: { $0.key < $1.key }) {
      do throws(BatchServer.Failure) {
        var known = entry.batchID
        if known == nil { known = try server.batch(named: state.name(of: number), ofFile: entry.fileID ?? "") }
        guard let batch = known else { continue }
        try server.cancel(batch)
        results.append(("batch \(batch) is cancelled", true))
      } catch .refused(let failure) {
        results.append(("batch \(entry.batchID ?? "\(number + 1)"): \(failure.message)", false))
      } catch {
        if case .system(let error) = error { throw .system(error) }
        throw .interrupted("some batches may go on")
      }
    }
    return results
  }
}
