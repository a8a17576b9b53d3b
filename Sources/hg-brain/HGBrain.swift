import ArgumentParser

@main
struct HGBrain: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hg-brain")
}
