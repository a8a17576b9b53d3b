import CommandSupport
import ModelRouting
import NDJSON
import SystemPackage

extension RouteSetup {
  /// Reads log entries and prints what the policy would have come to.
  func replay(_ options: FilterOptions) throws(ProgramFailure) {
    let source = try RecordSource(options)
    let diagnostics = Diagnostics(program: "hg-route")
    var replay = Replay(rules: rules)
    var badLines = 0
    while true {
      while let line = source.next() {
        switch line {
        case .record(let entry, _):
          replay.add(entry)
        case .bad(let error, _):
          badLines += 1
          if badLines <= 3 { diagnostics.message("stdin:\(error.line ?? 0): \(error); skipped") }
        }
      }
      if source.isAtEnd { break }
      try source.fill()
    }
    try print(replay.run())
    if badLines > 0 { throw ProgramFailure(.recordsFailed, "\(badLines) lines were no entries") }
  }

  private func print(_ lines: [ReplayLine]) throws(ProgramFailure) {
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      for line in lines {
        var writer = JSONWriter()
        line.write(to: &writer)
        try output.line { $0.append(contentsOf: writer.bytes) }
      }
      try output.flush()
    } catch {
      throw .writing(error)
    }
  }
}
