import CommandSupport
import ModelRouting
import NDJSON
import Servers
import SessionLog
import SystemPackage

extension RouteSetup {
  /// Prints what is in force as one JSON object.
  func printConfiguration() throws(ProgramFailure) {
    var writer = JSONWriter()
    writer.object { object in
      object.member("kill_switch", (try? Setting.isKilled()) ?? false)
      object.member("policy", rules.policy.name.rawValue)
      switch rules.policy {
      case .threshold(let policy):
        object.member("floor", policy.floor)
        object.member("ceil", policy.ceil)
      case .gain(.minGain(let gain)): object.member("min_gain", gain)
      case .gain(.thompson(let gain)):
        object.member("thompson", true)
        object.member("min_gain", gain)
      case .gain(.strongShare(let share)): object.member("strong_share", share)
      }
      object.member("explore", rules.exploreShare)
      object.list("allow", rules.allowed)
      object.list("available", rules.available?.sorted())
      object.member("skill", rules.defaultSkill)
      object.member("session", rules.defaultSession)
      object.member("models_file", modelsFile?.string)
      object.list("default_chain", rules.catalog.defaultChain.models)
      object.name("skills")
      object.object { skills in
        for (skill, chain) in rules.catalog.chains.sorted(by: { $0.key < $1.key }) {
          skills.list(any: skill, chain.models)
        }
      }
      evidence.write(to: &object)
    }
    let output = RecordOutput(.standardOutput)
    do throws(Errno) {
      try output.line { $0.append(contentsOf: writer.bytes) }
      try output.flush()
    } catch {
      throw .writing(error)
    }
  }
}

extension EvidenceSetup {
  fileprivate func write(to object: inout JSONWriter) {
    switch origin {
    case .sessionLogs(let brain, let window):
      object.member("pass_rates", "session logs")
      object.member("brain_dir", brain.string)
      object.member("window", window.text)
    case .file(let path):
      object.member("pass_rates", path.string)
    case .server(let server):
      object.member("pass_rates", "server")
      object.member("brain_url", server.maskedURL)
      object.member("brain_token", server.brain.hasToken ? "****" : nil)
      object.member("window", server.window)
    case .nowhere:
      object.member("pass_rates", "none")
    }
    object.member("ttl_seconds", lifetime)
  }
}

extension JSONWriter {
  fileprivate mutating func list(_ name: MemberName, _ texts: [String]?) {
    guard let texts else { return }
    self.name(name)
    strings(texts)
  }

  fileprivate mutating func list(any name: String, _ texts: [String]) {
    self.name(any: name)
    strings(texts)
  }

  private mutating func strings(_ texts: [String]) {
    array { array in for text in texts { array.string(text) } }
  }
}
