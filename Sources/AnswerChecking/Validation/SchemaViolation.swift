/// Where a value does not fit a schema, in words that a model understands.
public struct SchemaViolation: Equatable, Sendable, CustomStringConvertible {
  /// The JSON Pointer (RFC 6901) of the value; empty for the value as a whole.
  public let pointer: String

  /// What was expected, and what was found.
  public let message: String

  /// Place and words: `/items/0/price: expected a number, found a string`.
  public var description: String { pointer.isEmpty ? message : "\(pointer): \(message)" }
}
