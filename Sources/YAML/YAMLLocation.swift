/// A place in a YAML text.
public struct YAMLLocation: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The line, counted from 1.
  public let line: Int
  /// The column in Unicode scalars, counted from 1.
  public let column: Int

  /// Makes a location.
  ///
  /// - Parameters:
  ///   - line: The line, counted from 1.
  ///   - column: The column in Unicode scalars, counted from 1.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `line:column`, as compilers print it.
  public var description: String { "\(line):\(column)" }

  /// Whether one place comes before another in the text.
  public static func < (left: YAMLLocation, right: YAMLLocation) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
