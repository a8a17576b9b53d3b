import ArgumentParser

@main
struct HGComplete: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hg-complete")
}
