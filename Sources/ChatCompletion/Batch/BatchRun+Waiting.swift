import NDJSON
import Platform
import Servers
import SystemPackage

/// What happens between two looks at the batches.
extension BatchRun {
  func tell(_ states: [Int: BatchServer.Status]) {
    progress.ended = ends.count
    progress.completed = states.values.reduce(0) { $0.addingSaturated($1.completed) }
    progress.failed = states.values.reduce(0) { $0.addingSaturated($1.failed) }
    onProgress(progress)
  }

  func pause(until moment: MonotonicTime) throws(BatchStop) {
    do throws(Errno) {
      while MonotonicTime.now < moment {
        if TerminationSignal.signal != nil { throw .interrupted }
        _ = try server.client.wait(until: moment)
        while server.client.next() != nil {}
      }
    } catch {
      if TerminationSignal.signal != nil { throw .interrupted(whatRuns(nil)) }
      throw .system(error)
    }
    if TerminationSignal.signal != nil { throw .interrupted(whatRuns(nil)) }
  }

  func stop(_ failure: BatchServer.Failure) -> BatchStop {
    switch failure {
    case .refused(let failure): .unavailable(whatRuns(failure))
    case .interrupted: .interrupted(whatRuns(nil))
    case .system(let error): .system(error)
    }
  }

  /// What goes on at the server, for a person.
  func whatRuns(_ trouble: CompletionFailure?) -> String {
    let running = plan.files.filter { ends[$0.number] == nil }.compactMap { state.entries[$0.number]?.batchID }
    let reason = trouble.map { "\($0.message); " } ?? ""
    guard let first = running.first else { return "\(reason)no batch is running" }
    let others = running.count > 1 ? " and \(running.count - 1) more" : ""
    let done = progress.completed.addingSaturated(progress.failed)
    return "\(reason)still running: \(first)\(others), \(done) of \(progress.requests) requests done"
  }
}
