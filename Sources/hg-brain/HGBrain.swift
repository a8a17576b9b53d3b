import ArgumentParser
import CommandSupport

@main
struct HGBrain: Program {
  static let configuration = CommandConfiguration(commandName: "hg-brain", version: hyperguildVersion)
}
