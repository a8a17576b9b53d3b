import ArgumentParser

@main
struct HGStrip: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hg-strip")
}
