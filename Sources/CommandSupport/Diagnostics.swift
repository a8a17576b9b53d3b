import NDJSON
import Platform
import SystemPackage

/// What a program says to a person: whole lines on stderr, each with the program's name in front.
public struct Diagnostics: Sendable {
  /// The program's name.
  public let program: String

  /// Makes the voice of one program.
  ///
  /// - Parameter program: Its name.
  public init(program: String) { self.program = program }

  /// Says one thing.
  ///
  /// - Parameter text: Without the program's name; control characters are shown, not sent to the terminal.
  public func message(_ text: String) {
    var line = Array("\(program): ".utf8)
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 && scalar != "\n" || scalar.value == 0x7F {
        line.append(contentsOf: "\\x\(String(scalar.value, radix: 16))".utf8)
      } else {
        line.append(contentsOf: Character(scalar).utf8)
      }
    }
    line.append(0x0A)
    // There is nowhere left to say that stderr does not work.
    line.withUnsafeBytes { bytes in try? writeAll(bytes, to: .standardError) }
  }
}
