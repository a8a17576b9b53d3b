import Platform

/// What a program says to a person: whole lines on stderr, each with the program's name in front.
public struct Diagnostics: Sendable {
  /// The program's name.
  public let program: String

  /// Makes the voice of one program.
  ///
  /// - Parameter program: Its name.
  public init(program: String) { self.program = program }

  /// Says one thing, on one line.
  ///
  /// - Parameter text: Without the program's name; line ends and what would act on a terminal are shown escaped.
  public func message(_ text: String) {
    OutputDesk.standard.say(Array("\(program): \(TerminalText.escaped(text, .oneLine))\n".utf8))
  }

  /// Says something that has several lines of its own, as a usage error does.
  ///
  /// - Parameter text: As for `message`, but its line ends stay.
  public func paragraph(_ text: String) {
    OutputDesk.standard.say(Array("\(program): \(TerminalText.escaped(text, .kept))\n".utf8))
  }
}
