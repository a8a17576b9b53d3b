import ArgumentParser

@main
struct HGRoute: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hg-route")
}
