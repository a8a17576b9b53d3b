import CommandSupport
import Glibc
import ModelRouting
import Platform
import Servers
import SessionLog
import SystemPackage

/// Where pass rates come from, and for how long they hold.
struct EvidenceSetup {
  /// One source.
  enum Origin {
    case sessionLogs(FilePath, WindowOption)
    case file(FilePath)
    case server(ServerEvidence.Server)
    case nowhere
  }

  let origin: Origin
  let lifetime: Int
  private let diagnostics: Diagnostics

  init(
    _ options: EvidenceOptions, _ environment: RoutingEnvironment, asksServer: Bool, _ diagnostics: Diagnostics
  ) throws(ProgramFailure) {
    self.diagnostics = diagnostics
    lifetime = options.ttl ?? environment.lifetime ?? 60
    let window = options.window ?? .standard
    let server: BrainServer?
    do throws(ServerSettings.Invalid) {
      server = try ServerSettings.brain(
        option: options.brainURL, usesEnvironment: asksServer && options.brain.path == nil)
    } catch {
      throw ProgramFailure(error, option: "--brain-url")
    }
    if let file = options.passRates {
      origin = .file(FilePath(file))
    } else if let server {
      origin = .server(.init(server, window: window.text))
    } else if let brain = try Self.brain(options.brain) {
      origin = .sessionLogs(brain, window)
    } else {
      origin = .nowhere
    }
  }

  func source(_ rules: RoutingRules) -> any EvidenceSource {
    if case .server(let server) = origin {
      let caches = lifetime > 0 ? DefaultPaths(Environment.variable).cache : nil
      return ServerEvidence(server, caches: caches, lifetime: Double(lifetime)) { [self] in diagnostics.message($0) }
    }
    return TableEvidence(
      catalog: rules.catalog, minGain: rules.policy.minGain, cache: cache, lifetime: Double(lifetime)
    ) { [self] in count() }
  }

  /// Logs are many and long, so their counts are kept; a file of pass rates is as short as its cache would be.
  private var cache: PassRateCache? {
    guard lifetime > 0, case .sessionLogs(let brain, let window) = origin,
      let directory = DefaultPaths(Environment.variable).cache
    else { return nil }
    // The same words must not mean another folder when they are said somewhere else.
    let absolute = realpath(brain.string, nil).map { path in
      defer { free(path) }
      return String(cString: path)
    }
    return absolute.map {
      PassRateCache(directory: directory, source: "logs \(window.window.inDays) \($0)", lifetime: Double(lifetime))
    }
  }

  private func count() -> PassRateTable? {
    switch origin {
    case .nowhere, .server:
      return PassRateTable()
    case .file(let path):
      do throws(PassRateFile.Failure) {
        return try PassRateFile.read(path)
      } catch {
        diagnostics.message("\(path): \(error); no pass rate is known")
        return nil
      }
    case .sessionLogs(let brain, let window):
      do throws(SessionLogError) {
        let (table, skipped) = try PassRateTable.counted(
          in: SessionDirectory(brain: brain), since: window.window.start(before: .now()),
          caches: DefaultPaths(Environment.variable).cache, looksAtAll: lifetime == 0)
        for error in skipped { diagnostics.message("\(error); left out") }
        return table
      } catch {
        diagnostics.message("\(error); no pass rate is known")
        return nil
      }
    }
  }

  /// Without a home there is no brain unless someone names it, and no pass rate is known.
  private static func brain(_ options: BrainOptions) throws(ProgramFailure) -> FilePath? {
    guard options.path == nil, Environment.variable("HYPERGUILD_BRAIN_DIR") == nil else {
      return try options.directory()
    }
    return try? options.directory()
  }
}
