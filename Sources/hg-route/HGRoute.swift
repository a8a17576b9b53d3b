import ArgumentParser
import CommandSupport

@main
struct HGRoute: Program {
  static let configuration = CommandConfiguration(commandName: "hg-route", version: hyperguildVersion)
}
