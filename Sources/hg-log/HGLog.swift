import ArgumentParser
import CommandSupport

@main
struct HGLog: Program {
  static let configuration = CommandConfiguration(commandName: "hg-log", version: hyperguildVersion)
}
