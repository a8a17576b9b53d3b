import ArgumentParser
import CommandSupport

@main
struct HGComplete: Program {
  static let configuration = CommandConfiguration(commandName: "hg-complete", version: hyperguildVersion)
}
