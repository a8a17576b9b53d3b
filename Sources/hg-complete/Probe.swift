import ChatCompletion
import CommandSupport
import NDJSON
import Platform
import Servers
import SystemPackage

/// `--models` and `--health`: questions about the server itself.
struct Probe {
  let settings: Settings

  /// Prints the server's models, each as the server describes it, or only their names.
  func models(asText: Bool) throws(ProgramFailure) {
    let report = try report(asksLiveness: false, describesModels: !asText)
    if let entries = report.entries, let models = report.models {
      let lines = asText ? models.map { Array($0.utf8) } : entries
      return try print(lines)
    }
    throw failure(report)
  }

  /// Prints what was found as one object.
  func health() throws(ProgramFailure) {
    let report = try report(asksLiveness: true)
    try print([report.json])
    guard report.models == nil else { return }
    throw failure(report)
  }

  private func failure(_ report: ServerProbe.Report) -> ProgramFailure {
    let status: ExitStatus = report.isAuthenticated == false ? .noPermission : .unavailable
    return ProgramFailure(status, "\(settings.address.root): \(report.message ?? "no list of models")")
  }

  private func report(asksLiveness: Bool, describesModels: Bool = false) throws(ProgramFailure) -> ServerProbe.Report {
    let key: String?
    do throws(Errno) { key = try settings.key.current() } catch {
      throw ProgramFailure(.noInput, "the key file: \(error)")
    }
    do throws(Errno) {
      let client = try HTTPClient(settings.http)
      let seconds = min(settings.completion.attemptTimeout, 30)
      let probe = ServerProbe(settings.address, key: key, client: client, seconds: seconds)
      var report = try probe.report(asksLiveness: asksLiveness)
      if describesModels { try probe.describeModels(of: &report) }
      return report
    } catch {
      if let signal = TerminationSignal.signal { throw ProgramFailure(ExitStatus(rawValue: 128 + signal), "") }
      throw ProgramFailure(.ioError, "waiting for the server: \(error)")
    }
  }

  private func print(_ lines: [[UInt8]]) throws(ProgramFailure) {
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      for line in lines { try output.line { $0.append(contentsOf: line) } }
      try output.flush()
    } catch {
      throw .writing(error)
    }
  }
}
