import NDJSON
import Platform
import SystemPackage

/// The ways to the server: there, and back.
extension BatchRun {
  /// Brings a batch to the server, each step noted before and after.
  func submit(_ file: BatchFile) throws(BatchStop) {
    var entry = state.entries[file.number] ?? BatchState.Entry(file)
    guard entry.batchID == nil else { return }
    let name = state.name(of: file.number)
    // What an earlier run began may be there already.
    var mayBeThere = state.entries[file.number] != nil
    if !mayBeThere { do throws(BatchServer.Failure) { try note(entry) } catch { throw stop(error) } }
    var tries = 0
    while true {
      do throws(BatchServer.Failure) {
        if entry.fileID == nil {
          if mayBeThere { entry.fileID = try server.file(named: file.name) }
          if entry.fileID == nil { entry.fileID = try server.upload(file) }
          try note(entry)
        }
        if mayBeThere, let id = entry.fileID { entry.batchID = try server.batch(named: name, ofFile: id) }
        if entry.batchID == nil, let id = entry.fileID { entry.batchID = try server.create(file: id, name: name) }
        try note(entry)
        return
      } catch .refused(let failure) {
        if failure.kind == .keyRefused { throw .keyRefused(failure.message) }
        mayBeThere = true
        guard failure.isTransient, tries < options.retries else {
          if failure.isTransient { throw .unavailable(whatRuns(failure)) }
          ends[file.number] = End(
            failure: CompletionFailure(
              .batchFailed, "the server did not take the batch: \(failure.message)", status: failure.status))
          return
        }
        try pause(until: .now.adding(seconds: policy.wait(retry: tries, least: failure.retryAfter)))
        tries += 1
      } catch { throw stop(error) }
    }
  }

  private func note(_ entry: BatchState.Entry) throws(BatchServer.Failure) {
    do throws(Errno) { try state.note(entry) } catch { throw .system(error) }
  }

  /// Fetches what an ended batch left; nil when it is not there yet.
  func end(
    _ file: BatchFile, _ status: BatchServer.Status, isLast: Bool
  ) throws(BatchServer.Failure) -> End? {
    let ids = [status.outputFile, status.errorFile].compactMap { $0 }
    let isComplete = status.state == "completed"
    if ids.isEmpty && isComplete && !isLast { return nil }
    var end = End(failure: Self.failure(status))
    for id in ids {
      do throws(BatchServer.Failure) {
        end.files.append(try server.download(id))
      } catch {
        var missing: CompletionFailure?
        if case .refused(let failure) = error, !failure.isTransient, failure.kind != .keyRefused { missing = failure }
        if let missing, isLast {
          end.failure = CompletionFailure(.batchLost, "file \(id) is not there: \(missing.message)")
          continue
        }
        for file in end.files { closeQuietly(file) }
        if missing != nil { return nil }
        throw error
      }
    }
    return end
  }

  private static func failure(_ status: BatchServer.Status) -> CompletionFailure {
    let said = status.message.map { ": \($0)" } ?? ""
    return switch status.state {
    case "expired": CompletionFailure(.batchExpired, "the batch expired before it came to this request\(said)")
    case "cancelled":
      CompletionFailure(.batchCancelled, "the batch was cancelled before it came to this request\(said)")
    case "failed": CompletionFailure(.batchFailed, "the batch failed\(said)")
    default: CompletionFailure(.batchLost, "the batch has no answer to this request\(said)")
    }
  }
}
