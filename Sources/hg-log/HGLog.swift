import ArgumentParser

@main
struct HGLog: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hg-log")
}
