import CommandSupport
import Glibc
import ModelRouting
import NDJSON
import Platform
import SystemPackage
import YAML

/// Options, variables and files put together: what decides, and from which evidence.
struct RouteSetup {
  /// The largest file of models that is read, in bytes.
  private static let longestFile = 64 << 20

  let rules: RoutingRules
  let evidence: EvidenceSetup
  let modelsFile: FilePath?

  var source: any EvidenceSource { evidence.source(rules) }

  init(
    _ options: RoutingOptions, _ evidenceOptions: EvidenceOptions, _ diagnostics: Diagnostics
  ) throws(ProgramFailure) {
    let environment: RoutingEnvironment
    let policy: RoutingRules.Policy
    do throws(ConfigurationError) {
      environment = try RoutingEnvironment(Environment.variable)
      policy = try Self.policy(options, environment)
    } catch {
      throw ProgramFailure(.configuration, error.description)
    }
    let strong = options.claudeModel.flatMap { SettingText.trimmed($0) } ?? environment.claudeModel
    let standard = ModelChain(
      local: options.localModel.flatMap { SettingText.trimmed($0) } ?? environment.localModel ?? "qwen35",
      strong: strong ?? "claude-sonnet-4-6")
    let (catalog, file) = try Self.catalog(options.models ?? environment.modelsFile, standard, strong)
    modelsFile = file
    if let strong, let file, !catalog.uses(strong) {
      let name = options.claudeModel == nil ? "HYPERGUILD_CLAUDE_MODEL" : "--claude-model"
      diagnostics.message("\(name) \(strong): not used, for \(file) names the strong model of every chain")
    }
    var rules = RoutingRules(catalog: catalog, policy: policy)
    rules.allowed = options.allowedModels
    rules.exploreShare = options.explore
    rules.defaultSkill = options.skill
    rules.defaultSession = options.session
    rules.available = options.available.flatMap { Self.available(FilePath($0), diagnostics) }
    self.rules = rules
    if options.policy == .gain, evidenceOptions.brainURL != nil {
      throw ProgramFailure(.usage, "--policy gain needs counts of both models, which --brain-url does not say")
    }
    evidence = try EvidenceSetup(
      evidenceOptions, environment, asksServer: options.policy == .threshold, diagnostics)
  }

  private static func policy(
    _ options: RoutingOptions, _ environment: RoutingEnvironment
  ) throws(ConfigurationError) -> RoutingRules.Policy {
    // Checked for the gain policy too: a wrong setting must not wait for the day when it is used.
    let (floor, ceil) = (options.floor ?? environment.floor ?? 0.90, options.ceil ?? environment.ceil ?? 0.70)
    guard floor >= ceil else { throw floorBelowCeil(options, environment, floor, ceil) }
    let threshold = try ThresholdPolicy(floor: floor, ceil: ceil)
    switch options.policy {
    case .threshold: return .threshold(threshold)
    case .gain:
      let minGain = options.minGain ?? 0.05
      if options.thompson { return .gain(.thompson(minGain)) }
      return .gain(options.strongShare.map { .strongShare($0) } ?? .minGain(minGain))
    }
  }

  /// Names what was set, by an option before a variable.
  private static func floorBelowCeil(
    _ options: RoutingOptions, _ environment: RoutingEnvironment, _ floor: Double, _ ceil: Double
  ) -> ConfigurationError {
    if options.floor != nil || options.ceil == nil && environment.floor != nil {
      let name = options.floor == nil ? "HYPERGUILD_ROUTE_LOCAL_FLOOR" : "--floor"
      return ConfigurationError(name, "\(floor)", allowed: "\(ceil) to 1, for a floor is not below the ceiling")
    }
    let name = options.ceil == nil ? "HYPERGUILD_ROUTE_LOCAL_CEIL" : "--ceil"
    return ConfigurationError(name, "\(ceil)", allowed: "0 to \(floor), for a ceiling is not above the floor")
  }

  /// A file that was asked for must be there; the one at the standard place need not.
  private static func catalog(
    _ named: String?, _ standard: ModelChain, _ strong: String?
  ) throws(ProgramFailure) -> (ModelCatalog, FilePath?) {
    guard let path = named.map({ FilePath($0) }) ?? DefaultPaths(Environment.variable).models else {
      return (ModelCatalog(defaultChain: standard), nil)
    }
    let bytes: [UInt8]
    do throws(Errno) {
      bytes = try WholeFile.read(path, limit: Self.longestFile)
    } catch .noSuchFileOrDirectory where named == nil {
      return (ModelCatalog(defaultChain: standard), nil)
    } catch {
      throw ProgramFailure(error == .noSuchFileOrDirectory ? .noInput : .ioError, "\(path): \(error)")
    }
    do throws(YAMLError) {
      return (try ModelCatalog(yaml: bytes, standard: standard, strong: strong), path)
    } catch {
      throw ProgramFailure(.configuration, "\(path):\(error)")
    }
  }

  /// The list comes from another program, perhaps from cron: that it is missing must not stop routing.
  private static func available(_ path: FilePath, _ diagnostics: Diagnostics) -> Set<String>? {
    do throws(Errno) {
      if let models = AvailableModels.parse(try WholeFile.read(path, limit: Self.longestFile)) { return models }
      diagnostics.message("--available \(path): no list of models; all count as up")
    } catch {
      diagnostics.message("--available \(path): \(error); all models count as up")
    }
    return nil
  }
}
