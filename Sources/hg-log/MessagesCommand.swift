import ArgumentParser
import CommandSupport
import SessionLog

struct MessagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "messages",
    abstract: "The conversation so far as an OpenAI messages array: what --full kept and went well.")

  @OptionGroup var brain: BrainOptions

  @Option(help: ArgumentHelp("The session.", valueName: "id"))
  var session: String

  func run() throws {
    let sessions = SessionDirectory(brain: try brain.directory())
    try StandardOutput.write(try reading { try Conversation.messages(of: session, in: sessions) } + [0x0A])
  }
}
