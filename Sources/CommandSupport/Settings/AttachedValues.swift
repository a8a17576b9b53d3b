import ArgumentParser

/// Short options with their value attached, as people type them: `-j4`, `-k5`, `-mNAME`, `-oFILE`.
///
/// ArgumentParser takes `-j=4`, but reads `-mNAME=x` as one long name. So each becomes `-m=NAME=x` before it looks.
public enum AttachedValues {
  /// The short options of all programs that take a value. No program has short flags that could be joined.
  private static let letters = "jkmo"

  /// Puts a `=` between a short option and its value.
  ///
  /// - Parameter arguments: The command line without the program's name.
  /// - Returns: The same, up to a `--`.
  public static func separated(_ arguments: some Sequence<String>) -> [String] {
    var isTerminated = false
    return arguments.map { argument in
      if argument == "--" { isTerminated = true }
      guard !isTerminated, argument.utf8.count > 2, argument.hasPrefix("-"),
        let letter = argument.dropFirst().first, letters.contains(letter)
      else { return argument }
      let value = argument.dropFirst(2)
      return value.hasPrefix("=") ? argument : "-\(letter)=\(value)"
    }
  }
}
